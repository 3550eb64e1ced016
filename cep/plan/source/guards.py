"""Guards split for speed: what the event alone decides, and what depends on the run.

The event's part becomes a *gate*: it is evaluated once per event in the dispatch module, shared by all rules that ask
the same, and handed to the step function. The rest is evaluated for each run that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cep.language.model import RoleKey
from cep.language.resolved import Compare, Expression, Logic
from cep.language.types import BOOL
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_true
from cep.plan.expressions.walk import conjuncts, is_event_only, uses_previous
from cep.plan.indexing import (
    HASHED,
    ORDERED,
    Comparison,
    Lookup,
    Op,
    differences,
    is_event_side,
    is_fixed,
    is_key_only,
    is_run_side,
    lookup,
    sides,
)
from cep.plan.nfa import Place, State
from cep.plan.registers import bare
from cep.plan.source.context import RuleContext
from cep.plan.source.scopes import Fresh, GuardScope, Loop
from cep.plan.unbound import loosened


@dataclass(frozen=True, slots=True)
class Gate:
    """The part of a guard that an event decides alone, for one way of reading the key."""

    name: str
    role: int
    condition: Expression | None


@dataclass(slots=True)
class Gates:
    """The gates of one rule and event type, and the distinct ways in which it reads the key (`roles`)."""

    gates: list[Gate] = field(default_factory=list)
    roles: list[RoleKey] = field(default_factory=list)

    def role(self, key: RoleKey) -> int:
        """The number of a way to read the key."""
        if key not in self.roles:
            self.roles.append(key)
        return self.roles.index(key)

    def of(self, place: Place) -> str:
        """The name of the gate that `place` needs."""
        role = self.role(place.key)
        parts = [c for c in parts_of(place.where) if is_event_only(c)]
        condition = both(parts)
        for gate in self.gates:
            if gate.role == role and bare(gate.condition) == bare(condition):
                return gate.name
        self.gates.append(Gate(f"g{len(self.gates)}", role, condition))
        return self.gates[-1].name


def parts_of(where: Expression | None) -> tuple[Expression, ...]:
    """The top-level `and` parts of a condition."""
    return () if where is None else conjuncts(where)


def both(parts: list[Expression]) -> Expression | None:
    """The parts joined again."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return Logic("and", tuple(parts), BOOL.as_nullable(any(p.type.nullable for p in parts)), parts[0].span)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a guard that is asked of each run: its text, and the comparison by which an index can answer it."""

    text: str
    by: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A guard as the step function tests it: the gate's name, what is the same for every run of the key (`once`), and
    what is asked of each run; empty: nothing. `place`: where it is written."""

    gate: str
    parts: tuple[Part, ...] = ()
    once: str = ""
    place: Place | None = None

    @property
    def rest(self) -> str:
        """What is asked beside the gate."""
        return " and ".join([*([self.once] if self.once else []), *(part.text for part in self.parts)])

    def text(self) -> str:
        """The whole condition."""
        return f"{self.gate} and {self.rest}" if self.rest else self.gate

    def behind(self, *parts: Part) -> Test:
        """The test behind further parts."""
        return replace(self, parts=(*parts, *self.parts))

    def also(self, *parts: Part) -> Test:
        """The test with further parts behind it."""
        return replace(self, parts=(*self.parts, *parts))

    def without(self, known: tuple[Comparison, ...]) -> Test:
        """What is left to ask where some comparisons are known to hold."""
        left = (part for part in self.parts if part.by not in known or (part.by is not None and not part.by.exact))
        return replace(self, parts=tuple(left))

    def left(self, known: tuple[Comparison, ...]) -> int:
        """How many parts some comparisons do not answer."""
        return sum(part.by not in known for part in self.parts)

    def hoisted(self, local: str) -> Test:
        """The test where gate and `once` are known from a local name."""
        return replace(self, gate=local, once="")

    def lookup(self) -> Lookup | None:
        """The index that can answer it."""
        return lookup([part.by for part in self.parts if part.by is not None])


def gates_of(tests: list[Test]) -> list[str]:
    """The distinct gates of tests."""
    return list(dict.fromkeys(t.gate for t in tests))


class GuardWriter:
    """Writes the guards of one step function."""

    def __init__(self, context: RuleContext, constants: Constants, gates: Gates, fresh: Fresh) -> None:
        self.context = context
        self.constants = constants
        self.gates = gates
        self.fresh = fresh
        self.uses_key = False

    def test(
        self,
        place: Place,
        own: State | None,
        loop: Loop,
        started: bool,
        groups: tuple[int, ...] = (),
        cleared: tuple[int, ...] = (),
        partly: bool = False,
    ) -> Test:
        """The test of `place` for a run that waits; `own` is the loop the guard may speak of, `cleared` the groups of
        which a new iteration would begin, `partly` that steps it speaks of may not be bound yet."""
        scope, beside = (
            GuardScope(
                self.context,
                self.constants,
                fresh,
                own=own,
                loop=loop,
                started=started,
                groups=groups,
                cleared=cleared,
            )
            for fresh in (self.fresh, Fresh())
        )
        once: list[str] = []
        parts: list[Part] = []
        for condition in parts_of(place.where):
            if is_event_only(condition) or (loop == "first" and uses_previous(condition)):
                continue
            asked = condition if started and not cleared and not partly else loosened(condition)
            text = when_true(asked, scope, self.constants)
            if is_key_only(condition):
                once.append(text)
            else:
                parts.append(Part(text, self.comparison(asked, scope, beside) if started else None))
        self.uses_key = self.uses_key or any("key[" in text for text in (*once, *(part.text for part in parts)))
        return Test(self.gates.of(place), tuple(parts), " and ".join(once), place)

    def comparison(self, part: Expression, scope: GuardScope, beside: GuardScope) -> Comparison | None:
        """A part as `event OP run`, if it is one. The run side stands in a function of its own (`beside`)."""
        counts = scope.loop in ("first", "more")
        if is_run_side(part, counts):
            return Comparison("==", "True", f"True if {when_true(part, beside, self.constants)} else None", part)
        if not isinstance(part, Compare):
            return None
        for op, event, run in sides(part):
            kinds = HASHED if op in ("==", "!=") else ORDERED
            if event.type.kind in kinds and is_event_side(event) and is_run_side(run, counts):
                return Comparison(op, value(event, scope, self.constants), value(run, beside, self.constants), part)
        for op, event, run, other, sign in differences(part):
            if is_event_side(event) and is_run_side(run, counts) and is_fixed(other, counts):
                return self.difference(op, event, (run, sign, other), scope, beside, part)
        return None

    def difference(
        self,
        op: Op,
        event: Expression,
        run: tuple[Expression, str, Expression],
        scope: GuardScope,
        beside: GuardScope,
        part: Expression,
    ) -> Comparison:
        """`event - run OP other` as `event OP run + other`, exact but for differences beyond 64 bits."""
        first, second = beside.fresh(), beside.fresh()
        texts = value(run[0], beside, self.constants), value(run[2], beside, self.constants)
        known = f"({first} := {texts[0]}) is None or ({second} := {texts[1]}) is None"
        summed = f"None if {known} else {first} {run[1]} {second}"
        return Comparison(op, value(event, scope, self.constants), summed, part, exact=False)
