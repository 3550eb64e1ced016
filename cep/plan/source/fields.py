"""The attributes of a rule's runs."""

from __future__ import annotations

from cep.plan.nfa import Automaton
from cep.plan.registers import Registers


def fields_of_run(automaton: Automaton, held: Registers) -> list[str]:
    """What a rule's runs have beside the attributes of every run: counters, spans, captured fields, aggregates;
    `due`, the deadline of a trailing pair, set once it has passed; `windows` and `parts` where runs hold them."""
    return [
        *(f"c{i}" for i in range(automaton.counters)),
        *(f"s{i}" for i in range(automaton.spans)),
        *(c.name for c in held.captured),
        *(r.name for r in held.running),
        *(["windows"] if any(state.having is not None for state in automaton.states) else []),
        *(["parts"] if automaton.gatherings else []),
        *(["due"] if any(w.late is not None for w in automaton.waits) else []),
    ]
