"""The tables of what was measured over Kafka, and its aims."""

from __future__ import annotations

from typing import Any

from benchmarks.aims import met
from benchmarks.kafka.delays import Heard, percentile
from benchmarks.kafka.page import aims, sections

MACHINE = {"at": "now", "cep": "0.1.0", "load": "0", "command": "python -m benchmarks.kafka figures"}


def spread(value: float) -> dict[str, float]:
    """A figure that was measured once."""
    return {"median": value, "low": value, "high": value, "runs": 1}


def cpu(alone: float, two: float) -> dict[str, Any]:
    """Figures with a floor of one microsecond."""
    values = {"floor": 1.0, "one worker, at_least_once": alone, "1 worker from the start": 2.0}
    cases = {name: {"us_per_event": spread(value)} for name, value in values.items()}
    cases["2 workers from the start"] = {"us_per_event": spread(two)}
    stages = ("consume", "decode", "take", "order", "match", "outputs", "commit", "rest", "client", "total")
    for guarantee in ("at_least_once", "exactly_once"):
        cases[f"stages, {guarantee}"] = {f"{stage}_us": spread(0.25) for stage in stages}
    return {"machine": MACHINE, "cases": cases}


def test_aims_are_met_or_not() -> None:
    assert [met(aim) for aim in aims({"cpu": cpu(2.4, 2.2)})] == [True, True]
    assert [met(aim) for aim in aims({"cpu": cpu(2.6, 2.4)})] == [False, False]
    soaked = {"memory_growth": 0.02, "first_p99_ms": 100.0, "last_p99_ms": 119.0}
    assert [met(aim) for aim in aims({"soak": soaked})] == [False, True]
    assert list(aims({})) == []


def test_what_was_not_measured_has_no_table() -> None:
    made = sections({"kafka": {"cpu": cpu(3.0, 2.0)}})
    assert set(made) == {"kafka cpu", "kafka stages", "kafka aims", "kafka measured"}
    assert "| one worker, at_least_once | 3 | 3 |" in made["kafka cpu"]
    assert "| at_least_once: times the floor, at most | 2.5 | 3 | not yet |" in made["kafka aims"]


def test_delays_are_those_of_a_stretch_of_time() -> None:
    heard = Heard([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])
    assert heard.between(1.5, 3.0) == [0.2]
    assert percentile([float(n) for n in range(1, 200)], 50) == 100.0
