"""Random patterns whose parts meet at their edges: absences at the head and the tail of groups, iterations and
alternatives, three levels of nesting, items of several events with modes and spans in groups in any order."""

from __future__ import annotations

from dataclasses import replace

from tests.generated.draft import Item, Step
from tests.generated.patterns import PatternDrawer
from tests.generated.sequences import may_be_empty


class DeepDrawer(PatternDrawer):
    """Draws the items of one rule."""

    deepest = 3
    nesting = 0.52
    groups = (("", 8), ("?", 7), ("+", 6), ("*", 4), ("{2}", 7), ("{2,3}", 8), ("{1,2}", 7), ("{2,}", 8))
    leading = 0.22
    repeated = 10

    def body(self, looped: bool) -> tuple[Item, ...]:
        """Also with absences at the edges."""
        head = self.head(0.55 if looped else 0.7)
        body = super().body(looped)
        return (*head, *body, *self.tail(body, 0.45))

    def alternative(self) -> tuple[Item, ...]:
        """Also with absences at the edges."""
        head = self.head(0.36)
        items = super().alternative()
        return (*head, *items, *self.tail(items, 0.2))

    def head(self, share: float) -> list[Item]:
        """In some, absences that begin a sequence, where a step stands before it."""
        return self.several(self.absence) if self.known and self.chance.yes(share) else []

    def tail(self, items: tuple[Item, ...], share: float) -> list[Item]:
        """In some, absences that end a sequence whose last part is not passed over."""
        return self.several(self.absence) if not may_be_empty(items[-1].node) and self.chance.yes(share) else []

    def exact(self) -> Step:
        """Also with a mode and a span."""
        step = super().exact()
        mode = self.chance.weighted((("", 2), ("consecutive", 4), ("combinations", 4)))
        within = self.span(2, 12) if self.chance.yes(0.5) else None
        return replace(step, modes=(mode,) if mode else (), within=within)
