"""A case run through the engine: what is reported, and at which moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import cep
from cep.api import Alert, Engine
from docs.timelines.case import Case, CaseError, Ghost, Moment

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ZERO = int(_START.timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """A report: its bindings (step, event's name) in time order, and the moment it was made.

    `number` counts the rule's matches and time-outs, so that revisions of one share it. `note` is why there is none,
    for a match that the rule does not report.
    """

    kind: str
    number: int
    bound: tuple[tuple[str, str], ...]
    moment: int
    revision: int
    closed: bool
    at: str | None
    suppressed: int
    fields: dict[str, object]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What followed when an event came in: the watermark after it, whether it was late, and what was reported."""

    moment: Moment
    watermark: int
    late: bool
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What a run gave: reports in the order they were made, then matches that there are none of; arrivals if asked."""

    told: tuple[Told, ...]
    arrivals: tuple[Arrival, ...] = ()

    @property
    def reported(self) -> tuple[Told, ...]:
        """What the rule reports."""
        return tuple(told for told in self.told if told.note is None)


def play(case: Case) -> Played:
    """Run a case. Raises `CaseError` if one of its ghosts is reported, or would not be by the other rule either."""
    if case.arrival:
        arrivals = _arrivals(case)
        return Played(tuple(told for arrival in arrivals for told in arrival.told), arrivals)
    told = _run(case, case.text())
    return Played((*told, *(missed for ghost in case.ghosts for missed in _missed(case, ghost, told))))


def _missed(case: Case, ghost: Ghost, told: tuple[Told, ...]) -> list[Told]:
    """The matches of the ghost's rule that the case's rule does not report."""
    there = {(one.kind, one.bound) for one in told}
    other = [one for one in _run(case, case.text(ghost)) if (one.kind, one.bound) not in there]
    found = [replace(one, note=ghost.note) for one in other if ghost.only in (None, _names(one))]
    if not found:
        raise CaseError(f"{case.name}: the rule of the ghost `{ghost.note}` reports nothing else")
    return found


def _names(told: Told) -> str:
    return " ".join(name for _, name in told.bound)


def _run(case: Case, text: str) -> tuple[Told, ...]:
    """The reports of a rule, with a clock that goes on by the case's tick so that each shows its moment."""
    engine = cep.compile_text(text, name=case.name).engine()
    counted: dict[str, int] = {}
    told: list[Told] = []
    for now in _clock(case):
        batch = [_event(moment) for moment in case.moments if moment.time == now]
        alerts = engine.push(batch) + engine.advance(_ZERO + now + 1)
        told += [_told(case, alert, now, counted) for alert in alerts]
    _check(case, engine)
    return tuple(told)


def _clock(case: Case) -> Iterator[int]:
    """The moments of a run: each tick and each event's time."""
    ticks = range(0, case.end + 1, case.tick)
    yield from sorted({*ticks, *(moment.time for moment in case.moments), case.end})


def _arrivals(case: Case) -> tuple[Arrival, ...]:
    """A run in which events come in the order of the log, whatever their times."""
    engine = cep.compile_text(case.text(), name=case.name).engine()
    counted: dict[str, int] = {}
    arrivals = []
    for moment in case.moments:
        alerts = engine.push([_event(moment)])
        watermark = engine.stats.watermark
        if watermark is None:
            raise CaseError(f"{case.name}: no watermark after {moment.name}")
        told = tuple(_told(case, alert, moment.time, counted) for alert in alerts)
        arrivals.append(Arrival(moment, watermark - _ZERO, bool(engine.late), told))
        engine.late.clear()
    _check(case, engine)
    return tuple(arrivals)


def _check(case: Case, engine: Engine) -> None:
    if engine.dead_letters or engine.late:
        raise CaseError(f"{case.name}: an event was not taken")


def _event(moment: Moment) -> dict[str, object]:
    """The event as the engine gets it; a picture says of `k` and `v` only what matters in it."""
    own = {"type": moment.type, "ts": (_ZERO + moment.time) // 1000, "name": moment.name}
    return {"k": "", "v": 0, **own, **moment.fields}


def _told(case: Case, alert: Alert, now: int, counted: dict[str, int]) -> Told:
    numbered = f"{alert.kind} {alert.alert_id}"
    number = counted.setdefault(numbered, sum(1 for key in counted if key.startswith(alert.kind)) + 1)
    return Told(
        alert.kind,
        number,
        tuple((event.step, str(event.data["name"])) for event in alert.events),
        now,
        alert.revision,
        alert.closed,
        alert.at,
        alert.suppressed,
        {name: alert.fields[name] for name in case.show},
    )
