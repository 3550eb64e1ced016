"""Drawn runs, and the three faults that they must find."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cep.connectors.kafka.changelog import COMMIT, commit_record, metadata
from cep.connectors.kafka.delivery import Delivery
from cep.connectors.kafka.port import KafkaFailure, Position
from cep.connectors.kafka.shard_run import ShardRun
from cep.connectors.kafka.worker import Worker
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


def offsets_before_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """State and offsets are committed while alerts may still be on their way."""
    monkeypatch.setattr(Delivery, "flush", lambda self: None)


def abort_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state in memory is gone on with after a transaction has failed."""

    def take_back(self: Worker, failure: KafkaFailure) -> None:
        self._delivery.abort()

    monkeypatch.setattr(Worker, "_take_back", take_back)


def changelog_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets are committed without the state that goes with them, but for what a shard began with."""

    def changes(self: Worker, run: ShardRun, steps: object) -> list[Position]:
        run.sequence += 1
        (topic, number), write = self._topology.changelog_of(run.number), self._delivery.transactions.write
        for name, part in run.delta().items():
            if run.sequence == 1 or not name.startswith(b"rule:"):
                write(topic, part, name, number)
        write(topic, commit_record(run.sequence, []), COMMIT, number)
        return run.positions(metadata(run.sequence))

    monkeypatch.setattr(Worker, "_changes", changes)


@pytest.mark.parametrize("fault", [offsets_before_flush, abort_ignored, changelog_skipped])
def test_a_planted_fault_is_found(fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert any(drawn_run(seed).wrong for seed in range(300))
