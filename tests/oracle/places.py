"""Threads, the places where they wait, and the frames that say what lies behind a place.

A *thread* is a set of bindings and one place it waits at. A partial match is the threads with the same bindings.
Bindings only grow, so "the elements of this loop" is the part of the bindings behind the number that were there when
the loop was entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from tests.oracle.nodes import AbsenceNode, AllOfNode, EitherNode, GroupNode, SequenceNode, StepNode

Binding = tuple[str, int]
"""Step name and index of the event in the log."""

Bindings = tuple[Binding, ...]

# ---------------------------------------------------------------- how a first event follows


@dataclass(frozen=True, slots=True)
class Follow:
    """Contiguity and gap of the first event of a place, from the last event bound before."""

    mode: OneOf["then", "next", "any"] = "then"
    within: int | None = None
    after: int | None = None


# ---------------------------------------------------------------- what lies behind


@dataclass(frozen=True, slots=True)
class After:
    """Go on behind the node at `index` of a sequence, then with `outer`.

    `inherited`: how the first event bound in the sequence must follow, as long as there are only `bound` bindings;
    `optional`: whether a match can do without what stands behind, likewise.
    """

    sequence: SequenceNode
    index: int
    inherited: Follow | None
    bound: int
    outer: Frame
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Iteration:
    """Inside iteration `number` (from 1) of a group. `entered`, `begun`: bindings before the group, the iteration."""

    group: GroupNode
    entered: int
    begun: int
    number: int
    outer: Frame


@dataclass(frozen=True, slots=True)
class Alternative:
    """Inside an alternation that was entered after `entered` bindings."""

    either: EitherNode
    entered: int
    outer: Frame


Frame = After | Iteration | Alternative | None


def spans_around(frame: Frame) -> Iterator[tuple[int, int]]:
    """The spans of the groups around a place, innermost first, each with how much was bound before its group."""
    while frame is not None:
        span = None
        if isinstance(frame, Iteration):
            span = frame.group.group.within
        elif isinstance(frame, Alternative):
            span = frame.either.either.within
        if span is not None and isinstance(frame, Iteration | Alternative):
            yield frame.entered, span
        frame = frame.outer


def turn(frame: Frame) -> tuple[int, ...]:
    """In which iteration a place is of each group around it, outermost first."""
    found: list[int] = []
    while frame is not None:
        if isinstance(frame, Iteration):
            found.append(frame.number)
        frame = frame.outer
    return tuple(reversed(found))


# ---------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class StepPlace:
    """Waits for an event of a step: the first one, or one more (as many as there are bindings behind `entered`)."""

    node: StepNode
    entered: int
    follow: Follow
    frame: Frame


@dataclass(frozen=True, slots=True)
class AllOfPlace:
    """Waits for an event of any open item. `states`: events taken of each step, -1 for one complete, -2 for one that
    has failed; of an absence 0 while open, -1 once it holds, -2 once it was hit.

    `windows`: of each threshold the events that fit it and are not bound by another item. `owed`: events that must be
    bound in the end, each with the number of the item that has let it pass by (None: whatever items there are).
    `guards`, `greeds`, `since`, `lacking`: of the thread before the group, what it awaited; `hit`: the last event with
    which the group may begin, where one hit an absence before the group, or was wanted by a greedy loop. `origin`: at
    the head of a rule the event with which the match begins, `base` the time from which absences count there.
    """

    node: AllOfNode
    entered: int
    follow: Follow
    states: tuple[int, ...]
    frame: Frame
    windows: tuple[tuple[int, ...], ...]
    owed: tuple[tuple[int | None, int], ...] = ()
    guards: tuple[Armed, ...] = ()
    greeds: tuple[Greed, ...] = ()
    since: int = -1
    lacking: Awaited | None = None
    hit: int | None = None
    origin: int | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class TimerPlace:
    """Waits for an absence that is an alternative of its own to hold, counted from time `base`.

    `follow`: what the first event of the group around must keep to, where one may still be bound behind the absence.
    """

    node: AbsenceNode
    base: int
    frame: Frame
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class EndPlace:
    """The end of the pattern; waits only for absences (`Thread.trailing`) to hold.

    `held`: the deadline of those that have held, the latest of them.
    """

    held: int | None = None


Place = StepPlace | AllOfPlace | TimerPlace | EndPlace

# ---------------------------------------------------------------- what watches over a wait


@dataclass(frozen=True, slots=True)
class Armed:
    """A `without` in force up to event time `until` (None: as long as the wait lasts), read where `frame` stands.

    `since`: the last event at which it was not in force yet, where another absence had to hold first.
    """

    node: AbsenceNode
    frame: Frame
    until: int | None
    since: int = -1


@dataclass(frozen=True, slots=True)
class Greed:
    """A greedy loop left behind: an event that fits it ends the wait for what follows."""

    node: StepNode
    entered: int
    frame: Frame


Awaited = tuple[int, str, tuple[int, ...]]
"""The rank of a step as written, its name, and the turn in which it is waited for."""

Passed = tuple[str, tuple[int, ...]]
"""The name of a step that is not needed in a turn, or in those that begin so."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One way to go on. `guards`: absences in force. `nexts`: `without next` still to be tested on the next event.

    `trailing` (at the end only): the absences that must hold before this is a match; `trailing_nexts` likewise.
    `awaited`: the first mandatory step that these bindings lack, of all the ways there are to go on. `since`: index of
    the last event before the wait, if that is later than the last one bound, because an absence had to hold first.
    `ways`: how the bindings came about, the same for all threads that their last event led to (None: in any way); more
    than one where several ways have led to this very thread.
    `own`: of the nexts, those on the way to this very place. `passed`: the steps that absences have made unnecessary
    since the last event bound.
    """

    bindings: Bindings
    place: Place
    guards: tuple[Armed, ...] = ()
    nexts: tuple[Armed, ...] = ()
    greeds: tuple[Greed, ...] = ()
    trailing: tuple[Armed, ...] = ()
    trailing_nexts: tuple[Armed, ...] = ()
    awaited: Awaited | None = None
    since: int = -1
    ways: frozenset[int] | None = field(default=None, compare=False)
    own: tuple[Armed, ...] = ()
    passed: frozenset[Passed] = frozenset()

    @property
    def begun(self) -> int:
        """Index of the last event that lies before what the thread waits for; -1 if there is none."""
        return max(self.since, self.last if self.bindings else -1)

    @property
    def first(self) -> int:
        """Index of the first event bound."""
        return self.bindings[0][1]

    @property
    def last(self) -> int:
        """Index of the last event bound."""
        return self.bindings[-1][1]


def merged(threads: Iterable[Thread]) -> list[Thread]:
    """The distinct threads, each with all the ways that have led to it."""
    found: dict[Thread, Thread] = {}
    for thread in threads:
        known = found.setdefault(thread, thread)
        if known is not thread:
            ways = None if known.ways is None or thread.ways is None else known.ways | thread.ways
            found[thread] = replace(known, ways=ways)
    return list(found.values())


def common_start(frame: Frame, step: str) -> int:
    """Where the bindings begin that a reference from inside `frame` to `step` sees: the present iteration of the
    innermost looped group around both, or everything."""
    while frame is not None:
        if isinstance(frame, Iteration) and step in frame.group.steps:
            return frame.begun
        frame = frame.outer
    return 0
