"""What comes out of a shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf

from cep.runtime.alerts import Alerts
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.late import Late

TimeKind = OneOf["event", "ingestion", "arrival"]


@dataclass(frozen=True, slots=True)
class Step:
    """A move of the watermark that no record caused, with the positions at which it was made.

    A replay that applies it at the same positions gives the same alerts. `idle`: the partition no longer holds the
    watermark, which may follow the clock as far as `watermark` once all are silent; `advance`: time has reached
    `watermark` (microseconds) for the rules on `time_kind` (None: all); `end`: `source` is at its end.
    """

    kind: OneOf["idle", "advance", "end"]
    positions: tuple[tuple[str, int, int], ...]
    """(topic, partition, next offset) of every partition."""
    topic: str = ""
    partition: int = 0
    watermark: int = 0
    time_kind: TimeKind | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """An old version whose last partial match has come to its end."""

    rule: str
    version: int


@dataclass(slots=True)
class Output:
    """Everything one call brought about: alerts in order per rule and key, late events, dead letters, steps taken, old
    versions of rules that have come to their end. `shadow`: alerts of another version of the rules that runs beside."""

    alerts: Alerts = field(default_factory=Alerts)
    late: list[Late] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    shadow: Alerts = field(default_factory=Alerts)

    def add(self, other: Output) -> None:
        """Put what a later call brought about behind this."""
        self.alerts += other.alerts
        self.late += other.late
        self.dead_letters += other.dead_letters
        self.steps += other.steps
        self.ended += other.ended
        self.shadow += other.shadow


@dataclass(slots=True)
class Stats:
    """Counts since the shard was made. `replayed`: records below the position already reached, left out."""

    events: int = 0
    alerts: int = 0
    late: int = 0
    dead_letters: int = 0
    unrouted: int = 0
    replayed: int = 0
