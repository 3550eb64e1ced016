"""The globals of generated code: every name it may use exists, foreign functions cannot harm, names are unique."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from cep.language.check.builtins import SIGNATURES
from cep.language.diagnostics import NOWHERE as HERE
from cep.language.model import FunctionInfo
from cep.language.resolved import Call, Candidate, FieldOf
from cep.language.types import BOOL, DECIMAL, FLOAT, INT, STRING, Kind, Type
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value
from cep.plan.functions import runtime_namespace
from cep.plan.names import global_name
from tests.plan.expression_support import Counter, EventScope


@pytest.mark.parametrize("function", SIGNATURES)
def test_every_built_in_of_every_kind_compiles_to_names_that_exist(function: str) -> None:
    signature = SIGNATURES[function]
    namespace = runtime_namespace({}, {}, {}, Counter())
    for count in range(signature.required, len(signature.arguments) + 1):
        for kinds in product(*signature.arguments[:count]):
            types = [Type(kind, element=INT if kind in (Kind.LIST, Kind.MAP) else None) for kind in kinds]
            fields = tuple(FieldOf(Candidate(), "E", (f"x{n}",), type_, HERE) for n, type_ in enumerate(types))
            call = Call(function, fields, signature.result or types[0], HERE)
            code = compile(value(call, EventScope(), Constants()), "built in", "eval")
            unknown = [name for name in code.co_names if name not in namespace and not _is_python(name)]
            assert not unknown, (function, kinds)


def _is_python(name: str) -> bool:
    return name in ("ev", "len", "abs", "min", "max") or name.startswith("x") or hasattr(str, name)


def call_python(result: object, result_type: Type, *arguments: object, types: tuple[Type, ...] = ()) -> tuple[Any, int]:
    """What generated code gets from a Python function that gives (or raises) `result`, and the trouble counted."""

    def function(*_: object) -> object:
        if isinstance(result, BaseException):
            raise result
        return result

    errors = Counter()
    info = FunctionInfo("m.f", types, result_type, "m", "f", HERE)
    wrapped = runtime_namespace({}, {}, {"m.f": function}, errors, {"m.f": info})["F_m__f"]
    assert isinstance(wrapped, Callable)  # type: ignore[arg-type]
    return wrapped(*arguments), errors.count  # type: ignore[operator]


@pytest.mark.parametrize(
    ("result", "type_", "expected", "trouble"),
    [
        (1.5, FLOAT, 1.5, 0),
        (1, FLOAT, 1.0, 0),
        (1, DECIMAL, Decimal(1), 0),
        ("a", STRING, "a", 0),
        ((1, 2), Type(Kind.LIST, element=INT), [1, 2], 0),
        ({"a": 1}, Type(Kind.MAP, element=FLOAT), {"a": 1.0}, 0),
        ("low", Type(Kind.ENUM, members=("low",)), "low", 0),
        (None, FLOAT.as_nullable(), None, 0),
        (None, FLOAT, None, 1),
        ("1.5", FLOAT, None, 1),
        (float("nan"), FLOAT, None, 1),
        (Decimal("NaN"), DECIMAL, None, 1),
        (1.5, DECIMAL, None, 1),
        (True, INT, None, 1),
        (1, BOOL, None, 1),
        (2**63, INT, None, 1),
        ("other", Type(Kind.ENUM, members=("low",)), None, 1),
        ([1, "a"], Type(Kind.LIST, element=INT), None, 1),
        ({1: 1}, Type(Kind.MAP, element=INT), None, 1),
        (ValueError("no"), FLOAT, None, 1),
        (RecursionError(), FLOAT, None, 1),
        (SystemExit(7), FLOAT, None, 1),
        (GeneratorExit(), FLOAT, None, 1),
    ],
)
def test_a_python_function_gives_its_type_or_null(result: object, type_: Type, expected: object, trouble: int) -> None:
    got, counted = call_python(result, type_)
    assert (repr(got), counted) == (repr(expected), trouble)


def test_an_interruption_goes_through_a_python_function() -> None:
    with pytest.raises(KeyboardInterrupt):
        call_python(KeyboardInterrupt(), FLOAT)


def test_a_python_function_sees_null_only_where_it_says_so() -> None:
    types = (STRING, STRING.as_nullable())
    assert call_python("called", STRING, None, "b", types=types) == (None, 0)
    assert call_python("called", STRING, "a", None, types=types) == ("called", 0)


def test_decimals_do_not_depend_on_the_context_of_the_thread() -> None:
    namespace: dict[str, Any] = runtime_namespace({}, {}, {}, Counter())
    with decimal.localcontext() as context:
        context.prec = 3
        context.rounding = decimal.ROUND_UP
        assert namespace["add_decimal"](Decimal("1234.56"), Decimal("0.01")) == Decimal("1234.57")
        assert namespace["divide_decimal"](Decimal(2), Decimal(3)) == Decimal("0.6666666666666666666666666667")
        assert namespace["round_decimal"](Decimal("1234.565"), 2) == Decimal("1234.56")
        assert namespace["string_from_decimal"](Decimal("1234.565")) == "1234.565"
        assert namespace["scale_duration"](10_001, Decimal("0.5")) == 5000


def test_a_decimal_beyond_a_thousand_digits_is_trouble_not_memory() -> None:
    errors = Counter()
    namespace: dict[str, Any] = runtime_namespace({}, {}, {}, errors)
    assert namespace["add_decimal"](Decimal("1e999999999"), Decimal(1)) is None
    assert namespace["multiply_decimal"](Decimal("1e900000"), Decimal("1e900000")) is None
    assert namespace["round_decimal"](Decimal("1e5000"), 2) is None
    assert errors.count == 3


def test_lists_are_tuples_in_their_order_and_sets_where_they_can_be() -> None:
    namespace = runtime_namespace({"a.b": 1}, {"bank.x": ("b", "a"), "y": (["a"],)}, {}, Counter())
    assert namespace["P_a__b"] == 1
    assert namespace["L_bank__x"] == ("b", "a")
    assert namespace["S_bank__x"] == frozenset({"a", "b"})
    assert namespace["L_y"] == (["a"],)
    assert "S_y" not in namespace


def test_declared_names_never_share_a_global() -> None:
    names = ["a.b", "a_b", "a__b", "a_.b", "a._b", "_a.b", "a.b_", "x5f61", "_a", "é", "a b", "a-b"]
    spelled = [global_name("P", name) for name in names]
    assert len(set(spelled)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in spelled)


def test_equal_constants_share_a_name_and_different_digits_do_not() -> None:
    constants = Constants()
    assert constants.decimal(Decimal("2.00")) == "D_2_00"
    assert constants.decimal(Decimal("2.00")) == "D_2_00"
    assert constants.decimal(Decimal("2.0")) == "D_2_0"
    assert constants.decimal(Decimal("-2.0")) == "D_minus_2_0"
    assert constants.add(frozenset({"a", "b"}), "SET") == "SET"
    assert constants.add(frozenset({"b", "a"}), "SET") == "SET"
    assert constants.add(frozenset({"c"}), "SET") == "SET_2"
    assert constants.namespace["D_2_0"] == Decimal("2.0")


def test_a_timestamp_outside_the_calendar_is_trouble() -> None:
    errors = Counter()
    namespace: dict[str, Any] = runtime_namespace({}, {}, {}, errors)
    assert namespace["string_from_timestamp"](2**62) is None
    assert namespace["date"](2**62, "UTC") is None
    assert namespace["hour"](0, "Nowhere/Land") is None
    assert errors.count == 3
