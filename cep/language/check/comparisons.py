"""`== != < <= > >=` and `between`."""

from __future__ import annotations

from typing import Literal as OneOf

from cep.language import ast
from cep.language.check.builtins import ORDERED
from cep.language.check.dispatch import resolve_all, resolves
from cep.language.check.operands import as_text, described, label, unify
from cep.language.check.scope import Scope
from cep.language.diagnostics import Span
from cep.language.resolved import Compare, Expression, Logic, Not
from cep.language.types import BOOL, Kind

Op = OneOf["==", "!=", "<", "<=", ">", ">="]


@resolves(ast.Compare)
def resolve_compare(node: ast.Compare, scope: Scope) -> Expression:
    """`left op right`, both of one type."""
    _refuse_null(node, scope)
    left, right = resolve_all((node.left, node.right), scope)
    return compare(node.op, left, right, node.span, scope)


@resolves(ast.Between)
def resolve_between(node: ast.Between, scope: Scope) -> Expression:
    """`x [not] between low and high`, both bounds included."""
    value, low, high = resolve_all((node.value, node.low, node.high), scope)
    parts = (compare(">=", value, low, node.span, scope), compare("<=", value, high, node.span, scope))
    both = Logic("and", parts, BOOL.as_nullable(any(part.type.nullable for part in parts)), node.span)
    return Not(both, both.type, node.span) if node.negated else both


def compare(op: Op, left: Expression, right: Expression, span: Span, scope: Scope) -> Expression:
    """Two values compared; E0301 where they are of unlike types, E0316 where their type has no order."""
    left, right = unify((left, right), scope, span, "E0301", widen=False)
    kind = left.type.kind
    if kind in (Kind.LIST, Kind.MAP, Kind.RECORD):
        fix = "use `x in list`, or compare an element" if kind is Kind.LIST else "compare one of its fields"
        raise scope.error("E0316", f"{described(left)}, which cannot be compared", span, fix)
    if op not in ("==", "!=") and kind not in ORDERED:
        fix = f"use `==` or `!=`, or cast it: `string({label(left).strip('`')})`"
        raise scope.error("E0316", f"{described(left)}, which has no order", span, fix)
    if kind is Kind.ENUM and left.type.members != right.type.members:
        left, right = as_text(left), as_text(right)
    return Compare(op, left, right, BOOL.as_nullable(left.type.nullable or right.type.nullable), span)


def _refuse_null(node: ast.Compare, scope: Scope) -> None:
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if not (isinstance(side, ast.Literal) and side.kind == "null"):
            continue
        words = {"==": "is null", "!=": "is not null"}.get(node.op, "is null")
        message = f"a comparison with `null` by `{node.op}` is never true"
        fix = f"write `{_text(other)} {words}`" if _text(other) else f"write `{words}`"
        raise scope.error("E0304", message, node.span, fix)


def _text(node: ast.Expression) -> str:
    match node:
        case ast.Name():
            return node.name
        case ast.Attribute():
            return f"{_text(node.value)}{'?.' if node.optional else '.'}{node.name}"
        case _:
            return ""
