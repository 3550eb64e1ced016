"""Which complete matches are reported, in which order, and what each report drops (LANGUAGE section 4.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cep.engine.following import close_followed, follow, grown, is_kept
from cep.engine.ordering import distinct
from cep.engine.record import Record
from cep.engine.run import NONE, Keyed, Run, Start, Window, chain

if TYPE_CHECKING:
    from cep.engine.machine import Machine

Drop = Callable[[Record], bool]
"""Whether partial and complete matches with this first event are dropped."""


Dues = Callable[[Run], int | None]
"""The deadline of the absence that a match has waited for."""


def decide(machine: Machine, keyed: Keyed, complete: list[Run], due: Dues) -> None:
    """Report what `after match skip` lets through of the matches that complete together. With `in start order` they
    only join those that wait for earlier starts."""
    if machine.report_as == "updates":
        complete = grown(machine, keyed, complete)
        close_followed(machine, keyed)
    # With two absences to complete it, a match may come about a second time.
    complete = [run for run in distinct(complete) if not run.reported]
    if machine.in_start_order:
        if machine.code.holding:
            complete = [run for run in complete if not any(held is run for held, *_ in keyed.done or ())]
        keyed.done = sorted(
            [*(keyed.done or ()), *((run, due(run), machine.now) for run in complete)],
            key=lambda held: held[0].start.rec[:5],
        )
        return
    while complete:
        run = complete[0]
        del complete[0]
        if not grown(machine, keyed, [run]):
            continue
        start = run.start
        tell(machine, keyed, run, due(run), machine.now)
        if machine.skip != "nothing":
            drop = drops(machine, run)
            apply(machine, keyed, drop, start)
            complete = [other for other in complete if not drop(other.start.rec) or is_kept(keyed, other)]


def due_of(run: Run, due: int | None = None) -> int | None:
    """The deadline of a match: the present one, or of a trailing pair the one that had passed before."""
    return getattr(run, "due", None) if due is None else due


def tell(machine: Machine, keyed: Keyed, run: Run, due: int | None, now: int) -> None:
    """Report a match; with `report updates` it is followed from then on."""
    first = len(machine.detections)
    told = machine.report(keyed, run, due, now)
    if machine.report_as == "updates":
        if told:
            machine.detections[first].closed = False
        follow(machine, keyed, run, held=not told)


def release(machine: Machine, keyed: Keyed) -> None:
    """Report held matches that no open earlier start can precede any more."""
    while keyed.done:
        run, due, now = keyed.done[0]
        earliest = first_open(keyed)
        if earliest is not None and earliest.rec[:5] < run.start.rec[:5]:
            return
        del keyed.done[0]
        if not grown(machine, keyed, [run]):
            continue
        start = run.start
        tell(machine, keyed, run, due, now)
        if machine.skip != "nothing":
            drop = drops(machine, run)
            apply(machine, keyed, drop, start)
            keyed.done = [h for h in keyed.done if not drop(h[0].start.rec) or is_kept(keyed, h[0])]
    keyed.done = None


def first_open(keyed: Keyed) -> Start | None:
    """The earliest start that still has open runs, matches told already apart; dead ones are forgotten on the way."""
    if keyed.machine.unsorted:
        keyed.put_in_order()
    order = keyed.order
    gone = 0
    while gone < len(order) and not order[gone].open:
        gone += 1
    if gone:
        for start in order[:gone]:
            start.runs = NONE
        if type(order) is list:
            del order[:gone]
        else:
            order = keyed.order = NONE
    waiting = (start for start in order if start.open and has_yet_to_match(keyed, start))
    if keyed.machine.unsorted:
        return min(waiting, key=lambda start: start.rec[:5], default=None)
    return next(waiting, None)


def drops(machine: Machine, run: Run) -> Drop:
    """What a report of `run` drops, by first event."""
    if machine.skip == "past":
        last = run.rec[:5]
        return lambda first: first[:5] <= last
    if machine.skip == "next":
        own = run.start.rec[:5]
        return lambda first: first[:5] == own
    bound = [link.rec[:5] for link in chain(run) if link.step == machine.skip_step]
    if not bound:
        return lambda first: False
    cut = bound[0] if machine.skip == "first" else bound[-1]
    return lambda first: first[:5] < cut


def apply(machine: Machine, keyed: Keyed, drop: Drop, own: Start) -> None:
    """Drop runs and, at the head of the rule, elements that would begin a match."""
    if machine.skip == "next":
        for start in [s for s in keyed.order if s.rec is own.rec] if machine.unsorted else (own,):
            drop_start(keyed, start)
    else:
        for start in keyed.order:
            if drop(start.rec):
                drop_start(keyed, start)
            elif not machine.unsorted:
                # Starts stand in event order, and what is dropped is all that lies before a cut.
                break
    if keyed.growths:
        keyed.growths = [growth for growth in keyed.growths if not growth.start.dropped] or None
    if keyed.windows:
        for window in keyed.windows.values():
            bar(machine, window, drop, own)
        keyed.windows = {wait: window for wait, window in keyed.windows.items() if window.recs} or None
    for group in machine.code.groups:
        for run in keyed.live_runs():
            group.bar(keyed, run, lambda window: bar(machine, window, drop, own))


def has_yet_to_match(keyed: Keyed, start: Start) -> bool:
    """Whether a start with open runs has others than those that lengthen a match told already."""
    return keyed.followed is None or any(run.live and not is_kept(keyed, run) for run in start.runs)


def drop_start(keyed: Keyed, start: Start) -> None:
    """End the runs of a start that after-match skip drops; those that lengthen a match told already go on."""
    if keyed.followed is None:
        keyed.kill_start(start)
        return
    start.dropped = True
    for run in start.runs:
        if run.live and not is_kept(keyed, run):
            keyed.kill(run)


def bar(machine: Machine, window: Window, drop: Drop, own: Start) -> None:
    """Keep elements of a head window from beginning a match."""
    if machine.skip == "next":
        window.barred.append(own.rec)
        return
    gone = 0
    while gone < len(window.recs) and drop(window.recs[gone]):
        gone += 1
    if gone:
        window.drop(gone)
