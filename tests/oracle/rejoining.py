"""What a branch that went on because an absence held means for the others with the same bindings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.oracle.lacking import Known, is_passed, passed_over
from tests.oracle.nodes import AllOfNode
from tests.oracle.places import AllOfPlace, Armed, Awaited, Bindings, Place, Thread


def rejoined(held: list[Thread], moved: list[Thread], others: list[Thread], last: int, known: Known) -> list[Thread]:
    """All threads, after `held` have gone on as `moved`: every branch is guarded by the absences, the next event's too,
    that another with the same bindings has come to, from event `last` on, and the step that the bindings lack is no
    longer one of the alternative passed over."""
    told = _Told(held, moved, known)
    found = [*(told.thread(thread, last) for thread in others), *(told.thread(thread, -1) for thread in moved)]
    known.keep(found)
    return found


def disarmed(threads: list[Thread], ended: list[Thread]) -> list[Thread]:
    """Threads of which a longer binding has `ended` others at the end of the pattern: what those waited for looks at no
    next event any more, unless it stands before another place."""
    if not any(thread.trailing_nexts for thread in ended):
        return threads

    def is_idle(armed: Armed, bindings: Bindings) -> bool:
        same = [thread for thread in threads if thread.bindings == bindings]
        return not any(armed in (*thread.own, *thread.trailing_nexts) for thread in same) and any(
            thread.bindings == bindings and armed in thread.trailing_nexts for thread in ended
        )

    return [replace(t, nexts=tuple(armed for armed in t.nexts if not is_idle(armed, t.bindings))) for t in threads]


@dataclass(frozen=True, slots=True)
class _Told:
    """What threads are told of others that have gone on."""

    held: list[Thread]
    moved: list[Thread]
    known: Known

    def thread(self, thread: Thread, last: int) -> Thread:
        """A thread, once it knows."""
        same = [o for o in self.moved if o.bindings == thread.bindings and _are_of_one_way(o, thread)]
        if not same:
            return thread
        nexts = [armed for other in same for armed in other.nexts]
        thread = replace(thread, nexts=tuple(dict.fromkeys((*thread.nexts, *nexts))))
        return _guarded(self._lacking(thread, same), same, last)

    def _lacking(self, thread: Thread, same: list[Thread]) -> Thread:
        """A thread, once it knows which step its bindings lack."""
        inside = [other.place.node for other in same if isinstance(other.place, AllOfPlace)]
        held = [t for t in self.held if _is_way_of(t, thread)]
        gone = [t for t in held if _node(t.place) not in inside]
        before = self.known.of(thread)
        passed = thread.passed.union(*(t.passed for t in held), *(passed_over(t.place) for t in gone))
        passed = passed.union(*(steps for _, steps in before))
        told: list[Awaited | None] = [other.awaited for other in (thread, *gone, *same)]
        told += [awaited for awaited, _ in before]
        lacking = [awaited for awaited in told if awaited is not None and not is_passed(awaited, passed)]
        return replace(thread, awaited=min(lacking, default=None), passed=passed)


def _guarded(thread: Thread, same: list[Thread], last: int) -> Thread:
    known = {(armed.node, armed.frame, armed.until) for armed in thread.guards}
    new = dict.fromkeys(armed for other in same for armed in other.guards)
    fresh = [replace(armed, since=last) for armed in new if (armed.node, armed.frame, armed.until) not in known]
    return replace(thread, guards=(*thread.guards, *fresh))


def _is_way_of(held: Thread, thread: Thread) -> bool:
    """Whether a thread is of the run that `held` was of, or of one from which incomplete items are left out."""
    if held.bindings == thread.bindings:
        return thread.ways is None or (held.ways is not None and bool(held.ways & thread.ways))
    return _before(held) == thread.bindings


def _are_of_one_way(one: Thread, other: Thread) -> bool:
    """Whether the bindings of both came about in the same way, as far as there is one."""
    return one.ways is None or other.ways is None or bool(one.ways & other.ways)


def _before(thread: Thread) -> Bindings:
    """What was bound before the group in any order that a thread waits in: the rest is left out if it is complete
    without."""
    place = thread.place
    return thread.bindings[: place.entered] if isinstance(place, AllOfPlace) else thread.bindings


def _node(place: Place) -> AllOfNode | None:
    return place.node if isinstance(place, AllOfPlace) else None
