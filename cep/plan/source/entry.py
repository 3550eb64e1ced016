"""One rule as the dispatch module sees it."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language.resolved import (
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Convert,
    Expression,
    FieldOf,
    In,
    IsNull,
    Like,
    ListLiteral,
    ListValue,
    Logic,
    Matches,
    Not,
    ParamValue,
)
from cep.plan.expressions.walk import walk
from cep.plan.source.steps import StepFunction

INLINE = (
    Constant
    | FieldOf
    | ParamValue
    | ListValue
    | Convert
    | Compare
    | Logic
    | Not
    | In
    | Like
    | Matches
    | IsNull
    | Coalesce
    | Conditional
    | ListLiteral
)
"""What a gate may consist of to be shared: nothing that can run into trouble, since trouble is counted per rule."""


def shareable(expression: Expression) -> bool:
    """Whether a gate can stand in the dispatch module; others are functions of their rule."""
    return all(isinstance(part, INLINE) for part in walk(expression))


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule's step function for one event type."""

    rule: int
    name: str
    function: StepFunction

    @property
    def is_shareable(self) -> bool:
        """Whether all gates can stand in the dispatch module."""
        return all(gate.condition is None or shareable(gate.condition) for gate in self.function.gates.gates)

    def needed(self) -> list[str] | None:
        """The gates one of which must be open for the event to matter; None: some wait must see every event."""
        function = self.function
        if any(gated is None for _, gated in function.touches):
            return None
        names = [
            *function.starts,
            *function.everywhere,
            *(name for _, gated in function.touches for name in gated or ()),
        ]
        open_always = {gate.name for gate in function.gates.gates if gate.condition is None}
        return None if open_always.intersection(names) else list(dict.fromkeys(names))
