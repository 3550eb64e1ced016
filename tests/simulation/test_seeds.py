"""Drawn runs, and the three faults that they must find."""

from __future__ import annotations

import pytest

from tests.simulation.planted import FAULTS
from tests.simulation.seeds import drawn_run

SEEDS = 2_000
PORTION = 250


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_nothing_is_lost_or_made_up(first: int) -> None:
    outcomes = {seed: drawn_run(seed) for seed in range(first, first + PORTION)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}
    assert sum(outcome.deaths for outcome in outcomes.values()) > PORTION


@pytest.mark.long
def test_nothing_is_lost_or_made_up_in_more_of_them() -> None:
    assert {seed: outcome.wrong for seed in range(10_000, 16_000) if (outcome := drawn_run(seed)).wrong} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[fault])
    assert any(drawn_run(seed).wrong for seed in range(300))
