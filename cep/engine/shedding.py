"""The cap on open partial matches: past it the oldest are dropped."""

from __future__ import annotations

from itertools import groupby

from cep.engine.ordering import written_order
from cep.engine.run import NONE, Events, Keyed, Run, Start, events_of

BATCH = 64
"""Ended runs and starts that may be passed over before they are taken out, all at once: a key that stays at its cap
costs each event no more than that."""


def shed(keyed: Keyed, limit: int) -> int:
    """Drop the oldest partial matches above `limit`: of the earliest start, the one whose last event is the earliest,
    in the order of reports. How many it were."""
    if keyed.machine.unsorted:
        keyed.put_in_order()
    if keyed.machine.ambiguous:
        return shed_equals(keyed, limit)
    before, starts, passed = keyed.open, 0, 0
    for start in keyed.order:
        if keyed.open <= limit:
            break
        starts += 1
        passed += 1 + shed_start(keyed, start, limit)
    if passed > BATCH:
        forget_ended(keyed, starts)
    return before - keyed.open


def shed_start(keyed: Keyed, start: Start, limit: int) -> int:
    """Drop the oldest partial matches of one start; how many runs were passed over or dropped."""
    passed = 0
    for _, runs in groupby(start.runs, key=lambda run: run.rec[:5]):
        if keyed.open <= limit:
            break
        born = list(runs)
        passed += len(born)
        for run in born if len(born) == 1 else sorted(born, key=written_order):
            if keyed.open > limit:
                keyed.kill(run)
    if passed > BATCH and start.open:
        start.runs = [run for run in start.runs if run.live]
    return passed


def shed_equals(keyed: Keyed, limit: int) -> int:
    """The same where events can be bound in several ways, which count, and go, as one."""
    ways: dict[Events, list[Run]] = {}
    for start in keyed.order:
        # Where incomplete items are left out of a group, a run may come late whose last event is not.
        live = (run for run in start.runs if run.live)
        for run in sorted(live, key=lambda run: (run.rec[:5], written_order(run))):
            ways.setdefault(events_of(run), []).append(run)
    surplus = list(ways.values())[: max(0, len(ways) - limit)]
    for equal in surplus:
        for run in equal:
            keyed.kill(run)
    return len(surplus)


def forget_ended(keyed: Keyed, starts: int) -> None:
    """Take those that have ended out of the oldest starts."""
    oldest = keyed.order[:starts]
    keyed.order = [*(start for start in oldest if start.open), *keyed.order[starts:]]
    for start in oldest:
        if not start.open:
            # Parted from its runs, as in a sweep.
            start.runs = NONE
