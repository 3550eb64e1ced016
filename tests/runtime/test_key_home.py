"""Where keys are at home."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cep.runtime.key_home import Homes, home


@pytest.mark.parametrize(
    ("key", "expected"),
    [(("c1",), 45), (("",), 23), ((1,), 11), ((None,), 53), ((Decimal("2.50"),), 5), (("a", 7), 71), ((), 0)],
)
def test_a_home_stays_the_same_for_ever(key: tuple[object, ...], expected: int) -> None:
    assert home(key, 97) == expected


def test_equal_values_have_one_home() -> None:
    for same in ([1, 1.0, Decimal("1.00"), True], [0.5, Decimal("0.50")], [10**15, Decimal("1E+15"), 1e15], [0, -0.0]):
        assert len({home((value,), 1_000_003) for value in same}) == 1


def test_parts_are_not_run_together() -> None:
    keys = [("ab", ""), ("a", "b"), ("", "ab"), ("ab",), ("1",), (1,), (None,), ("null",), ("a", None), (None, "a")]
    assert len({home(key, 1_000_003) for key in keys}) == len(keys)


def test_what_is_remembered_is_what_is_worked_out() -> None:
    homes = Homes(7)
    for _ in range(2):
        assert [homes.of(f"k{n}") for n in range(50)] == [home((f"k{n}",), 7) for n in range(50)]
        assert [homes.of((n, None)) for n in range(50)] == [home((n, None), 7) for n in range(50)]
    assert {homes.of(n) for n in range(1_000)} == set(range(7))
