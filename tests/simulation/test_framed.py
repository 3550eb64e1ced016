"""Runs drawn from seeds over records with schemas, whose registry is away more often than not."""

from __future__ import annotations

import pytest

from cep.connectors.kafka.intake import Intake
from cep.connectors.kafka.port import Polled
from tests.simulation.framed_job import FramedJob
from tests.simulation.seeds import drawn_run

SEEDS, MORE = 60, range(50_000, 51_500)


def test_nothing_is_lost_or_made_up() -> None:
    outcomes = {seed: drawn_run(seed, FramedJob) for seed in range(SEEDS)}
    assert {seed: outcome.wrong for seed, outcome in outcomes.items() if outcome.wrong} == {}
    assert sum(outcome.deaths for outcome in outcomes.values()) > SEEDS


@pytest.mark.long
def test_nothing_is_lost_or_made_up_in_more_of_them() -> None:
    assert {seed: outcome.wrong for seed in MORE if (outcome := drawn_run(seed, FramedJob)).wrong} == {}


def test_ends_that_overtake_held_records_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Intake.taken

    def hasty(self: Intake, polled: Polled, owned: dict[int, object]) -> Polled:
        out = taken(self, polled, owned)
        out.ends = polled.ends
        return out

    monkeypatch.setattr(Intake, "taken", hasty)
    assert any(drawn_run(seed, FramedJob).wrong for seed in range(20))
