"""Text to values of the language's types, by the language's own literal rules."""

from __future__ import annotations

from decimal import Decimal

from cep.language.literals import BadLiteral, parse_duration, parse_number, parse_timestamp
from cep.language.spelling import did_you_mean, listed
from cep.language.types import Kind, Type


def read_value(text: str, declared: Type) -> object:
    """The value of `text` as the declared type, in run-time form. Raises `BadLiteral` with the reason and a fix."""
    if text == "null" and declared.nullable:
        return None
    match declared.kind:
        case Kind.STRING:
            return text
        case Kind.ENUM:
            return _member(text, declared)
        case Kind.DURATION:
            return parse_duration(text)
        case Kind.TIMESTAMP:
            return parse_timestamp(text)
        case Kind.BOOL:
            if text not in ("true", "false"):
                raise BadLiteral(f"`{text}` is not a bool", "write `true` or `false`")
            return text == "true"
        case Kind.INT | Kind.FLOAT | Kind.DECIMAL:
            return _number(text, declared.kind)
        case _:
            raise BadLiteral(f"a value of type {declared} cannot be written here", "use a simple type")


def _member(text: str, declared: Type) -> str:
    if text in declared.members:
        return text
    fix = did_you_mean(text, declared.members, f"write one of {listed(declared.members)}")
    raise BadLiteral(f"`{text}` is not a member of the enum", fix)


def _number(text: str, kind: Kind) -> int | float | Decimal:
    number = parse_number(text)
    if kind is Kind.FLOAT:
        return float(number)
    if kind is Kind.DECIMAL:
        return Decimal(number)
    if isinstance(number, int):
        return number
    raise BadLiteral(f"`{text}` is not a whole number", "write it without a decimal point")
