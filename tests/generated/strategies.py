"""The drawers behind Hypothesis, which shrinks what they draw: of each draw, an integer, the least is plainest."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from tests.generated.chance import Chance
from tests.generated.expected import Expected
from tests.generated.pairs import Pair, draw_log, try_rule
from tests.generated.rules import Kind


@dataclass(frozen=True, slots=True)
class Example:
    """A pair and what the oracle says of it; shown as the rule file and the log."""

    pair: Pair
    expected: Expected


class Drawing(Chance):
    """Draws that Hypothesis decides."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Rules that the checker takes, with all that nests, each with a log."""
    chance = Drawing(draw)
    kinds: tuple[Kind, ...] = ("full", "deep")
    rule = try_rule(chance, chance.pick(kinds), refused=[])
    assume(rule is not None)
    assert rule is not None
    return Example(*draw_log(chance, rule))
