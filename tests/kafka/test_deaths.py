"""Workers over a real broker, killed with SIGKILL; many more with `python -m tests.kafka.deaths`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cep.connectors.job.model import Guarantee
from tests.kafka.broker.server import Broker
from tests.kafka.deaths import LOG, lived
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import FeedsJob

pytestmark = pytest.mark.kafka


def run(folder: Path, guarantee: Guarantee, seed: int, deaths: int, kind: type[FeedsJob]) -> None:
    """One job, killed that often; nothing may be wrong in the end."""
    job = folder / "job"
    job.mkdir()
    with Broker(folder / "broker") as broker:
        lives = lived(job, broker.bootstrap, seed, guarantee, deaths, kind)
    assert lives.wrong == []
    assert lives.deaths > 0


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_workers_that_are_killed(kafka_there: None, tmp_path: Path, guarantee: Guarantee) -> None:
    run(tmp_path, guarantee, 1_000, 2, FeedsJob)


def test_workers_that_carry_events_to_one_another_are_killed(kafka_there: None, tmp_path: Path) -> None:
    run(tmp_path, "exactly_once", 1_002, 2, CarriedJob)


@pytest.mark.long
@pytest.mark.parametrize("kind", [FeedsJob, CarriedJob])
@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_workers_that_are_killed_more_often(
    kafka_there: None, tmp_path: Path, guarantee: Guarantee, kind: type[FeedsJob]
) -> None:
    run(tmp_path, guarantee, 1_001, 6, kind)


def test_the_log_of_deaths_is_clean() -> None:
    lives = [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]
    assert [one for one in lives if one["wrong"]] == []
