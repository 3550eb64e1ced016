"""`define`: a named expression. Where it is called its body is read again, with the arguments in place."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.catalog import Catalog, DefineInfo
from cep.language.check.dispatch import resolve
from cep.language.check.names import reference
from cep.language.check.operands import fit
from cep.language.check.scope import EventRef, LoopRef, RuleNames, Scope
from cep.language.check.typenames import SCALARS, resolve_type
from cep.language.findings import Broken, Findings
from cep.language.resolved import Bound, Expression, ParamValue
from cep.language.spelling import nearest
from cep.language.types import Type


def resolve_define(define: DefineInfo, node: ast.Call, scope: Scope) -> Expression:
    """The body of a define with a call's arguments; its diagnostics are reported at the call."""
    syntax = define.syntax
    if syntax.name in define.catalog.broken:
        raise scope.findings.silent()
    if syntax.name in scope.within:
        raise scope.error("E0215", f"`{syntax.name}` is made from itself", node.span, "take the call out of its body")
    if len(node.arguments) != len(syntax.arguments):
        shown = f"{syntax.name}({', '.join(argument.name for argument in syntax.arguments)})"
        message = f"`{syntax.name}` takes {len(syntax.arguments)} argument(s), not {len(node.arguments)}"
        raise scope.error("E0308", message, node.span, f"call it as `{shown}`")
    inside = Scope(
        catalog=define.catalog,
        findings=scope.findings,
        rule=RuleNames(scope.rule.name),
        place=scope.place,
        facts=scope.facts,
        condition=scope.condition,
        locals=_arguments(define, node, scope),
        at=scope.at or node.span,
        within=(*scope.within, syntax.name),
        quiet=scope.quiet,
        warned=scope.warned,
    )
    return resolve(syntax.body, inside)


def check_define(define: DefineInfo, findings: Findings) -> None:
    """Check a body by itself, so that its errors are reported once and at its own place."""
    syntax, catalog = define.syntax, define.catalog
    seen: dict[str, Expression | EventRef] = {}
    try:
        for argument in syntax.arguments:
            if argument.name in seen:
                raise findings.error(
                    "E0212", f"two arguments are named `{argument.name}`", argument.span, "rename one of them"
                )
            seen[argument.name] = _stand_in(argument, catalog, findings)
        resolve(syntax.body, Scope(catalog, findings, RuleNames(syntax.name), "define", locals=seen))
    except Broken:
        catalog.broken.add(syntax.name)


def _stand_in(argument: ast.Argument, catalog: Catalog, findings: Findings) -> Expression | EventRef:
    """An argument of its declared type, for checking the body without a call."""
    found = _argument_type(argument, catalog, findings)
    if isinstance(found, Type):
        return ParamValue(argument.name, found, argument.span)
    return EventRef(catalog.events[found], Bound(argument.name), argument.name)


def _argument_type(argument: ast.Argument, catalog: Catalog, findings: Findings) -> Type | str:
    """The type of an argument, or the name of an event."""
    node = argument.type
    if not isinstance(node, ast.ScalarType) or node.name in SCALARS:
        return resolve_type(node, findings)
    if node.name in catalog.events:
        return node.name
    if node.name in catalog.broken or catalog.incomplete:
        raise findings.silent()
    near = nearest(node.name, catalog.events)
    if near is None:
        return resolve_type(node, findings)
    raise findings.error("E0201", f"there is no event or type `{node.name}`", node.span, f"did you mean `{near}`?")


def _arguments(define: DefineInfo, node: ast.Call, scope: Scope) -> dict[str, Expression | EventRef]:
    found: dict[str, Expression | EventRef] = {}
    failed = False
    for argument, given in zip(define.syntax.arguments, node.arguments, strict=True):
        try:
            wanted = _argument_type(argument, define.catalog, scope.findings)
            if isinstance(wanted, Type):
                found[argument.name] = fit(resolve(given, scope), wanted, scope, given.span)
            else:
                found[argument.name] = _event(argument.name, wanted, given, scope)
        except Broken:
            failed = True
    if failed:
        raise Broken
    return found


def _event(name: str, wanted: str, given: ast.Expression, scope: Scope) -> EventRef:
    """An argument that is a whole event: a step, the event under test, or `first(loop)`."""
    found = reference(given, scope)
    match found:
        case EventRef() if found.event.name == wanted:
            return found
        case EventRef():
            message = f"`{found.label}` is a `{found.event.name}`, but `{name}` is a `{wanted}`"
            raise scope.error("E0309", message, given.span, f"name a step of type `{wanted}`")
        case LoopRef() if found.own:
            fix = "write `self` for the event under test"
            raise scope.error("E0210", f"the loop `{found.view.name}` has many events", given.span, fix)
        case LoopRef():
            fix = f"write `first({found.view.name})` or `last({found.view.name})`"
            raise scope.error("E0210", f"the loop `{found.view.name}` has many events", given.span, fix)
        case _:
            message = f"`{name}` is a whole `{wanted}`, not a value"
            raise scope.error("E0309", message, given.span, f"name a step of type `{wanted}`")
