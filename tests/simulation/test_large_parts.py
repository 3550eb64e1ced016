"""Drawn runs in which no part of the state fits into one record."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import drawn_run


def test_nothing_is_lost_where_parts_are_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.connectors.kafka.taking_up.size_under", lambda most: 20)
    outcomes = {seed: drawn_run(seed) for seed in range(20_000, 20_080)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}
