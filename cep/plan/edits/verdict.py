"""Verdicts, edits, and how far a partial match must have come for an edit to touch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as OneOf

from cep.plan.edits.settings import SettingEdit

ADDED, REMOVED = "added", "removed"
"""Kinds of edit: an item of the pattern that only one version has."""
GONE = "rule removed"
"""The kind of edit that takes a rule away."""
MOVED_TO, MOVED_FROM = "moved to", "moved from"
RENAMED_TO, RENAMED_FROM = "renamed to", "renamed from"
"""Kinds of edit: a rule that is another by its name, of which the `place` is the other name."""
NAMINGS = (MOVED_TO, MOVED_FROM, RENAMED_TO, RENAMED_FROM)


class Verdict(StrEnum):
    """What becomes of open partial matches, mildest first."""

    FRESH = "fresh"
    """There are none: the rule is new."""
    KEEP = "keep"
    """They go on under the new rule."""
    RECOMPUTE = "recompute"
    """They go on, and their deadlines follow from the new spans."""
    MIGRATE = "migrate"
    """They go on, and what lies ahead of them is that of the new rule."""
    FINISH_OLD = "finish-old"
    """The old version brings them to their end and begins no others; the new one starts fresh."""
    RESET = "reset"
    """They are dropped, and the new version starts fresh; only where that is allowed."""

    @property
    def rank(self) -> int:
        """Where it stands in this order."""
        return list(Verdict).index(self)


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The last of some verdicts in their order; `keep` of none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.KEEP)


@dataclass(frozen=True, slots=True)
class Reach:
    """A place in a pattern, and when an open partial match has reached it.

    `step`: it has bound the step, or a greedy loop of that name watches; `window`: or holds events for that threshold;
    `absence`: the absence of that number, as written, is armed, or remembers events; `until`: likewise; `items`: it has
    reached any of this from item `number` on.
    """

    kind: OneOf["step", "window", "absence", "until", "items"]
    name: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of meaning. `what`: the kind of edit; `place`: where, in a few words, or empty.

    `before` and `after` are expressions, spans (µs), values or texts; None where there was or is nothing. `verdict`
    holds unless an open partial match has `reach`ed the place; then it is `reached`. `settings`: params, lists and
    functions named there that are others.
    """

    what: str
    place: str
    before: object
    after: object
    verdict: Verdict
    reach: Reach | None = None
    reached: Verdict | None = None
    settings: tuple[SettingEdit, ...] = ()

    @property
    def title(self) -> str:
        """What was changed, in a few words."""
        if self.what in (ADDED, REMOVED):
            return f"{self.place} {self.what}"
        if self.what in NAMINGS:
            return f"{self.what} {self.place}"
        return f"{self.what} of {self.place}" if self.place else self.what
