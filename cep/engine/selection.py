"""Which complete matches are reported, in which order, and what each report drops (LANGUAGE section 4.4)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cep.engine.record import Record
from cep.engine.run import Keyed, Run, Start, Window, chain

if TYPE_CHECKING:
    from cep.engine.machine import Machine

AFTER_ALL: tuple[Any, ...] = (float("inf"),)
"""Greater than every position: puts a sequence before its own prefixes."""

Drop = Callable[[Record], bool]
"""Whether partial and complete matches with this first event are dropped."""


def written_order(run: Run) -> tuple[Any, ...]:
    """Sort key: earliest start, then positions one by one, longer before its prefix, then steps as written."""
    links = chain(run)
    return (*(link.rec[:5] for link in links), AFTER_ALL), tuple(link.step for link in links)


def distinct(complete: list[Run]) -> list[Run]:
    """The matches in reporting order, each binding once, by whatever paths it came about."""
    if len(complete) < 2:
        return complete
    keyed = sorted(((written_order(run), index) for index, run in enumerate(complete)), key=lambda pair: pair[0])
    ordered = [complete[keyed[0][1]]]
    for (before, _), (order, index) in pairwise(keyed):
        if order != before:
            ordered.append(complete[index])
    return ordered


def decide(machine: Machine, keyed: Keyed, complete: list[Run], due: int | None) -> None:
    """Report what `after match skip` lets through of the matches that complete together, at the deadline `due`
    if an absence completes them. With `in start order` they only join those that wait for earlier starts."""
    complete = distinct(complete)
    if machine.in_start_order:
        keyed.done = sorted(
            [*(keyed.done or ()), *((run, due) for run in complete)], key=lambda held: held[0].start.rec[:5]
        )
        return
    while complete:
        run = complete[0]
        machine.report(keyed, run, due)
        if machine.skip == "nothing":
            complete = complete[1:]
            continue
        drop = drops(machine, run)
        apply(machine, keyed, drop, run.start)
        complete = [other for other in complete[1:] if not drop(other.start.rec)]


def release(machine: Machine, keyed: Keyed) -> None:
    """Report held matches that no open earlier start can precede any more."""
    while keyed.done:
        run, due = keyed.done[0]
        earliest = first_open(keyed)
        if earliest is not None and earliest.rec[:5] < run.start.rec[:5]:
            return
        del keyed.done[0]
        machine.report(keyed, run, due)
        if machine.skip != "nothing":
            drop = drops(machine, run)
            apply(machine, keyed, drop, run.start)
            keyed.done = [held for held in keyed.done if not drop(held[0].start.rec)]
    keyed.done = None


def first_open(keyed: Keyed) -> Start | None:
    """The earliest start that still has open runs; starts before it are forgotten on the way."""
    order = keyed.order
    gone = 0
    while gone < len(order) and not order[gone].open:
        gone += 1
    if gone:
        del order[:gone]
    return order[0] if order else None


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
    for start in keyed.order:
        if start.open and drop(start.rec):
            keyed.kill_start(start)
    if keyed.windows:
        for window in keyed.windows.values():
            bar(machine, window, drop, own)


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
