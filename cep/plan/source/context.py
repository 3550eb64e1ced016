"""What the generators know about the rule they write for."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language import model
from cep.plan.indexing import Index
from cep.plan.nfa import Automaton, Edge, State
from cep.plan.registers import Registers


@dataclass(slots=True)
class RuleContext:
    """A rule, its automaton and registers, and the event types of the plan."""

    rule: model.Rule
    automaton: Automaton
    registers: Registers
    events: tuple[str, ...]
    types: dict[str, model.EventType]
    instrument: bool = False
    indexes: dict[int, Index] = field(default_factory=dict)
    _states: dict[str, State] = field(default_factory=dict)

    def state(self, step: str) -> State:
        """The state of a step by name."""
        if not self._states:
            self._states.update({s.name: s for s in self.automaton.states})
        return self._states[step]

    def type_of(self, event: str) -> model.EventType:
        """A declared event type."""
        return self.types[event]

    def clearing(self, state: State) -> tuple[int, ...]:
        """The edges that begin a new iteration of a group around `state`."""
        return tuple(w.index for w in self.automaton.waits if set(w.clears) & set(state.groups))

    def target(self, wait: Edge) -> State | None:
        """The state a wait leads to, None if it completes the run."""
        return self.automaton.states[wait.target] if wait.target >= 0 else None

    def groups_of(self, wait: Edge) -> tuple[int, ...]:
        """The looped groups around the place where a run waits."""
        return self.automaton.states[wait.source].groups if wait.source >= 0 else ()
