"""What was drawn: how many pairs match, and how often each construct occurs among those."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Statistics:
    """Counts over many seeds."""

    pairs: int = 0
    matching: int = 0
    timing_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)

    def add(self, constructs: set[str], matches: int, timeouts: int, refused: list[str]) -> None:
        """One pair."""
        self.pairs += 1
        self.timing_out += timeouts > 0
        self.refused.update(refused)
        if matches:
            self.matching += 1
            self.constructs.update(constructs)

    def share(self, construct: str) -> float:
        """Share of a construct among the pairs that match."""
        return self.constructs[construct] / self.matching if self.matching else 0.0

    def text(self) -> str:
        """For people."""
        found = [
            f"{self.pairs} pairs, {self.matching / max(1, self.pairs):.1%} with a match, "
            f"{self.timing_out / max(1, self.pairs):.1%} with a time-out",
            "drawn anew because of " + ", ".join(f"{code} {n}x" for code, n in self.refused.most_common()),
        ]
        found += [f"  {self.share(name):6.1%}  {name}" for name, _ in self.constructs.most_common()]
        return "\n".join(found)
