"""Which complete matches are reported, in which order, and what each report drops."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language import model
from tests.oracle.nodes import Pattern
from tests.oracle.places import Bindings

BEHIND_ALL = float("inf")


@dataclass(frozen=True, slots=True)
class Complete:
    """A complete match: its bindings, the deadline of its absence if there is one, and when it was completed (event
    time, and the rank among all completions)."""

    bindings: Bindings
    due: int | None
    time: int
    rank: int

    @property
    def first(self) -> int:
        """Index of its first event."""
        return self.bindings[0][1]

    @property
    def last(self) -> int:
        """Index of its last event."""
        return self.bindings[-1][1]


def written_order(pattern: Pattern, bindings: Bindings) -> tuple[object, ...]:
    """Sort key of matches that complete together: positions one by one, a sequence before its own prefixes, then
    steps as written."""
    ranks = {node.step.name: node.order for node in pattern.steps}
    positions = (*(index for _, index in bindings), BEHIND_ALL)
    return positions, tuple(ranks[name] for name, _ in bindings)


class Dropped:
    """The first events that no match may have any more; matters for threshold windows, which look back."""

    def __init__(self) -> None:
        self.before = -1
        self.single: set[int] = set()

    def covers(self, first: int) -> bool:
        """Whether a match with this first event has been dropped."""
        return first <= self.before or first in self.single

    def add(self, skip: model.Skip, match: Complete) -> Dropped:
        """Drop what the report of a match drops; gives back just that."""
        new = Dropped()
        if skip.kind == "past":
            new.before = match.last
        elif skip.kind == "next":
            new.single = {match.first}
        elif skip.kind in ("first", "last"):
            found = [index for name, index in match.bindings if name == skip.step]
            if found:
                new.before = (found[0] if skip.kind == "first" else found[-1]) - 1
        self.before = max(self.before, new.before)
        self.single |= new.single
        return new
