"""Values and names as the rule language writes them."""

from __future__ import annotations

import re
from decimal import Decimal

from cep.language.types import Kind, Type
from cep.plan.functions.casts import string_from_duration, string_from_timestamp

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_READ_AS_ESCAPE = re.compile(r'\\(?=["\\ntr]|u[0-9a-fA-F]{4}|$)')
_CONTROL = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_GROUPED_WHOLE, _GROUPED_DECIMAL = 5, 4
"""Numbers with at least so many digits before the point are written in groups of three (years and ids are not)."""

WORDS = frozenset(
    "and between else false if ilike imatches in is like matches not null or prev self true where".split()  # noqa: SIM905
)
"""Words of the language that stand where a name in an expression could."""


def span_text(microseconds: int) -> str:
    """A span, such as `1h30m`."""
    return string_from_duration(microseconds)


def name_text(name: str) -> str:
    """A name, in back quotes where the language needs them."""
    return name if _NAME.fullmatch(name) and name not in WORDS else f"`{name}`"


def path_text(path: tuple[str, ...]) -> str:
    """A field and what is below it, with dots."""
    return ".".join(map(name_text, path))


def string_text(value: str) -> str:
    r"""A string in double quotes; a backslash that stands for itself, as in `"\d+"`, stays as it is."""
    text = _READ_AS_ESCAPE.sub(r"\\\\", value).replace('"', r"\"")
    return '"' + "".join(_CONTROL.get(letter, letter) for letter in text) + '"'


def constant_text(value: object, type_: Type) -> str:
    """A value in the run-time form of its type, as a literal."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return string_text(value)
        case Decimal() | float():
            return number_text(value)
        case int() if type_.kind is Kind.DURATION:
            return span_text(value)
        case int() if type_.kind is Kind.TIMESTAMP:
            return "@" + string_from_timestamp(value)
        case int():
            return number_text(value)
        case list() | tuple():
            element = type_.element or type_
            return "[" + ", ".join(constant_text(item, element) for item in value) + "]"
        case _:
            raise TypeError(f"{value!r} is no value of the language")


def number_text(value: Decimal | float | int) -> str:
    """A number with its digits, never with an exponent; `10_000.00` in groups."""
    text = str(value) if isinstance(value, int) else format(Decimal(str(value)), "f")
    if isinstance(value, float):
        # A literal takes the type of the other side, so a whole number needs no point.
        text = text.removesuffix(".0")
    whole, dot, fraction = text.partition(".")
    least = _GROUPED_DECIMAL if dot else _GROUPED_WHOLE
    return (grouped(whole) if len(whole.lstrip("-")) >= least else whole) + dot + fraction


def grouped(digits: str) -> str:
    """Digits in groups of three."""
    return ("-" if digits.startswith("-") else "") + format(int(digits.lstrip("-")), "_d")
