"""The automaton of a rule, as data.

States are the steps of the rule, one each, plus the start; loops are counted in registers instead of being unrolled,
so that a state's id is stable: (rule, step name). An `Edge` leads from a state to the step whose event is taken next.
The edges that are live in a run are the places it waits at; a wait is named by the edge's index.

Proceed edges (passing over an optional step, leaving a loop) are already folded in, as in the removal of
epsilon transitions by Glushkov's construction. Skipping is not an edge: it is what a relaxed wait does by staying.

Times and spans are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.model import RoleKey
from cep.language.resolved import Expression

START = -1
"""The source of edges that begin a run."""

END = -2
"""The target of a wait that completes the run by itself: a trailing absence."""


HELD = -3
"""The target of a wait for an absence that has to hold: time changes the run where it stands."""

ENDED = 1 << 20
"""The counter of an item of a group that has failed: no wait asks for so many."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The edge is live only if `low <= counter <= high` (None: open) after the source was taken."""

    counter: int
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What taking the edge does to a counter: `set` it to, or `add`, `value`; plus counter `held` of the run so far."""

    counter: int
    op: OneOf["set", "add"]
    value: int
    held: int | None = None


@dataclass(frozen=True, slots=True)
class SpanBound:
    """The wait ends when event time passes register `span` + `length`."""

    span: int
    length: int


@dataclass(frozen=True, slots=True)
class UntilBound:
    """The wait is closed by guard `until`. On a first take an until event is skipped unless it fits the step."""

    until: int
    first: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """A wait of time: absence `absence` holds `length` after register `base` (None: the last event bound).

    The wait's effects then change the run where it stands, and with it where it waits. `counter` is 0 while the absence
    may hold. `counters` are those of all absences of the group, of which `spare` may be hit; one more ends the waits
    for the group.
    """

    absence: int
    length: int
    base: int | None
    counter: int
    counters: tuple[int, ...]
    spare: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A place to wait at, and what taking its event does.

    `contiguity`: relaxed (skip till next), next (strict), any (skip till any). `mandatory`: no way round the target,
    unless all of one of `spared` hold (the loop has reached its minimum, another alternative has held).
    `opens` are span registers set to the time of the event taken, `bases` such set to the time of the event before;
    `clears` groups whose registers start anew.
    `absences` are armed while waiting here, `nexts` forbid the very next event (`barred`: of another wait of the
    run, which may run out before that event), `greedy` names loops whose condition ends the wait. `twin` is the
    wait that remains when `nexts` have been passed, `closed` those when an `until` has closed a greedy loop; `passed`
    stands for the wait where an absence let the run on to it when the `early` of its `nexts` had been passed, `rearmed`
    where an absence has armed a `without next` elsewhere in the run, when all others had been passed.
    `joint` waits are those of one group in any order; they are taken together if they lead there the same `way`,
    of the ways from one source.
    `window`: the wait as written, by which a run keeps the elements of the threshold waited for.
    """

    index: int
    source: int
    target: int
    kind: OneOf["start", "forward", "more", "iterate", "due", "after_next", "hold"]
    contiguity: OneOf["relaxed", "next", "any"] = "relaxed"
    mandatory: bool = True
    spared: tuple[tuple[Condition, ...], ...] = ()
    conditions: tuple[Condition, ...] = ()
    effects: tuple[Effect, ...] = ()
    opens: tuple[int, ...] = ()
    bases: tuple[int, ...] = ()
    clears: tuple[int, ...] = ()
    gap_within: int | None = None
    gap_after: int | None = None
    spans: tuple[SpanBound, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    barred: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    until: tuple[UntilBound, ...] = ()
    greedy: tuple[int, ...] = ()
    twin: int | None = None
    closed: tuple[tuple[int, int], ...] = ()
    late: int | None = None
    passed: int | None = None
    rearmed: int | None = None
    window: int = -1
    guarded: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    joint: int | None = None
    way: int = 0
    hold: Hold | None = None

    @property
    def left(self) -> tuple[int, ...]:
        """The waits that may be left of it at once."""
        known = (self.twin, *(wait for _, wait in self.closed), self.passed, self.late, self.rearmed)
        return tuple(wait for wait in known if wait is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """An event test with its key role: a step's `where`, or the guard of an absence, `until`, `cancel on`.

    `event` is the index of the type in `Plan.events`; `step` the step whose own loop the guard may speak of.
    """

    event: int
    key: RoleKey
    where: Expression | None
    step: int | None = None
    within: int | None = None
    """Absences only: disarmed this long after the last event bound (trailing: due then)."""
    header: bool = False
    """Absences only: a trailing one without a span of its own, due when the header's span has passed."""
    groups: tuple[int, ...] = ()
    """The looped groups around the place where the guard is written, outermost first."""


@dataclass(frozen=True, slots=True)
class State:
    """A step. `counter` counts a loop's elements; `span` is the register of its own `within`.

    `groups` are the looped groups around it, outermost first. `having`: a threshold step, `window` its span.
    """

    index: int
    name: str
    place: Place
    minimum: int
    maximum: int | None
    counter: int | None
    span: int | None
    groups: tuple[int, ...]
    having: Expression | None
    window: int | None
    edges: tuple[int, ...] = ()

    @property
    def is_loop(self) -> bool:
        """Whether it may bind more than one event in one visit."""
        return self.counter is not None or self.having is not None


@dataclass(frozen=True, slots=True)
class Accept:
    """A run at `source` that meets `conditions` is complete, if no trailing absence is pending."""

    source: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class GatheredItem:
    """A step of a gathering group, by its state.

    `threshold`: it binds past events at once. `minimum`: how many events it needs otherwise. `within`: the span of its
    loop, or of the threshold's window (None: no end). `mode` as for a loop.
    """

    state: int
    threshold: bool
    minimum: int
    mode: OneOf["relaxed", "consecutive", "combinations"]
    within: int | None


@dataclass(frozen=True, slots=True)
class Gathering:
    """A group in any order of which only its end tells what is part of the match: it has a threshold, which binds past
    events at once, or an item that may be begun and left incomplete.

    `absences`: for each absence among the items the counter that tells of it once something is bound in the group, and
    the one before. `within` bounds the group; `base` is the register of the time its absences count from, `done` the
    counter of complete items. `entries`: the waits that enter it, those of one way in together; `inside`: the waits
    between its items.
    """

    joint: int
    items: tuple[GatheredItem, ...]
    absences: tuple[tuple[int, int], ...]
    need: int
    within: int | None
    base: int | None
    done: int
    entries: tuple[tuple[int, ...], ...] = ()
    inside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Automaton:
    """The whole of a rule's automaton. `waits` are edges in the order written, so that index order is rule order."""

    states: tuple[State, ...]
    waits: tuple[Edge, ...]
    starts: tuple[int, ...]
    accepts: tuple[Accept, ...]
    absences: tuple[Place, ...]
    untils: tuple[Place, ...]
    cancel: Place | None
    leading: tuple[int, ...]
    transient: frozenset[int]
    """Counters that begin anew with every event bound: absences that have held since."""
    counters: int
    spans: int
    groups: int
    gatherings: tuple[Gathering, ...] = ()
