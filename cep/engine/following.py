"""`report final` and `report updates`: matches that may still grow (LANGUAGE section 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.engine.ordering import longest_first, written_order
from cep.engine.run import Followed, Growth, Keyed, Run, Start, chain, events_of

if TYPE_CHECKING:
    from cep.engine.machine import Machine


def inherit(run: Run) -> None:
    """With `report final`: a run that comes of a complete one lengthens that match."""
    run.growth = grown_from(run)
    if run.growth is not None:
        run.growth.runs.append(run)


def grown_from(run: Run) -> Growth | None:
    """The complete match that a run was born of."""
    first = run
    while first.via < 0 and first.parent is not None:
        # The earlier elements of a window, of which only the last is a run that waits.
        first = first.parent
    return None if first.parent is None else first.parent.growth


def grow(keyed: Keyed, run: Run, due: int | None) -> None:
    """With `report final`: a run is complete; it is told when nothing can lengthen it any more."""
    if run.growth is None:
        run.growth = known_growth(keyed, run)
    if run.growth is None:
        run.growth = Growth(run, due)
        keyed.growths = [*(keyed.growths or ()), run.growth]
    elif longest_first(run) < longest_first(run.growth.latest):
        run.growth.latest, run.growth.due = run, due


def known_growth(keyed: Keyed, run: Run) -> Growth | None:
    """A match that grows already and that a run comes to, or lengthens, another way."""
    events = events_of(run)
    for growth in keyed.growths or ():
        root = events_of(growth.root)
        if events[: len(root)] == root:
            growth.runs.append(run)
            return growth
    return None


def finals(keyed: Keyed) -> list[Run]:
    """Matches that can grow no more, of each first event the longest."""
    best: dict[int, Run] = {}
    waiting = []
    for growth in keyed.growths or ():
        start = growth.latest.start
        if start.dropped or start.told:
            continue
        if any(run.live for run in growth.runs):
            waiting.append(growth)
            continue
        known = best.get(id(start))
        if known is None or longest_first(growth.latest) < longest_first(known):
            best[id(start)] = growth.latest
    for run in best.values():
        run.start.told = True
        for window in (keyed.windows or {}).values():
            # One for each first event: the next window that begins there is none.
            window.barred += [rec for rec in window.recs if rec is run.start.rec]
    keyed.growths = waiting or None
    return list(best.values())


def cancel_growth(keyed: Keyed, run: Run, born: list[Run]) -> None:
    """`cancel on` ends a match that was still growing, unless one of the runs `born` of the event lengthens it."""
    if keyed.growths is not None and not any(grown_from(other) is run.growth for other in born):
        keyed.growths = [growth for growth in keyed.growths if growth is not run.growth]


def follow(machine: Machine, keyed: Keyed, run: Run, held: bool) -> None:
    """A first revision was decided (`held`: and held back): its run goes on by itself, out of reach of what the report
    drops."""
    old = run.start
    growing = [other for other in old.runs if other.live and lengthens(other, run)]
    waiting = [other for other, *_ in keyed.done or () if lengthens(other, run)]
    if not growing and not waiting:
        tell(machine, keyed, Followed(run, held), closed=True)
        return
    old.open -= len(growing)
    old.runs = [other for other in old.runs if other not in growing]
    start = Start(old.rec)
    start.followed = Followed(run, held)
    start.matched = True
    start.runs = growing
    start.open = len(growing)
    for other in (*growing, *waiting):
        other.start = start
    keyed.order.append(start)
    if machine.within is not None:
        machine.timers.push(start.rec[0] + machine.within, keyed, start, machine.code.header)


def lengthens(run: Run, shorter: Run) -> bool:
    """Whether a run has bound what `shorter` has, or that and more, by whatever path."""
    events = events_of(shorter)
    return events_of(run)[: len(events)] == events


def grown(machine: Machine, keyed: Keyed, complete: list[Run]) -> list[Run]:
    """Tell the next revision of followed matches; the other complete runs are left to be decided."""
    known = [events_of(start.followed.latest) for start in keyed.order if start.followed is not None]
    rest: list[Run] = []
    grown_by: dict[int, list[Run]] = {}
    for run in complete:
        if run.start.followed is not None:
            grown_by.setdefault(id(run.start), []).append(run)
        elif any(events_of(run)[: len(events)] == events for events in known):
            # A window at the head comes to the same events as the match that it lengthens.
            keyed.kill(run)
        else:
            rest.append(run)
    longest = [min(runs, key=longest_first) for runs in grown_by.values()]
    for best in sorted(longest, key=written_order):
        followed = best.start.followed
        assert followed is not None
        for other in list(best.start.runs):
            if not lengthens(other, best):
                keyed.kill(other)
        if keyed.done:
            keyed.done = [h for h in keyed.done if h[0].start is not best.start or lengthens(h[0], best)]
        followed.latest = best
        tell(machine, keyed, followed, closed=False)
        if is_over(keyed, best.start):
            tell(machine, keyed, followed, closed=True)
            best.start.followed = None
    return rest


def is_over(keyed: Keyed, start: Start) -> bool:
    """Whether a followed match can grow no more: nothing that lengthens it is open, or complete and held back."""
    return not start.open and not any(run.start is start for run, *_ in keyed.done or ())


def close_followed(machine: Machine, keyed: Keyed) -> None:
    """Matches that can grow no more: the last revision repeats the one before and says so."""
    for start in keyed.order:
        if start.followed is not None and is_over(keyed, start):
            tell(machine, keyed, start.followed, closed=True)
            start.followed = None
        if not start.open:
            # Parted from its runs, as in a sweep: nothing waits for its deadline.
            start.runs = []
    keyed.order = [s for s in keyed.order if s.open or s.followed is not None]


def tell(machine: Machine, keyed: Keyed, followed: Followed, closed: bool) -> None:
    """One more revision."""
    followed.revision += 1
    if followed.held:
        return
    detection = machine.matched(keyed, chain(followed.latest))
    detection.identity = machine.labelled(chain(followed.identity))
    detection.revision = followed.revision
    detection.closed = closed
    machine.detections.append(detection)
