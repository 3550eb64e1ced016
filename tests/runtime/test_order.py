"""`order by` values compare as the language orders them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cep.runtime.decode.codec import EventCodec
from tests.runtime.support import event_type


def order(declared: str, by: str, values: dict[str, Any]) -> tuple[Any, ...]:
    codec = EventCodec(event_type(f"event E {{ {declared} ts: timestamp }} time ts order by {by}"))
    assert codec.order is not None
    return codec.order(codec.read(json.dumps({"ts": 1, **values}).encode())[0])


@pytest.mark.parametrize(
    ("type_", "ascending"),
    [
        ("int?", [None, -5, 0, 7]),
        ("decimal?", [None, "-1.5", "0.10", "2"]),
        ("float?", [None, -0.5, 1.5]),
        ("bool?", [None, False, True]),
        ("string?", [None, "", "a", "ab", "abc", "b", "é"]),
        ("timestamp?", [None, -1, 5]),
    ],
)
def test_values_sort_with_nulls_first(type_: str, ascending: list[Any]) -> None:
    up = [order(f"x: {type_}", "x", {"x": value}) for value in ascending]
    assert up == sorted(up) and len(set(up)) == len(up)
    down = [order(f"x: {type_}", "x desc", {"x": value}) for value in ascending]
    assert sorted(down) == [down[0], *reversed(down[1:])]


def test_no_order_and_nothing_but_nulls_are_alike() -> None:
    two = "x: int? y: string?"
    assert order(two, "x, y", {}) == ()
    assert order(two, "x, y", {"x": 1}) < order(two, "x, y", {"x": 1, "y": ""})
    assert order(two, "x, y", {"y": "z"}) < order(two, "x, y", {"x": 1})


def test_a_type_without_order_by_has_no_reader() -> None:
    assert EventCodec(event_type("event E { ts: timestamp } time ts")).order is None


def test_orders_of_unlike_rules_compare_without_an_error() -> None:
    orders = [
        order("x: int", "x", {"x": 1}),
        order("x: string", "x", {"x": "a"}),
        order("x: string", "x desc", {"x": "a"}),
    ]
    assert len(sorted(orders)) == 3


def test_order_by_reads_nested_fields() -> None:
    assert order("m: { n: int? }?", "m.n", {"m": {"n": 3}}) == ((0, 3),)
    assert order("m: { n: int? }?", "m.n", {"m": None}) == ()


@given(st.lists(st.text(alphabet="ab\x00\U0010ffff", max_size=4)))
def test_descending_text_is_the_reverse_of_ascending(texts: list[str]) -> None:
    down = sorted(texts, key=lambda text: order("x: string", "x desc", {"x": text}))
    assert down == sorted(texts, reverse=True)
