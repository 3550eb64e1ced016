"""Calls: which function a name calls, and the Python functions of the file."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.aggregates import resolve_aggregate, resolve_previous
from cep.language.check.builtins import AGGREGATES, BUILT_IN, CALENDAR, SIGNATURES
from cep.language.check.choices import coalesced
from cep.language.check.defines import resolve_define
from cep.language.check.dispatch import resolve_all, resolves
from cep.language.check.functions import SPECIAL, resolve_calendar, resolve_plain
from cep.language.check.operands import fit
from cep.language.check.scope import Scope
from cep.language.findings import Broken
from cep.language.model import FunctionInfo
from cep.language.resolved import Expression, PythonCall
from cep.language.spelling import did_you_mean


@resolves(ast.Call)
def resolve_call(node: ast.Call, scope: Scope) -> Expression:
    """A call of a function of the language, of a `define`, or of a declared Python function."""
    if not isinstance(node.function, ast.Name):
        fix = "write the function's name alone before the bracket"
        raise scope.error("E0205", "only a function can be called", node.function.span, fix)
    name = node.function.name
    if name in scope.catalog.defines:
        return resolve_define(scope.catalog.defines[name], node, scope)
    if name in scope.catalog.functions:
        return _python(scope.catalog.functions[name], node, scope)
    if name in SIGNATURES:
        return resolve_plain(name, node, scope)
    if name in CALENDAR:
        return resolve_calendar(name, node, scope)
    if name == "prev":
        return resolve_previous(node, scope)
    if name == "coalesce":
        return _coalesce(node, scope)
    if name in SPECIAL and (name not in AGGREGATES or len(node.arguments) > 1):
        return SPECIAL[name](name, node, scope)
    if name in AGGREGATES:
        return resolve_aggregate(name, node, scope)
    raise _unknown(name, node.function, scope)


def _coalesce(node: ast.Call, scope: Scope) -> Expression:
    if len(node.arguments) < 2:
        raise scope.error("E0308", "`coalesce` takes at least two values", node.span, "write `coalesce(x, 0)`")
    return coalesced(node.arguments, node.span, scope)


def _python(function: FunctionInfo, node: ast.Call, scope: Scope) -> Expression:
    arguments = resolve_all(node.arguments, scope)
    wanted = function.arguments
    if len(arguments) != len(wanted):
        name = function.name.rpartition(".")[2]
        shown = f"{name}({', '.join(map(str, wanted))})"
        message = f"`{name}` takes {len(wanted)} argument(s), not {len(arguments)}"
        raise scope.error("E0308", message, node.span, f"call it as `{shown}`")
    fitted = tuple(
        fit(argument, type_, scope, argument.span) for argument, type_ in zip(arguments, wanted, strict=True)
    )
    return PythonCall(function.name, fitted, function.result.as_nullable(), node.span)


def _unknown(name: str, node: ast.Name, scope: Scope) -> Broken:
    catalog = scope.catalog
    if name in catalog.broken:
        return scope.findings.silent()
    if name in catalog.params or name in catalog.lists or name in scope.steps:
        return scope.error("E0205", f"`{name}` is not a function", node.span, "leave the brackets out")
    fix = did_you_mean(
        name, [*BUILT_IN, *catalog.defines, *catalog.functions], "declare it with `define` or `function`"
    )
    return scope.error("E0205", f"there is no function `{name}`", node.span, fix)
