"""Parts of an automaton under construction: ways in and out of a part of the pattern, and edges not numbered yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from cep.language import model
from cep.plan.nfa import Condition, Effect, Hold, SpanBound, UntilBound


@dataclass(frozen=True, slots=True)
class Exit:
    """A state in which the pattern so far may be complete; `source` None: nothing of this sequence was bound yet.

    `passed`: and something that could have been bound was passed over. `early`: of `nexts`, those before an absence
    that has held on the way; `held`: there is such an absence; `watched`: absences before it, which have done their
    work where the pattern ends here. `waited`: an absence may have had to hold in the group that ends here.
    """

    source: int | None
    conditions: tuple[Condition, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()
    passed: bool = False
    early: tuple[int, ...] = ()
    held: bool = False
    watched: tuple[int, ...] = ()
    waited: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing has to hold, or to have been counted, on this way."""
        return not self.conditions


@dataclass(frozen=True, slots=True)
class Entry:
    """A first step of a part. `own`: its own link, if it is not the first item; `head`: no step stands before it.

    `leads`: more of the part stands behind it (of an absence that has to hold: `next` before the part ends it, too).
    `held`: it is first only because an absence has held; `late`: conditions where an absence has to hold before it.
    `route`: which of the ways to it this is, where several lead there; what is waited for together came the same way.
    """

    target: int
    mandatory: bool = True
    spared: tuple[tuple[Condition, ...], ...] = ()
    conditions: tuple[Condition, ...] = ()
    effects: tuple[Effect, ...] = ()
    opens: tuple[int, ...] = ()
    bases: tuple[int, ...] = ()
    until: tuple[UntilBound, ...] = ()
    absences: tuple[int, ...] = ()
    nexts: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()
    joint: int | None = None
    route: tuple[int, ...] = ()
    hold: Hold | None = None
    own: model.Link | None = None
    head: bool = True
    early: tuple[int, ...] = ()
    leads: bool = False
    held: bool = False
    late: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Fragment:
    """What a part of the pattern shows to its surroundings. `loops` are the edges that turn it once more."""

    entries: list[Entry]
    exits: list[Exit]
    passes: list[Exit]
    """Ways through the part that bind nothing (their source is None)."""
    loops: list[Draft] = field(default_factory=list)

    @property
    def is_optional(self) -> bool:
        """Whether it can be passed over whatever happens."""
        return any(passed.is_free for passed in self.passes)


@dataclass(slots=True)
class Draft:
    """An edge under construction. `ahead`: absences that watch over a loop only as long as another iteration of the
    group around it may follow, each with what has to be counted for that. `past`: of `barred`, what is none any more if
    an absence has led here after the next event had come; `led`: what an absence that has held leads to itself."""

    source: int
    target: int
    kind: OneOf["start", "forward", "more", "iterate", "due", "after_next", "hold"]
    contiguity: OneOf["relaxed", "next", "any"] = "relaxed"
    mandatory: bool = True
    spared: tuple[tuple[Condition, ...], ...] = ()
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
    barred: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    past: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    led: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    until: tuple[UntilBound, ...] = ()
    greedy: tuple[int, ...] = ()
    joint: int | None = None
    route: tuple[int, ...] = ()
    hold: Hold | None = None
    early: tuple[int, ...] = ()
    watched: tuple[int, ...] = ()
    ahead: tuple[tuple[int, tuple[Condition, ...]], ...] = ()


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
    return bool(exit_.absences or left_to_pass(exit_))


def left_to_pass(exit_: Exit) -> tuple[int, ...]:
    """The `nexts` that still have to be passed where the pattern ends."""
    return tuple(index for index in exit_.nexts if index not in exit_.early)


def armed(exit_: Exit, index: int, strictly_next: bool) -> Exit:
    """`exit_` with one more absence on the way."""
    if strictly_next:
        return replace(exit_, nexts=(*exit_.nexts, index))
    return replace(exit_, absences=(*exit_.absences, index))


def arm(loops: list[Draft], part: Fragment, when: tuple[Condition, ...] = ()) -> None:
    """Absences at the head of a part watch over the loops before it: they are armed from the first element. Those
    behind an absence that has to hold are reached only once it has. `when`: the part follows only under this."""
    ways = [entry.absences for entry in part.entries if not entry.held]
    ways += [passed.absences for passed in part.passes if passed.is_free]
    found = tuple(dict.fromkeys(index for absences in ways for index in absences))
    for draft in loops:
        fresh = tuple(index for index in found if index not in draft.absences)
        if when:
            draft.ahead += tuple((index, when) for index in fresh)
        else:
            draft.absences += fresh


def over(exit_: Exit, passed: Exit) -> Exit:
    """`exit_` continued through a part that binds nothing."""
    return replace(
        exit_,
        conditions=exit_.conditions + passed.conditions,
        absences=(exit_.absences if passed.is_free else ()) + passed.absences,
        watched=exit_.watched + (() if passed.is_free else exit_.absences) + passed.watched,
        nexts=exit_.nexts + passed.nexts,
        greedy=exit_.greedy + passed.greedy,
        passed=True,
        early=(exit_.early if passed.is_free else exit_.nexts) + passed.early,
        held=exit_.held or not passed.is_free,
    )


def governing(link: model.Link, own: model.Link | None, head: bool) -> model.Link:
    """The link of the first event bound in a part, of the link before the part and the step's own.

    `next` and gaps before a part apply to whatever is bound first in it; `any` is a matter of its first step as written
    (`head`). Of two gaps both hold.
    """
    if own is None:
        return link
    within = min((gap for gap in (link.within, own.within) if gap is not None), default=None)
    after = max((gap for gap in (link.after, own.after) if gap is not None), default=None)
    mode = "next" if "next" in (link.mode, own.mode) else "any" if head and link.mode == "any" else own.mode
    return model.Link(mode, within, after)


def early(exit_: Exit, entry: Entry) -> tuple[int, ...]:
    """Of the `nexts` on the way from an exit to an entry, those before an absence that holds on it."""
    return (exit_.nexts if entry.held else exit_.early) + entry.early


def reached_late(exit_: Exit, entry: Entry) -> bool:
    """Whether an absence may have to hold before an entry is reached."""
    return exit_.held or exit_.waited or entry.held
