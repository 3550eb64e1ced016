"""`in`, `like` and `matches`."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.dispatch import resolve, resolve_all, resolves
from cep.language.check.operands import as_text, cast_hint, described, fit, unify
from cep.language.check.regex import check_regex
from cep.language.check.scope import Scope
from cep.language.resolved import Expression, In, Like, ListLiteral, Matches, Not
from cep.language.types import BOOL, NULL, STRING, Kind, Type


@resolves(ast.In)
def resolve_in(node: ast.In, scope: Scope) -> Expression:
    """`value [not] in container`: a list or tuple written out, a declared list, or a list field."""
    if isinstance(node.container, ast.ListOf):
        value, *items = resolve_all((node.value, *node.container.items), scope)
        found = _in_literal(value, items, node, scope)
    else:
        value, container = resolve_all((node.value, node.container), scope)
        found = _in_list(value, container, node, scope)
    return Not(found, found.type, node.span) if node.negated else found


def _in_literal(value: Expression, items: list[Expression], node: ast.In, scope: Scope) -> Expression:
    if not items:
        raise scope.error(
            "E0307", "nothing is in an empty list", node.span, "write its elements, or leave the test out"
        )
    value, *items = unify((value, *items), scope, node.span, "E0301", widen=False)
    nullable = any(item.type.nullable for item in items)
    element = next((item.type for item in items if item.type != NULL), value.type).as_nullable(nullable)
    container = ListLiteral(tuple(items), Type(Kind.LIST, element=element), node.container.span)
    return In(value, container, BOOL.as_nullable(value.type.nullable or nullable), node.span)


def _in_list(value: Expression, container: Expression, node: ast.In, scope: Scope) -> Expression:
    element = container.type.element
    if container.type.kind is not Kind.LIST or element is None:
        fix = "write a list such as `[1, 2]`, or name a declared list or a list field"
        raise scope.error("E0301", f"{described(container)}, not a list", node.container.span, fix)
    value = fit(value, element, scope, node.span, "E0301")
    nullable = value.type.nullable or element.nullable or container.type.nullable
    return In(value, container, BOOL.as_nullable(nullable), node.span)


@resolves(ast.Like)
def resolve_like(node: ast.Like, scope: Scope) -> Expression:
    """`value [not] like | ilike | matches | imatches pattern`, or any of several patterns."""
    value = resolve(node.value, scope)
    if value.type.kind not in (Kind.STRING, Kind.ENUM):
        fix = cast_hint(value, STRING)
        raise scope.error("E0301", f"{described(value)}, but `{node.op}` looks at text", node.value.span, fix)
    patterns = _patterns(node, scope)
    text, ignore_case = as_text(value), node.op in ("ilike", "imatches")
    found: Expression
    if node.op in ("like", "ilike"):
        found = Like(text, patterns, ignore_case, BOOL.as_nullable(value.type.nullable), node.span)
    else:
        found = Matches(text, patterns, ignore_case, BOOL.as_nullable(value.type.nullable), node.span)
    return Not(found, found.type, node.span) if node.negated else found


def _patterns(node: ast.Like, scope: Scope) -> tuple[str, ...]:
    items = node.pattern.items if isinstance(node.pattern, ast.ListOf) else (node.pattern,)
    patterns: list[str] = []
    for item in items:
        if not (isinstance(item, ast.Literal) and isinstance(item.value, str)):
            fix = (
                "write the pattern in double quotes"
                if node.op in ("like", "ilike")
                else 'write it out, such as `"^a.*"`'
            )
            raise scope.error("E0317", f"the pattern of `{node.op}` is a text written out", item.span, fix)
        if node.op in ("matches", "imatches"):
            check_regex(item.value, item.span, scope)
        patterns.append(item.value)
    if not patterns:
        raise scope.error("E0307", "no pattern is given, so nothing fits", node.span, "write a pattern")
    return tuple(patterns)
