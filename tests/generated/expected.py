"""What the oracle says about a rule file and a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from cep.language.model import EventType, RuleSet
from tests.generated.declared import FUNCTIONS, LISTED
from tests.generated.logs import Log, Sent
from tests.oracle import Coordinate, OracleEvent, Report
from tests.oracle import run as run_oracle
from tests.oracle.runner import FOREVER

MILLISECOND = 1_000

MOST_THREADS = 250
"""Rules that branch further are not drawn: the oracle visits every branch for every event."""


class Played(Protocol):
    """A rule file with one rule, and a log."""

    @property
    def text(self) -> str:
        """The rule file."""
        ...

    @property
    def log(self) -> Log:
        """What arrives."""
        ...


@dataclass(frozen=True, slots=True)
class Expected:
    """The oracle's report, the events that came too late, and those of them of the rule's types."""

    report: Report
    late: tuple[Coordinate, ...]
    late_seen: tuple[Coordinate, ...]


def expected(played: Played, ruleset: RuleSet) -> Expected:
    """What the language page says. Raises `TooManyThreads`."""
    rule = ruleset.rules[0]
    arrived = list(judged(played.log, ruleset))
    in_time = sorted((event for event, late in arrived if not late), key=lambda event: _place(ruleset, event))
    late = [event for event, late in arrived if late]
    end = FOREVER if played.log.end is None else played.log.end * MILLISECOND
    report = run_oracle(
        rule,
        ruleset,
        in_time,
        lists={"listed": LISTED},
        functions=FUNCTIONS,
        most_threads=MOST_THREADS,
        advance=end,
    )
    seen = tuple(event.at for event in late if event.type in rule.events)
    return Expected(report, tuple(event.at for event in late), seen)


def judged(log: Log, ruleset: RuleSet) -> Iterator[tuple[OracleEvent, bool]]:
    """The events in order of arrival, each with whether it is late: its time lies before the watermark of its own
    partition, the greatest time seen there less the largest lateness."""
    lateness = max(event.lateness for event in ruleset.events.values())
    greatest: dict[Any, int] = {}
    for offset, sent in log.offsets():
        event = _event(offset, sent)
        before = greatest.get(sent.place, event.time)
        yield event, event.time < before - lateness
        greatest[sent.place] = max(before, event.time)


def _event(offset: int, sent: Sent) -> OracleEvent:
    time = sent.time * MILLISECOND
    return OracleEvent(sent.event, time, sent.data | {"ts": time}, (*sent.place, offset))


def _place(ruleset: RuleSet, event: OracleEvent) -> tuple[Any, ...]:
    """Where an event stands: its time, `order by`, its coordinates."""
    return (event.time, _order(ruleset.events[event.type], event.data), event.at)


def _order(event: EventType, data: Any) -> tuple[tuple[int, ...], ...]:
    """The values of `order by`, nulls first; a type without it stands where one does whose values are null."""
    values: list[tuple[int, ...]] = []
    for order in event.order:
        (name,) = order.path
        value = data[name]
        values.append(() if value is None else (-value if order.descending else value,))
    while values and not values[-1]:
        values.pop()
    return tuple(values)
