"""`report final` and `report updates`: matches that may still grow (LANGUAGE section 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.engine.ordering import longest_first
from cep.engine.run import Followed, Keyed, Run, Start, chain

if TYPE_CHECKING:
    from cep.engine.machine import Machine


def keep_best(run: Run) -> None:
    """With `report final`: remember the longest complete run of a first event."""
    best = run.start.best
    if best is None or longest_first(run) < longest_first(best):
        run.start.best = run


def finals(keyed: Keyed) -> list[Run]:
    """The longest runs of first events whose loops can take no more."""
    ready = []
    for start in keyed.order:
        if start.best is not None and not start.open:
            ready.append(start.best)
            start.best = None
    return ready


def follow(machine: Machine, keyed: Keyed, run: Run) -> None:
    """A first revision was told: its run goes on by itself, out of reach of what the report drops."""
    old, live = run.start, run.live
    if not live:
        tell(machine, keyed, Followed(run), closed=True)
        return
    old.open -= 1
    old.runs.remove(run)
    start = Start(old.rec)
    start.followed = Followed(run)
    start.matched = True
    start.runs = [run]
    start.open = 1
    run.start = start
    keyed.order.append(start)
    if machine.within is not None:
        machine.timers.push(start.rec[0] + machine.within, keyed, start, machine.code.header)


def grown(machine: Machine, keyed: Keyed, complete: list[Run]) -> list[Run]:
    """Tell the next revision of followed matches; the other complete runs are left to be decided."""
    rest = [run for run in complete if run.start.followed is None]
    grown_by: dict[int, list[Run]] = {}
    for run in complete:
        if run.start.followed is not None:
            grown_by.setdefault(id(run.start), []).append(run)
    for runs in grown_by.values():
        best = min(runs, key=longest_first)
        followed = best.start.followed
        assert followed is not None
        for other in list(best.start.runs):
            if other is not best:
                keyed.kill(other)
        followed.latest = best
        tell(machine, keyed, followed, closed=False)
    return rest


def close_followed(machine: Machine, keyed: Keyed) -> None:
    """Matches that can grow no more: the last revision repeats the one before and says so."""
    for start in [s for s in keyed.order if s.followed is not None and not s.open]:
        assert start.followed is not None
        tell(machine, keyed, start.followed, closed=True)
        start.followed = None
    keyed.order = [s for s in keyed.order if s.open or s.followed is not None]


def tell(machine: Machine, keyed: Keyed, followed: Followed, closed: bool) -> None:
    """One more revision."""
    followed.revision += 1
    detection = machine.matched(keyed, chain(followed.latest))
    detection.identity = machine.labelled(chain(followed.identity))
    detection.revision = followed.revision
    detection.closed = closed
    machine.detections.append(detection)
