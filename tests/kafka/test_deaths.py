"""Workers over a real broker that die; many more with `python -m tests.kafka.deaths`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cep.connectors.job.model import Guarantee
from tests.kafka.broker.server import Broker
from tests.kafka.broker.shared import Address
from tests.kafka.deaths.log import entries
from tests.kafka.deaths.played import OPEN, job_name, played
from tests.kafka.deaths.workers import Setting

pytestmark = pytest.mark.kafka


def run(
    folder: Path, servers: str, guarantee: Guarantee, seed: int, kinds: Sequence[str], broker: Broker | None = None
) -> None:
    """One job with these deaths; nothing may be wrong in the end."""
    setting = Setting(job_name(seed), guarantee)
    lives = played(folder / "job", servers, seed, kinds, setting, pause=5.0, broker=broker)
    assert lives.wrong == []
    assert lives.missed == []
    assert sum(lives.kinds.values()) == len(kinds)
    assert lives.open >= OPEN


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_workers_that_die(broker: Address, tmp_path: Path, guarantee: Guarantee) -> None:
    run(tmp_path, broker.bootstrap, guarantee, 1, ["commit after", "random", "join", "alert after"])


@pytest.mark.long
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_workers_that_die_and_a_broker_that_does(kafka_there: None, tmp_path: Path, guarantee: Guarantee) -> None:
    with Broker(tmp_path / "broker") as own:
        run(tmp_path, own.bootstrap, guarantee, 2, ["zombie", "restore read after", "broker", "join"], own)


def test_the_log_of_deaths_is_clean() -> None:
    assert [entry for entry in entries() if entry["wrong"]] == []
