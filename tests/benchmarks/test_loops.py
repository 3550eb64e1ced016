"""The loops written by hand give the matches of the rules they stand beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engine import Feed
from benchmarks.events import Shape, event_file
from benchmarks.peers.loops.__main__ import LOOPS
from benchmarks.peers.loops.events import Event, as_they_come, by_event_time
from benchmarks.peers.ours import RULES

SHAPE = Shape(events=20_000, spacing=20, users=300)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return event_file(SHAPE, tmp_path_factory.mktemp("events"))


def looped(workload: str, events: Path) -> list[tuple[int, ...]]:
    """Ids of the matches that a loop finds."""
    found: list[tuple[int, ...]] = []

    def tell(*match: Event) -> None:
        found.append(tuple(event.id for event in match))

    LOOPS[workload](by_event_time(events), tell)
    return found


def matched(workload: str, events: Path) -> list[tuple[int, ...]]:
    """Ids of the matches that the rule finds."""
    feed = Feed((RULES / f"{workload}.pattern").read_text(encoding="utf-8"))
    out = feed.push(events.read_bytes().splitlines())
    out.add(feed.shard.finish())
    return [tuple(event.data["id"] for event in alert.events) for alert in out.alerts]


@pytest.mark.parametrize("workload", sorted(LOOPS))
def test_a_loop_finds_what_the_rule_finds(workload: str, events: Path) -> None:
    by_rule, by_loop = matched(workload, events), looped(workload, events)
    assert len(by_rule) == len(set(by_rule)) and len(by_loop) == len(set(by_loop))
    assert set(by_loop) == set(by_rule) != set()


def test_every_workload_has_a_loop() -> None:
    assert set(LOOPS) == {path.stem for path in RULES.glob("*.pattern")}


def test_events_come_in_the_order_of_their_time_and_all_of_them(events: Path) -> None:
    ordered = [event for batch in by_event_time(events) for event in batch]
    arrived = [event for batch in as_they_come(events) for event in batch]
    assert [event.ts for event in ordered] == sorted(event.ts for event in arrived)
    assert sorted(event.id for event in ordered) == list(range(SHAPE.events))
    assert [event.ts for event in arrived] != [event.ts for event in ordered]
