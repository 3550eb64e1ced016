"""What a branch that went on because an absence held means for the others with the same bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.oracle.expand import may_be_empty
from tests.oracle.nodes import AllOfNode, EitherNode, GroupNode, Node, SequenceNode, StepNode
from tests.oracle.places import (
    After,
    AllOfPlace,
    Alternative,
    Armed,
    Awaited,
    Bindings,
    Frame,
    Iteration,
    Place,
    Thread,
    TimerPlace,
)


class Known:
    """What bindings lack, and which steps absences have made unnecessary for them, by the ways they came about: a
    thread that goes back to them, since nothing of a group it was in is left, lacks no more than they do."""

    def __init__(self) -> None:
        self._found: dict[tuple[Bindings, frozenset[int] | None], tuple[Awaited | None, frozenset[str]]] = {}

    def keep(self, threads: list[Thread]) -> None:
        """Of threads for which absences have held."""
        for thread in threads:
            if thread.passed:
                self._found[thread.bindings, thread.ways] = thread.awaited, thread.passed

    def of(self, thread: Thread) -> list[tuple[Awaited | None, frozenset[str]]]:
        """What is known of the bindings of a thread that may have come about in any way."""
        if thread.ways is not None:
            return []
        return [found for (bindings, _), found in self._found.items() if bindings == thread.bindings]


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
        same = [other for other in self.moved if other.bindings == thread.bindings]
        if not same:
            return thread
        nexts = [armed for other in same for armed in other.nexts]
        thread = replace(thread, nexts=tuple(dict.fromkeys((*thread.nexts, *nexts))))
        return _guarded(self._lacking(thread, same), same, last)

    def _lacking(self, thread: Thread, same: list[Thread]) -> Thread:
        """A thread, once it knows which step its bindings lack."""
        same = [other for other in same if _are_of_one_way(other, thread)]
        inside = [other.place.node for other in same if isinstance(other.place, AllOfPlace)]
        held = [t for t in self.held if _is_way_of(t, thread)]
        gone = [t for t in held if _node(t.place) not in inside]
        before = self.known.of(thread)
        passed = thread.passed.union(*(t.passed for t in held), *(passed_over(t.place) for t in gone))
        passed = passed.union(*(steps for _, steps in before))
        told: list[Awaited | None] = [other.awaited for other in (thread, *gone, *same)]
        told += [awaited for awaited, _ in before]
        lacking = [awaited for awaited in told if awaited is not None and awaited[1] not in passed]
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


def passed_over(place: Place) -> Iterator[str]:
    """The steps of the group, or of the other alternatives, that an absence has made unnecessary."""
    match place:
        case AllOfPlace(node=node, frame=frame):
            yield from (member.step.name for member in node.members if isinstance(member, StepNode))
            yield from _of_alternatives(frame)
        case TimerPlace(frame=frame):
            yield from _of_alternatives(frame)


def _of_alternatives(frame: Frame) -> Iterator[str]:
    """The steps of an alternation one alternative of which is complete, or can do without the rest of it; and of those
    around that this one completes."""
    while frame is not None and _completes(frame):
        if isinstance(frame, Alternative):
            for alternative in frame.either.alternatives:
                yield from _steps(alternative)
        frame = frame.outer


def _completes(frame: After | Alternative | Iteration) -> bool:
    """Whether what stands around may be complete with what has been completed inside."""
    match frame:
        case After(sequence=sequence, index=index):
            return all(map(may_be_empty, sequence.nodes[index + 1 :]))
        case Iteration(group=node, number=number):
            return number >= node.group.minimum
    return True


def _steps(node: Node | SequenceNode) -> Iterator[str]:
    match node:
        case StepNode(step=step):
            yield step.name
        case GroupNode(steps=steps):
            yield from steps
        case SequenceNode(nodes=parts) | EitherNode(alternatives=parts) | AllOfNode(members=parts):
            for part in parts:
                yield from _steps(part)
