"""Parts of an automaton under construction: ways in and out of a part of the pattern, and edges not numbered yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from cep.plan.nfa import Condition, Edge, Effect, Hold, SpanBound, UntilBound


@dataclass(frozen=True, slots=True)
class Exit:
    """A state in which the pattern so far may be complete; `source` None: nothing of this sequence was bound yet."""

    source: int | None
    conditions: tuple[Condition, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A first step of a part. `link` None: the link before the whole part governs it."""

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
    )


def with_twins(draft: Draft, index: int) -> list[Edge]:
    """The edge, followed by the wait that is left of it once its `nexts` have been passed, if one is.

    A trailing pair of `without next` and `without … within` is complete at the deadline even if nothing came next.
    """
    edge = frozen(draft, index)
    if not draft.nexts:
        return [edge]
    if draft.kind == "after_next":
        left = replace(draft, kind="due", nexts=()) if draft.absences else None
    else:
        left = replace(draft, nexts=()) if draft.contiguity != "next" else None
    return [edge] if left is None else [replace(edge, twin=index + 1), frozen(left, index + 1)]


def frozen(draft: Draft, index: int) -> Edge:
    """The immutable edge."""
    return Edge(
        index=index,
        source=draft.source,
        target=draft.target,
        kind=draft.kind,
        contiguity=draft.contiguity,
        mandatory=draft.mandatory,
        conditions=draft.conditions,
        effects=draft.effects,
        opens=draft.opens,
        bases=draft.bases,
        clears=draft.clears,
        gap_within=draft.gap_within,
        gap_after=draft.gap_after,
        spans=draft.spans,
        absences=draft.absences,
        nexts=draft.nexts,
        until=draft.until,
        greedy=draft.greedy,
        joint=draft.joint,
        hold=draft.hold,
    )
