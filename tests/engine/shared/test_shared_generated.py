"""Drawn rules and logs: the shared structure, runs kept one by one and the reference matcher tell the same."""

from __future__ import annotations

import pytest

from tests.engine.shared.comparison import Tally, differences


def check(seeds: range) -> Tally:
    """No differences for any seed."""
    tally = Tally()
    for seed in seeds:
        found = next(differences(seed, tally), None)
        assert found is None, found
    return tally


@pytest.mark.parametrize("part", range(4))
def test_all_ways_tell_the_same(part: int) -> None:
    tally = check(range(part * 75, (part + 1) * 75))
    assert tally["pairs"] > 100
    assert min(tally[name] for name in ("matching", "limited", "run by run")) > tally["pairs"] / 12


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_all_ways_tell_the_same_in_thousands_of_pairs(part: int) -> None:
    tally = check(range(10_000 + part * 600, 10_000 + (part + 1) * 600))
    assert tally["pairs"] > 900
