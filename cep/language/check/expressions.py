"""Literals, lists, records and indexing, and whole conditions.

Importing this module registers every kind of expression.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cep.language import ast
from cep.language.check import aggregates, arithmetic, calls, choices, comparisons, logic, membership, names
from cep.language.check.contradictions import check_possible
from cep.language.check.dispatch import resolve, resolve_all, resolves
from cep.language.check.logic import resolve_test
from cep.language.check.operands import common_type, described, unify
from cep.language.check.scope import Scope
from cep.language.findings import Broken
from cep.language.resolved import Constant, Expression, ItemAt, ListLiteral, RecordLiteral
from cep.language.spelling import article
from cep.language.types import BOOL, DECIMAL, DURATION, INT, NULL, STRING, TIMESTAMP, Kind, RecordField, Type

REGISTERED = (aggregates, arithmetic, calls, choices, comparisons, logic, membership, names)
"""The modules whose import registers the other expressions."""

LITERALS: dict[str, Type] = {
    "int": INT,
    "decimal": DECIMAL,
    "percent": DECIMAL,
    "string": STRING,
    "bool": BOOL,
    "null": NULL,
    "duration": DURATION,
    "timestamp": TIMESTAMP,
}


def resolve_condition(node: ast.Expression, scope: Scope) -> Expression:
    """A whole condition: `where`, `having` and their kin. It must be a bool, and possible."""
    found = resolve_test(node, replace(scope, condition=True, warned=set()))
    check_possible(found, scope)
    return found


@resolves(ast.Literal)
def resolve_literal(node: ast.Literal, scope: Scope) -> Expression:
    """A literal, exact until an operand asks for a float."""
    value = Decimal(node.value) if node.kind == "percent" and isinstance(node.value, int) else node.value
    return Constant(value, LITERALS[node.kind], node.span)


@resolves(ast.ListOf)
def resolve_list(node: ast.ListOf, scope: Scope) -> Expression:
    """`[a, b]`: its elements brought to one type."""
    items = unify(resolve_all(node.items, scope), scope, node.span)
    return ListLiteral(tuple(items), Type(Kind.LIST, element=common_type(items)), node.span)


@resolves(ast.Object)
def resolve_object(node: ast.Object, scope: Scope) -> Expression:
    """`{ a: 1 }` in `emit`."""
    items = resolve_pairs(node.pairs, scope)
    fields = tuple(RecordField(name, value.type, name) for name, value in items)
    return RecordLiteral(items, Type(Kind.RECORD, fields=fields), node.span)


def resolve_pairs(pairs: tuple[ast.Pair, ...], scope: Scope) -> tuple[tuple[str, Expression], ...]:
    """The fields of an object in the order written; two of one name are E0405."""
    found: dict[str, Expression] = {}
    failed = False
    for pair in pairs:
        if pair.name in found:
            scope.error("E0405", f"two fields are named `{pair.name}`", pair.span, "give one of them another name")
            failed = True
            continue
        try:
            found[pair.name] = resolve(pair.value, scope)
        except Broken:
            failed = True
    if failed:
        raise Broken
    return tuple(found.items())


@resolves(ast.Index)
def resolve_index(node: ast.Index, scope: Scope) -> Expression:
    """`list[i]`, `map["key"]`: null where there is none."""
    value, index = resolve_all((node.value, node.index), scope)
    wanted = {Kind.LIST: Kind.INT, Kind.MAP: Kind.STRING}.get(value.type.kind)
    if wanted is None or value.type.element is None:
        raise scope.error("E0318", f"{described(value)} and has no elements", node.span, "index a list or a map")
    if index.type.kind is not wanted:
        raise scope.error(
            "E0318",
            f"{described(value)} and takes {article(wanted.value)} as its index, not {article(index.type)}",
            node.index.span,
            "write a position, such as `[0]`" if wanted is Kind.INT else 'write a key, such as `["name"]`',
        )
    return ItemAt(value, index, value.type.element.as_nullable(), node.span)
