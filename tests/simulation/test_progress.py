"""What a worker says while it reads state, and while it catches up."""

from __future__ import annotations

import json

import pytest

from tests.simulation.feeds_job import START, TOPICS, FeedsJob
from tests.simulation.world import World


def long_job(count: int) -> FeedsJob:
    """Orders of one card."""
    rows = [{"card": "c0", "total": at % 100, "at": (START + at) * 1000} for at in range(count)]
    inputs: dict[tuple[str, int], list[bytes | None]] = {(topic, n): [] for topic in TOPICS for n in range(2)}
    inputs["orders", 0] = [json.dumps(row).encode() for row in rows]
    inputs["logins", 0] = [json.dumps({"card": "c0", "at": (START + count) * 1000}).encode()]
    return FeedsJob(inputs)


def slow(world: World, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Read little at a time."""
    monkeypatch.setattr("cep.connectors.kafka.worker.BATCH", batch)
    monkeypatch.setattr("cep.connectors.kafka.restorer.PORTION", batch)
    monkeypatch.setattr("cep.connectors.kafka.progress.BEHIND", batch)


def test_how_far_it_is_behind_is_said_every_ten_seconds_and_when_it_is_not_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = long_job(2_000)
    world = World(job, job.cluster(1))
    slow(world, monkeypatch, 50)
    job.fill(world.cluster)
    began = world.cluster.clock.elapsed()
    while not world.is_done:
        world.round("a")
        world.cluster.clock.advance(1.0)
    world.rounds("a", 30, 1.0)
    told = [said for said in world.said if "records behind" in said]
    assert 3 <= len(told) <= (world.cluster.clock.elapsed() - began) / 10
    lags = [int(said.split(" is ")[1].split(" records")[0].replace(",", "")) for said in told]
    assert lags == sorted(lags, reverse=True)
    assert world.said[-1] == "shard 0 has caught up"
    assert set(world.living["a"].worker.lags().values()) == {0}


def test_how_far_the_state_was_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    job = long_job(300)
    world = World(job, job.cluster(1))
    slow(world, monkeypatch, 10)
    job.fill(world.cluster)
    world.run("a")
    world.leave("a")
    world.said.clear()
    shares = []
    while not world.said or "a" not in world.living or not world.living["a"].worker.runs.get(0):
        world.round("a")
        if "a" in world.living:
            shares += [of.share for of in world.living["a"].worker.restoring() if of.shard == 0]
        world.cluster.clock.advance(5.0)
    assert any(said.startswith("restoring shard 0: ") and "of its changelog read" in said for said in world.said)
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] < shares[-1] <= 1.0
    assert world.living["a"].worker.restoring() == [] or 0 in world.living["a"].worker.runs
