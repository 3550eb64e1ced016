"""What a branch that went on because an absence held means for the others with the same bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.oracle.nodes import AllOfNode, EitherNode, GroupNode, Node, SequenceNode, StepNode
from tests.oracle.places import After, AllOfPlace, Alternative, Awaited, Bindings, Frame, Place, Thread, TimerPlace


def rejoined(held: list[Thread], moved: list[Thread], others: list[Thread], last: int) -> list[Thread]:
    """All threads, after `held` have gone on as `moved`: every branch is guarded by the absences, the next event's too,
    that another with the same bindings has come to, from event `last` on, and the step that the bindings lack is no
    longer one of the alternative passed over."""
    return [
        *(_told(thread, [m for m in moved if m.bindings == thread.bindings], held, last) for thread in others),
        *(_told(thread, [m for m in moved if m.bindings == thread.bindings], held, -1) for thread in moved),
    ]


def _told(thread: Thread, same: list[Thread], held: list[Thread], last: int) -> Thread:
    if not same:
        return thread
    known = {(armed.node, armed.frame, armed.until) for armed in thread.guards}
    new = dict.fromkeys(armed for other in same for armed in other.guards)
    fresh = [replace(armed, since=last) for armed in new if (armed.node, armed.frame, armed.until) not in known]
    guards = (*thread.guards, *fresh)
    nexts = tuple(dict.fromkeys((*thread.nexts, *(armed for other in same for armed in other.nexts))))
    inside = [other.place.node for other in same if isinstance(other.place, AllOfPlace)]
    gone = [t for t in held if thread.bindings in (t.bindings, _before(t)) and _node(t.place) not in inside]
    passed = {step for t in gone for step in _passed_over(t.place)}
    told: list[Awaited | None] = [other.awaited for other in (thread, *gone, *same)]
    lacking = [awaited for awaited in told if awaited is not None and awaited[1] not in passed]
    return replace(thread, guards=guards, nexts=nexts, awaited=min(lacking, default=None))


def _before(thread: Thread) -> Bindings:
    """What was bound before the group in any order that a thread waits in: the rest is left out if it is complete
    without."""
    place = thread.place
    return thread.bindings[: place.entered] if isinstance(place, AllOfPlace) else thread.bindings


def _node(place: Place) -> AllOfNode | None:
    return place.node if isinstance(place, AllOfPlace) else None


def _passed_over(place: Place) -> Iterator[str]:
    """The steps of the group, or of the other alternatives, that an absence has made unnecessary."""
    match place:
        case AllOfPlace(node=node):
            yield from (member.step.name for member in node.members if isinstance(member, StepNode))
        case TimerPlace(frame=frame):
            yield from _of_alternatives(frame)


def _of_alternatives(frame: Frame) -> Iterator[str]:
    """The steps of an alternation one alternative of which is complete, and of those that this one completes."""
    while isinstance(frame, Alternative | After):
        if isinstance(frame, Alternative):
            for alternative in frame.either.alternatives:
                yield from _steps(alternative)
        elif frame.index < len(frame.sequence.nodes) - 1:
            return
        frame = frame.outer


def _steps(node: Node | SequenceNode) -> Iterator[str]:
    match node:
        case StepNode(step=step):
            yield step.name
        case GroupNode(steps=steps):
            yield from steps
        case SequenceNode(nodes=parts) | EitherNode(alternatives=parts) | AllOfNode(members=parts):
            for part in parts:
                yield from _steps(part)
