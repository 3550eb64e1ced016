"""What engine and oracle tell, in one comparable form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cep.api import Alert
from tests.oracle import Coordinate, Match, Timeout

Told = tuple[Any, ...]
"""Kind, events, deadline, `at`, values, held back, revision, closed."""


def told_by_engine(alerts: Sequence[Alert]) -> dict[tuple[Any, ...], list[Told]]:
    """Alerts in order, by key."""
    found: dict[tuple[Any, ...], list[Told]] = {}
    for alert in alerts:
        bound = tuple((event.step, _coordinate(event.source)) for event in alert.events)
        values = tuple(alert.fields.values())
        told = (alert.kind, bound, alert.due, alert.at, values, alert.suppressed, alert.revision, alert.closed)
        found.setdefault(tuple(alert.key.values()), []).append(told)
    return found


def _coordinate(source: str) -> Coordinate:
    topic, partition, offset = source.rsplit("/", 2)
    return topic, int(partition), int(offset)


def told_by_oracle(alerts: Sequence[Match | Timeout], has_emit: bool) -> dict[tuple[Any, ...], list[Told]]:
    """The same from the oracle. Without `emit` an alert's fields are the key."""
    found: dict[tuple[Any, ...], list[Told]] = {}
    for alert in alerts:
        if isinstance(alert, Match):
            values = alert.fields if has_emit else alert.key
            rest = (None, values, alert.suppressed, alert.revision, alert.closed)
            told: Told = ("match", alert.events, alert.due, *rest)
        else:
            told = ("timeout", alert.events, alert.due, alert.at, alert.fields, alert.suppressed, 1, True)
        found.setdefault(alert.key, []).append(told)
    return found


def shown_told(told: Told) -> str:
    """One alert on a line."""
    kind, bound, due, at, values, suppressed, revision, closed = told
    events = " ".join(f"{step}:{topic}/{partition}/{offset}" for step, (topic, partition, offset) in bound)
    more = f" due {due}" if due is not None else ""
    more += f" at {at}" if at is not None else ""
    more += f" held back {suppressed}" if suppressed else ""
    more += f" revision {revision}" if revision != 1 else ""
    return f"{kind} [{events}]{more} {values!r}" + ("" if closed else " open")
