"""`report final` and `report updates`: matches that may still grow (LANGUAGE section 4.5).

What lengthens a match is told by the events bound, whatever way a partial match came to them: a loop inside a loop, and
a threshold's next window, bind the same events in several ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from cep.engine.ordering import longest_first, written_order
from cep.engine.run import Followed, Growing, Growth, Keyed, Run, Start, chain, events_of

if TYPE_CHECKING:
    from cep.engine.machine import Machine


def lengthens(run: Run, growing: Growing) -> bool:
    """Whether a run has bound what a match has, or that and more, by whatever path."""
    return run.start.rec is growing.start.rec and events_of(run)[: len(growing.events)] == growing.events


def open_from(keyed: Keyed, start: Start) -> Iterator[Run]:
    """The open runs of a first event; matches that begin with a threshold may have several starts there."""
    starts = [s for s in keyed.order if s.rec is start.rec] if keyed.machine.unsorted else [start]
    return (run for start in starts for run in start.runs if run.live)


def may_grow(keyed: Keyed, growing: Growing, ending: Collection[Run] = ()) -> bool:
    """Whether a run is open that lengthens a match, other than those that are `ending`."""
    if growing.witness is None or not growing.witness.live or growing.witness in ending:
        found = (run for run in open_from(keyed, growing.start) if run not in ending and lengthens(run, growing))
        growing.witness = next(found, None)
    return growing.witness is not None


# ------------------------------------------------------------ final


def grow(keyed: Keyed, complete: Iterable[tuple[Run, int | None]]) -> None:
    """With `report final`: runs are complete, each with the deadline of its absence; they are told when nothing can
    lengthen them any more."""
    for run, due in sorted(complete, key=lambda pair: len(chain(pair[0]))):
        if run.start.told:
            continue
        growth = next((known for known in keyed.growths or () if lengthens(run, known)), None)
        if growth is None:
            keyed.growths = [*(keyed.growths or ()), Growth(run, due)]
        else:
            growth.witness = run
            if longest_first(run) < longest_first(growth.latest):
                growth.latest, growth.due = run, due


def finals(keyed: Keyed, ending: Collection[Run]) -> dict[Run, int | None]:
    """Matches that can grow no more, of each first event the longest, with the deadlines of their absences. `ending`:
    open runs that lengthen nothing any more."""
    best: dict[int, Growth] = {}
    for growth in keyed.growths or ():
        if not may_grow(keyed, growth, ending):
            known = best.get(id(growth.start.rec))
            if known is None or longest_first(growth.latest) < longest_first(known.latest):
                best[id(growth.start.rec)] = growth
    if best:
        for growth in best.values():
            close_start(keyed, growth.start)
        keyed.growths = [growth for growth in keyed.growths or () if id(growth.start.rec) not in best] or None
    return {growth.latest: growth.due for growth in best.values()}


def close_start(keyed: Keyed, start: Start) -> None:
    """The match of a first event is told: there is none other that begins with it."""
    start.told = True
    if keyed.machine.unsorted:
        for other in keyed.order:
            if other.rec is start.rec:
                other.told = True
    for window in (keyed.windows or {}).values():
        window.barred += [rec for rec in window.recs if rec is start.rec]


def cancel_growth(keyed: Keyed, run: Run, born: list[Run]) -> None:
    """`cancel on` hit a run: matches that it lengthens are none, unless one that is open or just `born` does so too."""
    if keyed.growths is not None:
        keyed.growths = [
            growth
            for growth in keyed.growths
            if not lengthens(run, growth)
            or any(lengthens(other, growth) for other in (*born, *open_from(keyed, growth.start)))
        ] or None


# ------------------------------------------------------------ updates


def follow(machine: Machine, keyed: Keyed, run: Run, held: bool) -> None:
    """A first revision was decided (`held`: and held back): what lengthens it is out of reach of what reports drop."""
    followed = Followed(run, held)
    if is_over(keyed, followed):
        tell(machine, keyed, followed, closed=True)
    else:
        keyed.followed = [*(keyed.followed or ()), followed]


def is_kept(keyed: Keyed, run: Run) -> bool:
    """Whether a run lengthens a match that was told."""
    return keyed.followed is not None and any(lengthens(run, followed) for followed in keyed.followed)


def grown(machine: Machine, keyed: Keyed, complete: list[Run]) -> list[Run]:
    """Tell the next revision of followed matches; the other complete runs are left to be decided."""
    if keyed.followed is None:
        return complete
    rest: list[Run] = []
    best: dict[Followed, Run] = {}
    for run in complete:
        shorter = [followed for followed in keyed.followed if lengthens(run, followed)]
        if not shorter:
            rest.append(run)
        for followed in shorter:
            size = len(followed.events)
            if len(chain(run)) > size and (followed not in best or longest_first(run) < longest_first(best[followed])):
                best[followed] = run
    for followed, run in sorted(best.items(), key=lambda pair: written_order(pair[1])):
        revise(machine, keyed, followed, run)
    return rest


def revise(machine: Machine, keyed: Keyed, followed: Followed, longer: Run) -> None:
    """The next revision of a followed match, which goes on this one way only."""
    ahead = Followed(longer, followed.held)
    others = [run for run in open_from(keyed, followed.start) if lengthens(run, followed)]
    for other in others:
        if not lengthens(other, ahead):
            keyed.kill(other)
    if keyed.done:
        keyed.done = [h for h in keyed.done if not lengthens(h[0], followed) or lengthens(h[0], ahead)]
    followed.latest, followed.events, followed.witness = longer, ahead.events, longer
    tell(machine, keyed, followed, closed=False)
    if is_over(keyed, followed):
        close(machine, keyed, followed)


def is_over(keyed: Keyed, followed: Followed) -> bool:
    """Whether a followed match can grow no more: nothing that lengthens it is open, or complete and held back."""
    return not may_grow(keyed, followed) and not any(lengthens(run, followed) for run, *_ in keyed.done or ())


def close(machine: Machine, keyed: Keyed, followed: Followed) -> None:
    """The last revision repeats the one before and says so."""
    tell(machine, keyed, followed, closed=True)
    keyed.followed = [other for other in keyed.followed or () if other is not followed] or None


def close_followed(machine: Machine, keyed: Keyed) -> None:
    """Close the matches that can grow no more."""
    for followed in keyed.followed or ():
        if is_over(keyed, followed):
            close(machine, keyed, followed)


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
