"""Which step a set of bindings lacks, as a time-out tells it, once absences have made others unnecessary."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.expand import may_be_empty
from tests.oracle.nodes import AllOfNode, EitherNode, GroupNode, Node, SequenceNode, StepNode
from tests.oracle.places import (
    After,
    AllOfPlace,
    Alternative,
    Awaited,
    Bindings,
    Frame,
    Iteration,
    Passed,
    Place,
    Thread,
    TimerPlace,
    turn,
)


class Known:
    """What bindings lack, and which steps absences have made unnecessary for them, by the ways they came about: a
    thread that goes back to them, since nothing of a group it was in is left, lacks no more than they do."""

    def __init__(self) -> None:
        self._found: dict[tuple[Bindings, frozenset[int] | None], tuple[Awaited | None, frozenset[Passed]]] = {}

    def keep(self, threads: list[Thread]) -> None:
        """Of threads for which absences have held."""
        for thread in threads:
            if thread.passed:
                self._found[thread.bindings, thread.ways] = thread.awaited, thread.passed

    def of(self, thread: Thread) -> list[tuple[Awaited | None, frozenset[Passed]]]:
        """What is known of the bindings of a thread that may have come about in any way."""
        if thread.ways is not None:
            return []
        return [found for (bindings, _), found in self._found.items() if bindings == thread.bindings]


def is_passed(awaited: Awaited, passed: frozenset[Passed]) -> bool:
    """Whether an absence has made a step unnecessary, in this turn of the groups around it."""
    _, name, turns = awaited
    return any((name, turns[:depth]) in passed for depth in range(len(turns) + 1))


def passed_over(place: Place) -> Iterator[Passed]:
    """The steps of the group, or of the other alternatives, that an absence has made unnecessary."""
    match place:
        case AllOfPlace(node=node, frame=frame):
            yield from ((member.step.name, turn(frame)) for member in node.members if isinstance(member, StepNode))
            yield from _of_alternatives(frame)
        case TimerPlace(frame=frame):
            yield from _of_alternatives(frame)


def _of_alternatives(frame: Frame) -> Iterator[Passed]:
    """The steps of an alternation one alternative of which is complete, or can do without the rest of it; and of those
    around that this one completes."""
    while frame is not None and _completes(frame):
        if isinstance(frame, Alternative):
            for alternative in frame.either.alternatives:
                yield from ((name, turn(frame)) for name in _steps(alternative))
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
