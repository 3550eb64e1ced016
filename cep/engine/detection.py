"""What the matcher reports: a match, or a partial match that ran out of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.engine.record import Record


@dataclass(slots=True)
class Detection:
    """One report of a rule, already past skip and suppress.

    `rule`: index in `Plan.rules`. `key`: the rule's key values. `events`: (step name, record) in time order.
    `fields`: the values of the emit clause in its order, run-time form; for a rule without `emit` empty (the alert
    then carries the key). `due`: deadline in microseconds, for absences and time-outs. `at`: the step a time-out
    waited for. `suppressed`: how many matches were held back before this one. `emit`: which emit clause made
    `fields`: -1 the rule's, else the index of its `on timeout`.
    """

    rule: int
    kind: OneOf["match", "timeout"]
    key: tuple[object, ...]
    events: tuple[tuple[str, Record], ...]
    fields: tuple[object, ...]
    emit: int = -1
    due: int | None = None
    at: str | None = None
    revision: int = 1
    closed: bool = True
    suppressed: int = 0
    identity: tuple[tuple[str, Record], ...] | None = None
    """The events of revision 1, where they differ from `events`; the alert id is made of them."""

    @property
    def start(self) -> int:
        """Event time of the first event, microseconds."""
        return self.events[0][1][0]

    @property
    def end(self) -> int:
        """Event time of the last event, microseconds."""
        return self.events[-1][1][0]
