"""Guards split for speed: what the event alone decides, and what depends on the run.

The event's part becomes a *gate*: it is evaluated once per event in the dispatch module, shared by all rules that ask
the same, and handed to the step function. The rest is evaluated for each run that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language.model import RoleKey
from cep.language.resolved import Expression, Logic
from cep.language.types import BOOL
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_true
from cep.plan.expressions.walk import conjuncts, is_event_only, uses_previous
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
class Test:
    """A guard as the step function tests it: the gate's name, and the condition on the run (empty: none)."""

    gate: str
    rest: str

    def text(self) -> str:
        """The whole condition."""
        return f"{self.gate} and {self.rest}" if self.rest else self.gate


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
        without: Expression | None = None,
        cleared: tuple[int, ...] = (),
        partly: bool = False,
    ) -> Test:
        """The test of `place` for a run that waits; `own` is the loop the guard may speak of, `without` a part of the
        guard that is known to hold, `cleared` the groups of which a new iteration would begin,
        `partly` that steps it speaks of may not be bound yet."""
        scope = GuardScope(
            self.context,
            self.constants,
            self.fresh,
            own=own,
            loop=loop,
            started=started,
            groups=groups,
            cleared=cleared,
        )
        rest = [
            when_true(c if started and not cleared and not partly else loosened(c), scope, self.constants)
            for c in parts_of(place.where)
            if not is_event_only(c) and not (loop == "first" and uses_previous(c)) and c is not without
        ]
        self.uses_key = self.uses_key or any("key[" in text for text in rest)
        return Test(self.gates.of(place), " and ".join(rest))

    def event_value(self, expression: Expression) -> str:
        """A value that the event alone gives."""
        scope = GuardScope(self.context, self.constants, self.fresh, own=None, loop="without", started=False)
        return value(expression, scope, self.constants)

    def empty_loop(self, place: Place, own: State, started: bool = True) -> Test:
        """An `until` guard before its loop has begun: it sees a loop without elements."""
        return self.test(place, own, "empty", started=started)
