"""Bringing operands to one type: literals adapt to the other operand, ints become decimals or floats, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from cep.language.check.builtins import NUMBERS
from cep.language.check.constants import enum_member
from cep.language.diagnostics import Span
from cep.language.findings import Broken
from cep.language.resolved import (
    Aggregate,
    Bound,
    Call,
    Conditional,
    Constant,
    Convert,
    Expression,
    FieldOf,
    KeyPart,
    ListLiteral,
    ListValue,
    ParamValue,
)
from cep.language.spelling import article
from cep.language.types import NULL, STRING, Kind, Type

if TYPE_CHECKING:
    from cep.language.check.scope import Scope


UNNAMED = "this value"


def is_null(node: Expression) -> bool:
    """Whether it is the literal `null`."""
    return isinstance(node, Constant) and node.value is None


def label(node: Expression) -> str:
    """A short name of an expression for messages."""
    match node:
        case FieldOf(source=Bound(step=step)):
            return f"`{step}.{'.'.join(node.path)}`"
        case FieldOf():
            return f"`{'.'.join(node.path)}`"
        case KeyPart() | ParamValue() | ListValue():
            return f"`{node.name.rpartition('.')[2]}`"
        case Constant(value=str() as text):
            return f'"{text}"'
        case Constant(value=None):
            return "null"
        case Constant() if node.type.kind in NUMBERS:
            return f"`{node.value}`"
        case Aggregate():
            return f"`{node.function}(…)`"
        case Call():
            return f"`{node.function}(…)`"
        case Convert():
            return label(node.value)
        case _:
            return UNNAMED


def named(node: Expression) -> bool:
    """Whether `label` has a name for it."""
    return label(node) != UNNAMED


def both_described(left: Expression, right: Expression) -> str:
    """`a is a decimal, b is a float`: the words for two sides of a mismatch."""
    if not named(left) and not named(right):
        return f"one side is {typed(left.type)}, the other is {typed(right.type)}"
    return f"{described(left)}, {described(right)}"


def described(node: Expression) -> str:
    """`amount` is a decimal: the words for one side of a mismatch."""
    return f"{label(node)} is {typed(node.type)}"


def typed(type_: Type) -> str:
    """`an int`, `a decimal`: a type in a sentence, its nullability left out."""
    if type_ == NULL:
        return "null"
    return article("record" if type_.kind is Kind.RECORD else type_.as_nullable(False))


def convert(node: Expression, kind: Kind) -> Expression:
    """A number as another kind of number; a literal is rewritten, so `2` beside a decimal is the decimal 2."""
    if node.type.kind is kind or is_null(node):
        return node
    wanted = Type(kind, node.type.nullable)
    if isinstance(node, Constant) and isinstance(node.value, int | Decimal | float):
        return replace(node, value=float(node.value) if kind is Kind.FLOAT else Decimal(node.value), type=wanted)
    if isinstance(node, Conditional) and is_literal(node):
        then, otherwise = convert(node.then, kind), convert(node.otherwise, kind)
        return replace(node, then=then, otherwise=otherwise, type=wanted)
    return Convert(node, wanted, node.span)


def is_literal(node: Expression) -> bool:
    """Whether a number is written out, so that it takes the type of its neighbour; also as a choice of two."""
    if isinstance(node, Conditional):
        return is_literal(node.then) and is_literal(node.otherwise)
    return isinstance(node, Constant)


def adaptable(node: Expression, kind: Kind) -> bool:
    """Whether `convert` may turn this number into `kind`: ints always, decimal literals into floats."""
    own = node.type.kind
    return own is kind or own is Kind.INT or (is_literal(node) and own is Kind.DECIMAL and kind is Kind.FLOAT)


def common_number(nodes: Sequence[Expression], scope: Scope, span: Span) -> list[Expression]:
    """Numbers brought to one kind; decimal beside float is E0303, which names the cast."""
    fixed = [node.type.kind for node in nodes if not is_literal(node)]
    kinds = fixed if any(kind is not Kind.INT for kind in fixed) else [node.type.kind for node in nodes]
    target = next((kind for kind in (Kind.FLOAT, Kind.DECIMAL) if kind in kinds), Kind.INT)
    for node in nodes:
        if not adaptable(node, target):
            other = next(entry for entry in nodes if entry.type.kind is Kind.FLOAT)
            raise decimal_beside_float(node, other, scope, span)
    return [convert(node, target) for node in nodes]


def decimal_beside_float(exact: Expression, rough: Expression, scope: Scope, span: Span) -> Broken:
    """The error for an exact number beside a float, neither of which is a literal."""
    casts = [f"`{cast}({_bare(node)})`" for cast, node in (("float", exact), ("decimal", rough)) if named(node)]
    fix = f"cast one of them: {' or '.join(casts)}" if casts else "cast one side with `float(…)` or `decimal(…)`"
    return scope.error("E0303", f"{both_described(exact, rough)}, and they do not mix", span, fix)


def unify(
    nodes: Sequence[Expression], scope: Scope, span: Span, code: str = "E0320", widen: bool = True
) -> list[Expression]:
    """Expressions brought to one type; `null` literals take it as well. Raises `Broken` with `code` recorded.

    `widen`: an enum beside a text that is none of its members becomes a string; otherwise that is E0305.
    """
    known = [node for node in nodes if not is_null(node)]
    if not known:
        return list(nodes)
    kinds = {node.type.kind for node in known}
    if kinds <= set(NUMBERS):
        known = common_number(known, scope, span)
    elif kinds == {Kind.ENUM, Kind.STRING}:
        known = _with_enums(known, scope, widen)
    elif kinds == {Kind.LIST}:
        known = _lists(known, scope, span, code)
    elif len(kinds) > 1 or (kinds <= {Kind.RECORD, Kind.MAP} and len({n.type.as_nullable(False) for n in known}) > 1):
        first = known[0]
        other = next((node for node in known if node.type.kind is not first.type.kind), known[-1])
        raise unlike(first, other, scope, span, code)
    filled = iter(known)
    target = known[0].type.as_nullable()
    return [
        replace(node, type=target) if isinstance(node, Constant) and is_null(node) else next(filled) for node in nodes
    ]


def common_type(nodes: Sequence[Expression]) -> Type:
    """The type of unified expressions taken together: nullable if any is."""
    known = [node for node in nodes if not is_null(node)]
    if not known:
        return NULL
    nullable = any(node.type.nullable for node in nodes)
    members = tuple(dict.fromkeys(member for node in known for member in node.type.members))
    return replace(known[0].type, nullable=nullable, members=members)


def as_text(node: Expression) -> Expression:
    """An enum as a string; a string as it is."""
    if node.type.kind is not Kind.ENUM:
        return node
    wanted = STRING.as_nullable(node.type.nullable)
    if isinstance(node, Constant):
        return replace(node, type=wanted)
    return Call("string", (node,), wanted, node.span)


def fit(node: Expression, wanted: Type, scope: Scope, span: Span, code: str = "E0309") -> Expression:
    """An expression as a `wanted`, whatever its nullability; raises `Broken` with `code` recorded if it is not one."""
    if is_null(node):
        return node
    own, kind = node.type.kind, wanted.kind
    if kind in NUMBERS and own in NUMBERS and adaptable(node, kind):
        return convert(node, kind)
    if kind is Kind.STRING and own is Kind.ENUM:
        return as_text(node)
    if kind is Kind.ENUM and own is Kind.STRING and isinstance(node, Constant):
        enum_member(str(node.value), wanted, scope.at or span, scope.findings)
        return replace(node, type=wanted)
    if own is kind and (own is not Kind.LIST or _same_element(node.type, wanted)):
        return node
    if own is Kind.LIST and kind is Kind.LIST and isinstance(node, ListLiteral) and wanted.element is not None:
        element = wanted.element
        items = tuple(fit(item, element, scope, item.span, code) for item in node.items)
        return replace(node, items=items, type=wanted)
    fix = _literal_hint(node, wanted) or cast_hint(node, wanted)
    raise scope.error(code, f"{described(node)}, but {typed(wanted)} is needed", span, fix)


def unlike(left: Expression, right: Expression, scope: Scope, span: Span, code: str) -> Broken:
    """The error for two operands of unlike types; its fix names the literal or the cast that would do."""
    fix = _element_hint(left, right) or _element_hint(right, left)
    fix = fix or _literal_hint(left, right.type) or _literal_hint(right, left.type)
    if fix is None and right.type.kind is Kind.STRING:
        fix = cast_hint(right, left.type)
    if fix is None:
        fix = cast_hint(left, right.type)
    return scope.error(code, f"{both_described(left, right)}: unlike types", span, fix)


def cast_hint(node: Expression, wanted: Type) -> str:
    """The fix that names the cast from a value to a type, or says what would fit."""
    own, kind = node.type.kind, wanted.kind
    name = _bare(node)
    simple = (*NUMBERS, Kind.STRING)
    if kind is Kind.STRING and own not in (Kind.LIST, Kind.MAP, Kind.RECORD):
        return f"cast it: `string({name})`"
    if own in simple and kind in simple:
        return f"cast it: `{kind.value}({name})`"
    if own is Kind.DURATION and kind in NUMBERS:
        return f"write `seconds({name})`"
    if kind is Kind.DURATION and own in NUMBERS:
        return "write a duration such as `30s` or `5m`"
    if own is Kind.STRING and kind is Kind.TIMESTAMP:
        return "write a timestamp such as `@2026-01-31T10:00:00Z`, or declare the field as `timestamp`"
    return f"use {typed(wanted)} in place of {label(node)}"


def _element_hint(whole: Expression, part: Expression) -> str | None:
    """The test for an element, where a list meets a value of its elements' type."""
    element = whole.type.element
    if whole.type.kind is not Kind.LIST or element is None or element.kind is not part.type.kind:
        return None
    shown = f'"{part.value}"' if isinstance(part, Constant) and isinstance(part.value, str) else _bare(part)
    return f"write `{shown} in {_bare(whole)}`"


