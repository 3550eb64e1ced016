"""Declared Python functions: foreign code behind a wrapper that lets nothing escape."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from cep.language.model import FunctionInfo
from cep.language.types import Kind, Type
from cep.plan.functions.limits import INT_MAX, INT_MIN


class ErrorCounter(Protocol):
    """Counts run-time trouble, for one rule."""

    def add(self) -> object:
        """One more."""
        ...


def wrapped(function: Callable[..., object], info: FunctionInfo, errors: ErrorCounter) -> Callable[..., object]:
    """`function` as generated code calls it: null where an argument is null that is not declared nullable; null and
    counted where it raises, or where its result is not of the declared type. An int is taken for float and decimal."""
    needed = [index for index, argument in enumerate(info.arguments) if not argument.nullable]
    result_type = info.result

    def call(*arguments: object) -> object:
        for index in needed:
            if arguments[index] is None:
                return None
        try:
            return typed(function(*arguments), result_type)
        except KeyboardInterrupt:
            raise
        except BaseException:
            # `sys.exit` in foreign code is trouble of one expression: it must not end the run
            errors.add()
            return None

    return call


def typed(value: object, expected: Type) -> object:
    """`value` in run-time form of the type; `TypeError` if it is something else."""
    if value is None and expected.nullable:
        return None
    match expected.kind:
        case Kind.STRING if isinstance(value, str):
            return value
        case Kind.ENUM if isinstance(value, str) and value in expected.members:
            return value
        case Kind.BOOL if isinstance(value, bool):
            return value
        case Kind.INT | Kind.TIMESTAMP | Kind.DURATION if _is_int(value):
            return value
        case Kind.FLOAT if _is_int(value) or (isinstance(value, float) and math.isfinite(value)):
            return float(value)  # type: ignore[arg-type]
        case Kind.DECIMAL if _is_int(value) or (isinstance(value, Decimal) and value.is_finite()):
            return Decimal(value)  # type: ignore[arg-type]
        case Kind.LIST if isinstance(value, list | tuple) and expected.element is not None:
            return [typed(item, expected.element) for item in value]
        case Kind.MAP if isinstance(value, dict) and expected.element is not None:
            return {_text(key): typed(item, expected.element) for key, item in value.items()}
        case Kind.RECORD if isinstance(value, dict):
            return {field.name: typed(value.get(field.name), field.type) for field in expected.fields}
        case _:
            raise TypeError(f"{type(value).__name__} is not {expected}")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and INT_MIN <= value <= INT_MAX


def _text(key: object) -> str:
    if isinstance(key, str):
        return key
    raise TypeError("a map's key must be text")
