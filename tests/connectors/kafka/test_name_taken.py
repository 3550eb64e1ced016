"""A name that belongs to the process before is waited for, and no longer than that process may have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cep.connectors.kafka.name_taken import LONGEST, TAKEN, await_name
from cep.connectors.kafka.port import KafkaFailure, Polled, Rebalance, Trouble
from tests.simulation.feeds_job import FeedsJob

NAMED = {"group.protocol": "consumer", "group.instance.id": "one"}


class Cluster:
    """Refuses a name until a moment; `joined`: when somebody was let in, `closed`: how many have left."""

    def __init__(self, free: float, code: str = TAKEN) -> None:
        self.free, self.code = free, code
        self.now = 0.0
        self.joined: list[float] = []
        self.tries = self.closed = 0
        self._heard: Rebalance | None = None

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> Any:
        assert settings["group.instance.id"] == "one"
        self.tries += 1
        return self

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        self._heard = rebalance

    def poll(self, maximum: int, seconds: float) -> Polled:
        if self.now < self.free:
            raise KafkaFailure(Trouble.FENCED, self.code, "the name is in use")
        assert self._heard is not None
        self._heard.assigned([])
        self.joined.append(self.now)
        return Polled()

    def close(self) -> None:
        self.closed += 1

    def wait(self, seconds: float) -> None:
        self.now += seconds


def awaited(cluster: Cluster, properties: dict[str, str], stop: float = 1e9) -> list[str]:
    """What was said while a name was waited for."""
    job = FeedsJob({})
    job.properties |= properties
    told: list[str] = []
    kafka: Any = cluster
    await_name(kafka, job.plan("a"), lambda: cluster.now >= stop, told.append, lambda: cluster.now, cluster.wait)
    return told


def test_a_free_name_is_taken_at_once() -> None:
    cluster = Cluster(0)
    assert awaited(cluster, NAMED) == []
    assert (cluster.joined, cluster.tries, cluster.closed) == ([0.0], 1, 1)


def test_it_is_waited_for_and_said_once() -> None:
    cluster = Cluster(40)
    told = awaited(cluster, NAMED)
    assert [str(message) for message in told] == [
        "the name `one` still belongs to the process before; it is waited for, as long as its session",
        "the name is free",
    ]
    assert cluster.joined == [40.0]
    assert cluster.closed == cluster.tries == 41


@pytest.mark.parametrize(
    "properties", [{}, {"group.instance.id": "one"}, {"group.protocol": "consumer"}], ids=["none", "classic", "dynamic"]
)
def test_others_do_not_ask(properties: dict[str, str]) -> None:
    cluster = Cluster(40)
    assert awaited(cluster, properties) == []
    assert cluster.tries == 0


def test_a_name_that_stays_taken_is_another_process_s() -> None:
    cluster = Cluster(1e9)
    with pytest.raises(KafkaFailure, match="in use"):
        awaited(cluster, NAMED)
    assert cluster.now == LONGEST


def test_what_is_wrong_otherwise_is_told_at_once() -> None:
    cluster = Cluster(1e9, "GROUP_AUTHORIZATION_FAILED")
    with pytest.raises(KafkaFailure):
        awaited(cluster, NAMED)
    assert (cluster.tries, cluster.closed) == (1, 1)


def test_a_run_that_is_to_end_waits_no_longer() -> None:
    cluster = Cluster(1e9)
    awaited(cluster, NAMED, stop=3.0)
    assert cluster.now == 3.0