def _literal_hint(literal: Expression, other: Type) -> str | None:
    """A better spelling of a literal where a value of another type is needed."""
    if not isinstance(literal, Constant):
        return None
    kind = other.kind
    if kind is Kind.STRING and literal.type.kind in NUMBERS:
        return f'write "{literal.value}" in quotes'
    if isinstance(literal.value, str) and kind in NUMBERS:
        plain = literal.value.replace(".", "", 1).isdigit()
        return f"write {literal.value} without quotes" if plain else "write a number, such as `10`"
    if isinstance(literal.value, str) and kind is Kind.BOOL:
        plain = literal.value.lower() in ("true", "false")
        return f"write {literal.value.lower()} without quotes" if plain else "write `true` or `false`"
    return cast_hint(literal, other) if kind in (Kind.TIMESTAMP, Kind.DURATION) else None


def _with_enums(nodes: list[Expression], scope: Scope, widen: bool) -> list[Expression]:
    enums = [node.type for node in nodes if node.type.kind is Kind.ENUM]
    members = {member for type_ in enums for member in type_.members}
    texts = [node for node in nodes if node.type.kind is Kind.STRING]
    open_texts = any(not isinstance(node, Constant) for node in texts)
    if open_texts or (widen and any(node.value not in members for node in texts if isinstance(node, Constant))):
        return [as_text(node) for node in nodes]
    for node in texts:
        if isinstance(node, Constant) and node.value not in members:
            enum_member(str(node.value), enums[0], scope.at or node.span, scope.findings)
    enum = enums[0].as_nullable(False)
    return [replace(node, type=enum) if isinstance(node, Constant) else node for node in nodes]


def _lists(nodes: list[Expression], scope: Scope, span: Span, code: str) -> list[Expression]:
    typed = next((node for node in nodes if node.type.element not in (None, NULL)), nodes[0])
    for node in nodes:
        if node.type.element not in (None, NULL) and not _same_element(node.type, typed.type):
            raise unlike(typed, node, scope, span, code)
    return nodes


def _same_element(left: Type, right: Type) -> bool:
    if left.element is None or right.element is None or NULL in (left.element, right.element):
        return True
    return left.element.kind is right.element.kind


def _bare(node: Expression) -> str:
    return label(node).strip("`")
