"""Builds expressions. Each function is named after the grammar's rule; see Builder for what it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cep.language import ast
from cep.language.automaton import Builder
from cep.language.diagnostics import Span
from cep.language.lexer import Token
from cep.language.literals import BadLiteral, parse_duration, parse_number, parse_string, parse_timestamp
from cep.language.notes import Notes


def name_of(token: Token) -> str:
    """A name without its back quotes."""
    return token.text.strip("`")


def text_of(token: Token, notes: Notes) -> str:
    """The value of a string token."""
    try:
        return parse_string(token.text)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, token.span(notes.file), bad.fix)
        return ""


def duration_of(token: Token, notes: Notes) -> int:
    """The microseconds of a duration token."""
    try:
        return parse_duration(token.text)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, token.span(notes.file), bad.fix)
        return 0


def int_of(token: Token, notes: Notes) -> int:
    """The value of an int token."""
    value = _number(token, token.span(notes.file), notes)
    return value if isinstance(value, int) else 0


def _number(token: Token, span: Span, notes: Notes) -> int | Decimal:
    try:
        return parse_number(token.text)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, span, bad.fix)
        return 0


def _int_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("int", _number(parts[0], span, notes), parts[0].text, span)


def _decimal_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("decimal", _number(parts[0], span, notes), parts[0].text, span)


def _percent_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("percent", _number(parts[0], span, notes), parts[0].text, span)


def _duration_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("duration", duration_of(parts[0], notes), parts[0].text, span)


def _timestamp_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("timestamp", timestamp_of(parts[0], notes), parts[0].text, span)


def timestamp_of(token: Token, notes: Notes) -> int:
    """The microseconds since the epoch of a timestamp token."""
    try:
        return parse_timestamp(token.text)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, token.span(notes.file), bad.fix)
        return 0


def _string_literal(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("string", text_of(parts[0], notes), parts[0].text, span)


def _true(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("bool", True, "true", span)


def _false(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("bool", False, "false", span)


def _null(parts: list[Any], span: Span, notes: Notes) -> ast.Literal:
    return ast.Literal("null", None, "null", span)


def _name(parts: list[Any], span: Span, notes: Notes) -> ast.Name:
    return ast.Name(name_of(parts[0]), span)


def _attribute(parts: list[Any], span: Span, notes: Notes) -> ast.Attribute:
    value, name = parts
    return ast.Attribute(value, name_of(name), False, name.span(notes.file), span)


def _optional_attribute(parts: list[Any], span: Span, notes: Notes) -> ast.Attribute:
    value, name = parts
    return ast.Attribute(value, name_of(name), True, name.span(notes.file), span)


def _index(parts: list[Any], span: Span, notes: Notes) -> ast.Index:
    return ast.Index(parts[0], parts[1], span)


def _arguments(parts: list[Any], span: Span, notes: Notes) -> tuple[ast.Expression, ...]:
    return tuple(parts)


def _call(parts: list[Any], span: Span, notes: Notes) -> ast.Call:
    return ast.Call(parts[0], parts[1], span)


def _parenthesized(parts: list[Any], span: Span, notes: Notes) -> ast.Expression:
    expression: ast.Expression = parts[0]
    return expression


def _tuple(parts: list[Any], span: Span, notes: Notes) -> ast.ListOf:
    return ast.ListOf((parts[0], *parts[1]), span)


def _list_of(parts: list[Any], span: Span, notes: Notes) -> ast.ListOf:
    return ast.ListOf(parts[0], span)


def _object(parts: list[Any], span: Span, notes: Notes) -> ast.Object:
    return ast.Object(tuple(parts), span)


def _pair(parts: list[Any], span: Span, notes: Notes) -> ast.Pair:
    return ast.Pair(name_of(parts[0]), parts[1], span)


def _shorthand(parts: list[Any], span: Span, notes: Notes) -> ast.Pair:
    first = parts[0].span(notes.file)
    value: ast.Expression = ast.Name(name_of(parts[0]), first)
    for name in parts[1:]:
        place = name.span(notes.file)
        value = ast.Attribute(value, name_of(name), False, place, first.to(place))
    return ast.Pair(name_of(parts[-1]), value, span, shorthand=True)


def _path(parts: list[Any], span: Span, notes: Notes) -> ast.Path:
    return ast.Path(tuple(name_of(part) for part in parts), span)


def _negative(parts: list[Any], span: Span, notes: Notes) -> ast.Negative:
    return ast.Negative(parts[1], span)


def _arithmetic(parts: list[Any], span: Span, notes: Notes) -> ast.Arithmetic:
    left, operator, right = parts
    return ast.Arithmetic(operator.text, left, right, span)


def _compare(parts: list[Any], span: Span, notes: Notes) -> ast.Compare:
    left, operator, right = parts
    return ast.Compare(operator.text, left, right, span)


def _conjunction(parts: list[Any], span: Span, notes: Notes) -> ast.Logic:
    return ast.Logic("and", tuple(parts), span)


def _disjunction(parts: list[Any], span: Span, notes: Notes) -> ast.Logic:
    return ast.Logic("or", tuple(parts), span)


def _not(parts: list[Any], span: Span, notes: Notes) -> ast.Not:
    return ast.Not(parts[1], span)


def _in(parts: list[Any], span: Span, notes: Notes) -> ast.In:
    return ast.In(parts[0], parts[-1], len(parts) == 3, span)


def _like(parts: list[Any], span: Span, notes: Notes) -> ast.Like:
    return ast.Like(parts[-2].text, parts[0], parts[-1], len(parts) == 4, span)


def _between(parts: list[Any], span: Span, notes: Notes) -> ast.Between:
    return ast.Between(parts[0], parts[-2], parts[-1], len(parts) == 4, span)


def _is_null(parts: list[Any], span: Span, notes: Notes) -> ast.IsNull:
    return ast.IsNull(parts[0], len(parts) == 2, span)


def _coalesce(parts: list[Any], span: Span, notes: Notes) -> ast.Coalesce:
    return ast.Coalesce(tuple(parts), span)


def _conditional(parts: list[Any], span: Span, notes: Notes) -> ast.Conditional:
    then, condition, otherwise = parts
    return ast.Conditional(condition, then, otherwise, span)


EXPRESSION_BUILDERS: dict[str, Builder] = {
    "int_literal": _int_literal,
    "decimal_literal": _decimal_literal,
    "percent_literal": _percent_literal,
    "duration_literal": _duration_literal,
    "timestamp_literal": _timestamp_literal,
    "string_literal": _string_literal,
    "true": _true,
    "false": _false,
    "null": _null,
    "name": _name,
    "attribute": _attribute,
    "optional_attribute": _optional_attribute,
    "index": _index,
    "arguments": _arguments,
    "call": _call,
    "parenthesized": _parenthesized,
    "tuple": _tuple,
    "list_of": _list_of,
    "object": _object,
    "pair": _pair,
    "shorthand": _shorthand,
    "path": _path,
    "negative": _negative,
    "arithmetic": _arithmetic,
    "compare": _compare,
    "conjunction": _conjunction,
    "disjunction": _disjunction,
    "not_": _not,
    "in_": _in,
    "like": _like,
    "between": _between,
    "is_null": _is_null,
    "coalesce": _coalesce,
    "conditional": _conditional,
}
