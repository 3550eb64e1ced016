"""Parts of an automaton under construction: ways in and out of a part of the pattern, and edges not numbered yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from cep.language import model
from cep.plan.nfa import Condition, Edge, Effect, Hold, SpanBound, UntilBound


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
        passed=True,
    )


def governing(link: model.Link, own: model.Link | None) -> model.Link:
    """The link of the first event bound in a part, of the link before the part and the step's own.

    `next` and gaps before a part apply to whatever is bound first in it; `any` is a matter of its first step."""
    if own is None or link.mode == "next":
        return link
    within = own.within if link.within is None else link.within
    return model.Link(own.mode, within, own.after if link.after is None else link.after)


def with_twins(draft: Draft, index: int, closable: frozenset[int]) -> list[Edge]:
    """The edge, followed by the waits that are left of it: once its `nexts` have been passed, and once an `until` has
    closed a greedy loop (`closable`: the loops that have one).

    A trailing pair of `without next` and `without … within` is complete when the next event has come and the deadline
    has passed, in either order.
    """
    edges = [frozen(draft, index)]
    left = past_next(draft)
    if left is not None:
        edges[0] = replace(edges[0], twin=index + 1)
        edges += with_twins(left, index + 1, closable)
        if draft.kind == "after_next":
            edges[0] = replace(edges[0], late=index + len(edges))
            edges.append(frozen(replace(draft, absences=()), edges[0].late or 0))
        return edges
    greedy = tuple(g for g in draft.greedy if g not in closable)
    if greedy != draft.greedy and draft.source >= 0 and draft.contiguity != "next":
        edges[0] = replace(edges[0], closed=index + 1)
        edges.append(frozen(replace(draft, greedy=greedy), index + 1))
    return edges


def past_next(draft: Draft) -> Draft | None:
    """What is left of a wait after the very next event."""
    if not draft.nexts:
        return None
    if draft.kind == "after_next":
        return replace(draft, kind="due", nexts=()) if draft.absences else None
    return replace(draft, nexts=()) if draft.contiguity != "next" else None


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
