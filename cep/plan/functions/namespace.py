"""The globals of generated code: guarded functions, and the present values of params, lists and functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal

from cep.language.model import FunctionInfo
from cep.plan.functions import casts, clock, decimals, network, numbers
from cep.plan.functions.geography import geo_km
from cep.plan.functions.limits import FLOAT_MAX, INT_MAX, INT_MIN
from cep.plan.functions.python import ErrorCounter, wrapped
from cep.plan.functions.text import substring
from cep.plan.names import global_name

_SAFE: dict[str, object] = {
    "Decimal": Decimal,
    "INT_MIN": INT_MIN,
    "INT_MAX": INT_MAX,
    "FLOAT_MIN": -FLOAT_MAX,
    "FLOAT_MAX": FLOAT_MAX,
    "abs_decimal": Decimal.copy_abs,
    "floor_float": numbers.floor_float,
    "ceil_float": numbers.ceil_float,
    "item_at": numbers.item_at,
    "any_of": numbers.any_of,
    "all_of": numbers.all_of,
    "substring": substring,
    "geo_km": geo_km,
    "string_from_int": str,
    "string_from_float": repr,
    "string_from_bool": casts.string_from_bool,
    "string_from_decimal": casts.string_from_decimal,
    "string_from_duration": casts.string_from_duration,
    "decimal_from_int": Decimal,
    "float_from_int": float,
}

_GUARDED: dict[str, Callable[..., object]] = {
    "add_decimal": decimals.EXACT.add,
    "subtract_decimal": decimals.EXACT.subtract,
    "multiply_decimal": decimals.EXACT.multiply,
    "divide_decimal": decimals.DIVISION.divide,
    "mod_decimal": decimals.EXACT.remainder,
    "sqrt_decimal": decimals.DIVISION.sqrt,
    "pow_decimal": decimals.DIVISION.power,
    "round_decimal": decimals.round_decimal,
    "floor_decimal": decimals.floor_decimal,
    "ceil_decimal": decimals.ceil_decimal,
    "abs_int": numbers.abs_int,
    "round_int": numbers.round_int,
    "round_float": numbers.round_float,
    "mod_int": numbers.mod_int,
    "mod_float": math.fmod,
    "sqrt_float": math.sqrt,
    "pow_float": numbers.pow_float,
    "divide_float": numbers.divide_float,
    "scale_duration": numbers.scale_duration,
    "divide_duration": numbers.divide_duration,
    "hour": clock.hour,
    "minute": clock.minute,
    "weekday": clock.weekday,
    "date": clock.date,
    "hour_in_zone": clock.hour_in_zone,
    "minute_in_zone": clock.minute_in_zone,
    "weekday_in_zone": clock.weekday_in_zone,
    "date_in_zone": clock.date_in_zone,
    "ip_in": network.ip_in,
    "ip_inside": network.ip_inside,
    "string_from_timestamp": casts.string_from_timestamp,
    "int_from_float": casts.int_from_float,
    "int_from_decimal": casts.int_from_decimal,
    "int_from_string": casts.int_from_string,
    "float_from_string": casts.float_from_string,
    "float_from_decimal": casts.float_from_decimal,
    "decimal_from_string": casts.decimal_from_string,
    "decimal_from_float": casts.decimal_from_float,
}


def runtime_namespace(
    params: Mapping[str, object],
    lists: Mapping[str, tuple[object, ...]],
    functions: Mapping[str, Callable[..., object]],
    errors: ErrorCounter,
    declared: Mapping[str, FunctionInfo] | None = None,
) -> dict[str, object]:
    """A new dictionary of globals for one rule's generated code; merge `Constants.namespace` into it.

    `params`, `lists` and `functions` hold a value, in run-time form, for every name that the rule uses; `declared`
    the declaration of every function among them. Trouble is counted in `errors`.
    """
    namespace = dict(_SAFE)
    namespace.update((name, guarded(function, errors)) for name, function in _GUARDED.items())
    namespace["trouble"] = _trouble(errors)
    namespace.update(value_names(params, lists))
    for name, function in functions.items():
        namespace[global_name("F", name)] = wrapped(function, (declared or {})[name], errors)
    return namespace


def value_names(params: Mapping[str, object], lists: Mapping[str, tuple[object, ...]]) -> dict[str, object]:
    """The globals `P_…`, `L_…` and, for values that can be hashed, `S_…`; to be replaced when values change."""
    namespace = {global_name("P", name): value for name, value in params.items()}
    for name, values in lists.items():
        namespace[global_name("L", name)] = tuple(values)
        if all(isinstance(value, Hashable) for value in values):
            namespace[global_name("S", name)] = frozenset(values)
    return namespace


def guarded(function: Callable[..., object], errors: ErrorCounter) -> Callable[..., object]:
    """`function` with its trouble turned into null and counted."""

    def call(*arguments: object) -> object:
        try:
            return function(*arguments)
        except (ArithmeticError, ValueError):
            errors.add()
            return None

    return call


def _trouble(errors: ErrorCounter) -> Callable[[], None]:
    def trouble() -> None:
        errors.add()

    return trouble
