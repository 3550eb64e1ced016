"""Parts of an automaton under construction: ways in and out of a part of the pattern, and edges not numbered yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from cep.language import model
from cep.plan.nfa import Condition, Effect, Hold, SpanBound, UntilBound


@dataclass(frozen=True, slots=True)
class Exit:
    """A state in which the pattern so far may be complete; `source` None: nothing of this sequence was bound yet.

    `passed`: and something that could have been bound was passed over.
    """

    source: int | None
    conditions: tuple[Condition, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A first step of a part. `own`: its own link, if it is first only because what stands before was passed over."""

    target: int
    mandatory: bool = True
    effects: tuple[Effect, ...] = ()
    opens: tuple[int, ...] = ()
    bases: tuple[int, ...] = ()
    until: tuple[UntilBound, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()
    joint: int | None = None
    hold: Hold | None = None
    own: model.Link | None = None


@dataclass(slots=True)
class Fragment:
    """What a part of the pattern shows to its surroundings. `loops` are the edges that turn it once more."""

    entries: list[Entry]
    exits: list[Exit]
    passes: list[Exit]
    """Ways through the part that bind nothing (their source is None)."""
    loops: list[Draft] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """An edge under construction."""

    source: int
    target: int
    kind: OneOf["start", "forward", "more", "iterate", "due", "after_next", "hold"]
    contiguity: OneOf["relaxed", "next", "any"] = "relaxed"
    mandatory: bool = True
    short: Condition | None = None
    conditions: tuple[Condition, ...] = ()
    effects: tuple[Effect, ...] = ()
    opens: tuple[int, ...] = ()
    bases: tuple[int, ...] = ()
    clears: tuple[int, ...] = ()
    gap_within: int | None = None
    gap_after: int | None = None
    spans: tuple[SpanBound, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    until: tuple[UntilBound, ...] = ()
    greedy: tuple[int, ...] = ()
    joint: int | None = None
    hold: Hold | None = None


MODES: dict[str, OneOf["relaxed", "next", "any"]] = {
    "then": "relaxed",
    "next": "next",
    "any": "any",
    "relaxed": "relaxed",
    "consecutive": "next",
    "combinations": "any",
}


BETWEEN: dict[str, model.Link] = {
    "relaxed": model.Link("then"),
    "consecutive": model.Link("next"),
    "combinations": model.Link("any"),
}
"""How the first event of a further iteration follows, by the group's mode."""


def pending(exit_: Exit) -> bool:
    """Whether completing here still needs an absence to hold."""
    return bool(exit_.absences or exit_.nexts)


def armed(exit_: Exit, index: int, strictly_next: bool) -> Exit:
    """`exit_` with one more absence on the way."""
    if strictly_next:
        return replace(exit_, nexts=(*exit_.nexts, index))
    return replace(exit_, absences=(*exit_.absences, index))


def over(exit_: Exit, passed: Exit) -> Exit:
    """`exit_` continued through a part that binds nothing."""
    return replace(
        exit_,
        absences=exit_.absences + passed.absences,
        nexts=exit_.nexts + passed.nexts,
        greedy=exit_.greedy + passed.greedy,
        passed=True,
    )


def governing(link: model.Link, own: model.Link | None) -> model.Link:
    """The link of the first event bound in a part, of the link before the part and the step's own.

    `next` and gaps before a part apply to whatever is bound first in it; `any` is a matter of its first step. Of two
    gaps both hold."""
    if own is None:
        return link
    within = min((gap for gap in (link.within, own.within) if gap is not None), default=None)
    after = max((gap for gap in (link.after, own.after) if gap is not None), default=None)
    return model.Link("next" if link.mode == "next" else own.mode, within, after)


def never_holds(entry: Entry, link: model.Link) -> bool:
    """Whether an absence that begins a group would hold only after the gap to the group's first event has passed."""
    return entry.hold is not None and link.within is not None and link.within < entry.hold.length
