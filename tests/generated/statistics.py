"""What was drawn: how many pairs match, and how often each construct occurs among those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.generated.constructs import CONSTRUCTS


@dataclass(slots=True)
class Statistics:
    """Counts over many seeds."""

    pairs: int = 0
    matching: int = 0
    timing_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)

    def add(self, constructs: Iterable[str], matches: int, timeouts: int, refused: Iterable[str]) -> None:
        """One pair."""
        self.pairs += 1
        self.timing_out += timeouts > 0
        self.refused.update(refused)
        if matches:
            self.matching += 1
            self.constructs.update(constructs)

    def join(self, other: Statistics) -> None:
        """Add the counts of other seeds."""
        self.pairs += other.pairs
        self.matching += other.matching
        self.timing_out += other.timing_out
        self.refused.update(other.refused)
        self.constructs.update(other.constructs)

    @property
    def match_share(self) -> float:
        """Share of pairs with a match."""
        return self.matching / max(1, self.pairs)

    def share(self, construct: str) -> float:
        """Share of a construct among the pairs that match."""
        return self.constructs[construct] / self.matching if self.matching else 0.0

    def text(self) -> str:
        """For people."""
        found = [
            f"{self.pairs} pairs, {self.match_share:.1%} with a match, "
            f"{self.timing_out / max(1, self.pairs):.1%} with a time-out",
            "drawn anew because of " + (", ".join(f"{c} {n}x" for c, n in self.refused.most_common()) or "nothing"),
        ]
        found += [f"  {self.share(name):6.1%}  {name}" for name in sorted(CONSTRUCTS, key=self.share)]
        return "\n".join(found)
