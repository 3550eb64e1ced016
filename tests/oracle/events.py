"""What goes into the oracle and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Coordinate = tuple[str, int, int]
"""Topic, partition, offset: what an event is called in alerts."""


@dataclass(frozen=True, slots=True)
class OracleEvent:
    """One event in run-time form: `time` in microseconds, `data` by declared field name (see `language.types`)."""

    type: str
    time: int
    data: Mapping[str, object]
    at: Coordinate


@dataclass(frozen=True, slots=True)
class Match:
    """A reported match. `events`: (step, coordinate) in time order. `due`: the deadline of an absence, else None.

    `fields`: the values of `emit` in its order (empty without `emit`). `completed`: event time at which it was
    decided. `suppressed`: how many matches were held back before it. `revision` and `closed` as in the alert.
    """

    key: tuple[object, ...]
    events: tuple[tuple[str, Coordinate], ...]
    due: int | None
    completed: int
    fields: tuple[object, ...]
    suppressed: int = 0
    revision: int = 1
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Timeout:
    """A reported time-out: the partial match, its deadline, the step in `at`, the values of its `emit`."""

    key: tuple[object, ...]
    events: tuple[tuple[str, Coordinate], ...]
    due: int
    at: str | None
    fields: tuple[object, ...]
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All that a rule reports on a log: alerts in the order of each key, keys one after the other.

    `open_partials`: partial matches that were still open at the end.
    """

    alerts: tuple[Match | Timeout, ...]
    open_partials: int

    @property
    def matches(self) -> tuple[Match, ...]:
        """The matches among them."""
        return tuple(alert for alert in self.alerts if isinstance(alert, Match))

    @property
    def timeouts(self) -> tuple[Timeout, ...]:
        """The time-outs among them."""
        return tuple(alert for alert in self.alerts if isinstance(alert, Timeout))
