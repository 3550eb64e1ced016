"""What the generators know about the rule they write for."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language import model
from cep.plan.indexing import Index, Look
from cep.plan.nfa import Automaton, Edge, Place, State
from cep.plan.registers import Registers


@dataclass(slots=True)
class RuleContext:
    """A rule, its automaton and registers, and the event types of the plan.

    `indexes`, by wait, and `looks`, by wait, role and place of a guard, are found while step functions are written. The
    runs open anywhere are indexed as those of a further wait, `everywhere`.
    """

    rule: model.Rule
    automaton: Automaton
    registers: Registers
    events: tuple[str, ...]
    types: dict[str, model.EventType]
    instrument: bool = False
    indexes: dict[int, list[Index]] = field(default_factory=dict)
    looks: dict[tuple[int, str, Place], Look] = field(default_factory=dict)
    _states: dict[str, State] = field(default_factory=dict)

    def state(self, step: str) -> State:
        """The state of a step by name."""
        if not self._states:
            self._states.update({s.name: s for s in self.automaton.states})
        return self._states[step]

    @property
    def gathered(self) -> frozenset[int]:
        """The joints of groups that gather events."""
        return frozenset(gathering.joint for gathering in self.automaton.gatherings)

    @property
    def everywhere(self) -> int:
        """The number of the wait at which every open run of a key is."""
        return len(self.automaton.waits)

    def indexed(self, wait: int, index: Index) -> int:
        """The number of an index among those of its wait."""
        known = self.indexes.setdefault(wait, [])
        if index not in known:
            known.append(index)
        return known.index(index)

    def type_of(self, event: str) -> model.EventType:
        """A declared event type."""
        return self.types[event]

    def clearing(self, groups: tuple[int, ...]) -> tuple[int, ...]:
        """The edges that begin a new iteration of one of `groups`."""
        return tuple(w.index for w in self.automaton.waits if set(w.clears) & set(groups))

    def target(self, wait: Edge) -> State | None:
        """The state a wait leads to, None if it completes the run."""
        return self.automaton.states[wait.target] if wait.target >= 0 else None

    def groups_of(self, wait: Edge) -> tuple[int, ...]:
        """The looped groups around the place where a run waits."""
        return self.automaton.states[wait.source].groups if wait.source >= 0 else ()
