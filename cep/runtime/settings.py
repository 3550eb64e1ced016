"""Params, lists and functions given by a program: checked against their declarations, and brought to run-time form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from cep.language.literals import LARGEST_INT, BadLiteral, parse_duration, parse_timestamp
from cep.language.model import ParamInfo, RuleSet
from cep.language.spelling import did_you_mean, listed
from cep.language.types import Kind, Type
from cep.runtime.timestamps import BadTime, from_datetime


class SettingsError(ValueError):
    """A param, list or function that does not fit its declaration: what is wrong, in one sentence, and one fix."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}; {fix}")
        self.message = message
        self.fix = fix


def param_values(rules: RuleSet, given: Mapping[str, object]) -> dict[str, object]:
    """Given params by qualified name, in run-time form and in range. Raises `SettingsError`."""
    values: dict[str, object] = {}
    for name, value in given.items():
        info = rules.params[qualified(name, rules.params, "param")]
        values[info.name] = _in_range(run_time(value, info.type, f"param `{name}`"), info)
    return values


def list_values(rules: RuleSet, given: Mapping[str, Iterable[object]]) -> dict[str, tuple[object, ...]]:
    """Values of every declared list by qualified name. Raises `SettingsError`, also for a list without values."""
    values: dict[str, tuple[object, ...]] = {}
    for name, items in given.items():
        info = rules.lists[qualified(name, rules.lists, "list")]
        if isinstance(items, str):
            raise SettingsError(f"list `{name}` is given as one text", "give a list of values")
        values[info.name] = tuple(run_time(item, info.element, f"list `{name}`") for item in items)
    for name in rules.lists:
        if name not in values:
            raise SettingsError(f"list `{name}` has no values", f'give them, as in lists={{"{name}": [...]}}')
    return values


def qualified(name: str, declared: Iterable[str], what: str) -> str:
    """The qualified name meant by `name`: itself, or the only one that ends in it. Raises `SettingsError`."""
    known = list(declared)
    if name in known:
        return name
    ends = [other for other in known if other.endswith(f".{name}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise SettingsError(f"`{name}` could be any of {listed(ends)}", "write the name with its module")
    spellings = [*known, *(other.rpartition(".")[2] for other in known)]
    fix = did_you_mean(name, spellings, f"declared are {listed(known)}" if known else f"the rules declare no {what}")
    raise SettingsError(f"the rules declare no {what} `{name}`", fix)


def _in_range(value: Any, info: ParamInfo) -> object:
    low: Any = info.low
    high: Any = info.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingsError(f"param `{info.name}` is outside the range {low} .. {high}", "choose a value in the range")
    return value


def run_time(value: object, type_: Type, what: str) -> object:
    """A Python value as the run-time form of a simple type. Raises `SettingsError`, which names it as `what`.

    Decimals also come from ints and text, durations from `timedelta` and text, timestamps from `datetime` and text.
    """
    try:
        return _run_time(value, type_)
    except (BadLiteral, BadTime, InvalidOperation, _Unfit) as error:
        detail = "" if isinstance(error, _Unfit | InvalidOperation) else f": {error}"
        raise SettingsError(f"{what} cannot be {value!r}{detail}", f"give {_WANTED[type_.kind]}") from None


class _Unfit(Exception):
    """A value of another kind."""


def _run_time(value: object, type_: Type) -> object:
    match type_.kind, value:
        case Kind.STRING, str():
            return value
        case Kind.ENUM, str() if value in type_.members:
            return value
        case Kind.BOOL, bool():
            return value
        case (_, bool()):
            raise _Unfit
        case Kind.INT, int() if abs(value) <= LARGEST_INT:
            return value
        case Kind.FLOAT, int() | float() if value - value == 0:
            return float(value)
        case Kind.DECIMAL, int() | str() | Decimal():
            return _finite(Decimal(value.replace("_", "") if isinstance(value, str) else value))
        case Kind.DURATION, timedelta():
            return value // timedelta(microseconds=1)
        case Kind.DURATION, str():
            return parse_duration(value)
        case Kind.TIMESTAMP, datetime():
            return from_datetime(value)
        case Kind.TIMESTAMP, str():
            return parse_timestamp(value)
    raise _Unfit


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise _Unfit
    return value


_WANTED = {
    Kind.STRING: "a str",
    Kind.ENUM: "one of the declared members",
    Kind.BOOL: "True or False",
    Kind.INT: "an int of at most 64 bits",
    Kind.FLOAT: "a finite float",
    Kind.DECIMAL: 'a Decimal, an int, or text such as "9000.00" (a float is not exact)',
    Kind.DURATION: 'a timedelta, or text such as "1h30m"',
    Kind.TIMESTAMP: 'a datetime with a zone, or text such as "2026-01-31T10:00:00Z"',
}
