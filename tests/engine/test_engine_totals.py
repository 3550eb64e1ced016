"""Windows that cannot reach their threshold are not walked: what is kept of the whole window changes no match, and an
event reads a handful of elements, however long the window is."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from cep.engine import thresholds
from cep.engine.matcher import Matcher
from cep.engine.run import Window
from cep.engine.totals import totals
from cep.plan.attributes import attribute
from tests.engine.counting import Data, matcher, record

EVENTS = """
event E { k: string  i: int  d: decimal?  f: float  s: string?  u: duration  ts: timestamp } time ts
event F { k: string  ts: timestamp } time ts
param least: int = 3
"""
HAVINGS = [
    "count() >= 4",
    "count() == 5",
    "count() > least and sum(i) >= 12",
    "sum(i) > 20",
    "40 <= sum(i)",
    "sum(d) >= 9.90",
    "sum(d) > 0.00 and count() >= 2",
    "sum(f) >= 9.9",
    "sum(f) > 1_000_000_000_000.0",
    "sum(u) >= 12s",
    "count_distinct(s) >= 3",
    "count_distinct(d) == 4 and sum(i) > i",
    "count_distinct(s) > least and max(i) > 3",
    "sum(i) >= 10 or count() >= 6",
    "avg(i) > 3.0 and count() >= 3",
]
DECIMALS = [None, *map(Decimal, ["0", "0.10", "3.30", "-1.10", "9.90", "1E-30", "1E+400"])]
FLOATS = [0.0, 0.1, 0.2, 3.3, -1.1, 9.9, 1e300, 1e-320]


def drawn(seed: int, size: int) -> list[dict[str, Any]]:
    """Elements with values of all kinds; in half of the logs none is negative."""
    rng = Random(seed)
    low = rng.choice((0, -4))
    return [
        {
            "k": "k",
            "i": rng.randint(low, 6),
            "d": abs(d) if (d := rng.choice(DECIMALS)) is not None and not low else d,
            "f": abs(f) if (f := rng.choice(FLOATS)) and not low else f,
            "s": rng.choice("abcde") if rng.random() < 0.8 else None,
            "u": rng.randint(low, 6) * 1_000_000,
            "ts": 0,
        }
        for _ in range(size)
    ]


def found(text: str, log: list[dict[str, Any]]) -> list[list[int]]:
    """The matches by the offsets of their events."""
    engine = matcher(text)
    engine.feed([record(engine, i, i * 1_000, "E", **fields) for i, fields in enumerate(log)])
    return [[rec[4] for _, rec in detection.events] for detection in engine.detections]


@pytest.mark.parametrize("skip", ["past last", "nothing", "to next"])
@pytest.mark.parametrize("having", HAVINGS)
def test_what_is_kept_of_a_window_changes_no_match(having: str, skip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    matches = 0
    for first in ("", "a: E where i > 4 then "):
        text = (
            f"{EVENTS}rule r {{ match by k within 1h {first}t: E having {having} within 12ms after match skip {skip} }}"
        )
        for seed in range(12):
            log = drawn(seed, 60)
            monkeypatch.setattr(thresholds, "FEW", 10**9)
            walked = found(text, log)
            monkeypatch.setattr(thresholds, "FEW", 0)
            assert found(text, log) == walked
            matches += len(walked)
    assert matches


class Reads(Data):
    """Fields that count how often they are read."""

    total = 0

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            Reads.total += 1
        return super().__getattribute__(name)


LONG = 5_000
UNMET = [
    "count() > 1_000_000",
    "sum(i) > 1_000_000_000",
    "sum(d) > 1_000_000_000.00",
    "sum(f) >= 1_000_000_000_000.0 and count() >= 3",
    "count_distinct(s) > 7",
    "sum(u) > 500d and count_distinct(s) >= 2",
    "sum(i) > 1_000_000_000 and max(i) > 3",
]


@pytest.mark.parametrize("span", ["1h", "1s"])
@pytest.mark.parametrize("having", UNMET)
def test_a_threshold_that_is_not_reached_reads_each_element_a_few_times(having: str, span: str) -> None:
    engine = matcher(f"{EVENTS}rule r {{ match by k t: E having {having} within {span} }}")
    reads = read(engine)
    assert engine.detections == []
    assert reads <= 10 * LONG


def test_a_threshold_that_is_met_each_time_reads_what_it_binds() -> None:
    text = (
        f"{EVENTS}rule r {{ match by k t: E having count() >= 20 and sum(i) > 30 within 1h after match skip nothing }}"
    )
    engine = matcher(text)
    reads = read(engine)
    assert len(engine.detections) > 0.9 * LONG
    assert reads <= 10 * LONG + 3 * sum(len(detection.events) for detection in engine.detections)


def read(engine: Matcher) -> int:
    """How often fields are read while a log is fed, each element within the window of the ones before."""
    assert attribute("i") == "i"
    Reads.total = 0
    for i in range(LONG):
        fields = {"k": "k", "i": 3, "d": Decimal(i % 5), "f": 0.5, "s": "abc"[i % 3], "u": 1_000, "ts": 0}
        rec = record(engine, i, i * 1_000, "E", **fields)
        engine.feed([(*rec[:6], Reads(fields), rec[7])])
    return Reads.total


def test_elements_taken_out_of_the_middle_are_noticed() -> None:
    window = Window()
    window.recs = [(i, (), "t", 0, i, 0, i, b"") for i in range(6)]
    tracked = (("sum", int), ("distinct", lambda value: value % 3))
    assert totals(window, tracked) == [15, 3]
    del window.recs[2]
    assert totals(window, tracked) == [13, 3]
    del window.recs[:3], window.recs[1]
    assert totals(window, tracked) == [4, 1]
