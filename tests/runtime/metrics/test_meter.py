"""Readings are made by the loop, when they were asked for."""

from __future__ import annotations

import threading
import time

import pytest

from cep.runtime.metrics import catalog
from cep.runtime.metrics.health import LONGEST, Health
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading


class Clock:
    """A clock that is set."""

    now = 0.0

    def wall(self) -> int:
        return int(self.now * 1_000_000)

    def elapsed(self) -> float:
        return self.now


def test_nothing_is_read_unless_somebody_asks() -> None:
    meter, made = Meter(), 0

    def part(reading: Reading) -> None:
        nonlocal made
        made += 1
        reading.put(catalog.EVENTS, made)

    meter.add(part)
    for _ in range(3):
        meter.beat()
    assert made == 0
    found: list[Reading] = []
    asking = threading.Thread(target=lambda: found.append(meter.reading(10.0)))
    asking.start()
    while made == 0:
        meter.beat()
        time.sleep(0.001)
    asking.join()
    meter.beat()
    assert made == 1
    assert found[0].of(catalog.EVENTS) == {(): 1}


def test_a_loop_that_stands_still_leaves_the_numbers_that_were_asked_for_last() -> None:
    meter = Meter()
    meter.add(lambda reading: reading.put(catalog.EVENTS, 7))
    meter.read()
    assert meter.reading(0.01).of(catalog.EVENTS) == {(): 7}


def test_a_reading_takes_only_the_labels_that_a_metric_has() -> None:
    with pytest.raises(ValueError, match="cep_alerts_total"):
        Reading().put(catalog.ALERTS, 1)


def test_a_run_without_a_sign_of_life_is_stuck() -> None:
    clock = Clock()
    meter = Meter(clock)
    health = Health(meter)
    clock.now = 500.0
    # it waits for its first record, or for its cluster
    assert (health.ails(), health.lacks()) == (None, ["starting"])
    meter.beat()
    health.reasons.append(lambda: ["restoring shard 3: 40 %"])
    assert health.ails() is None
    assert health.lacks() == ["restoring shard 3: 40 %"]
    clock.now += LONGEST + 1
    assert health.ails() == "stuck: no sign of life for 61 s"
    assert len(health.lacks()) == 2
