"""Stages of the conformance form as the lines of a `match` clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.conformance.expressions import NEVER, Place, condition
from tests.conformance.skipping import Skipped
from tests.conformance.unrolling import stage_of

Stage = Mapping[str, Any]

EVENT = "Event"
_CONTIGUITY = {"first": "", "followed_by": "", "next": "next ", "followed_by_any": "any "}
_INNER = {"strict": " consecutive", "any": " combinations"}
_NEGATED = ("not_next", "not_followed_by")


@dataclass(frozen=True, slots=True)
class Around:
    """What a stage has around it. `steps`: step names by stage, of the whole pattern. `bound`: stages that may be bound
    before. `guards`: forbidden stages in force on its first event. `watch`: forbidden stages right behind it."""

    steps: Mapping[str, str]
    fields: Mapping[str, str]
    bound: frozenset[str] = frozenset()
    guards: tuple[Stage, ...] = ()
    watch: tuple[Stage, ...] = ()
    loosened: tuple[str, ...] = ()
    """Optional stages between the forbidden ones and this one: where one of them was bound, they are in force no
    more."""
    nullable: frozenset[str] = frozenset()
    opaque: bool = False

    def place(self, own: str | None = None, counted: bool = True) -> Place:
        """Where a condition of this stage stands."""
        known: dict[str, tuple[str, ...]] = {}
        for name, step in self.steps.items():
            if name in self.bound:
                known[stage_of(name)] = (*known.get(stage_of(name), ()), step)
        return Place(own, counted, known, False, self.fields, self.nullable, self.opaque)


def lines(stages: list[Stage], around: Around, completes: bool = True) -> Iterator[str]:
    """The lines of a sequence of stages. `completes`: whether its end is the end of the pattern."""
    guards: list[Stage] = []
    loosened: list[str] = []
    for at, stage in enumerate(stages):
        if stage["contiguity"] in _NEGATED:
            yield _absence(stage, around, at == len(stages) - 1)
            if stage["contiguity"] == "not_followed_by" and not stage.get("closing"):
                guards.append(stage)
            continue
        here = replace(around, watch=tuple(_forbidden_behind(stages, at)))
        if not (completes and _may_complete(stage, stages[at + 1 :])):
            here = replace(here, guards=(*around.guards, *guards), loosened=(*around.loosened, *loosened))
        word = "" if at == 0 else "then "
        yield word + _link(stage, word) + _body(stage, here, completes and at == len(stages) - 1)
        around = replace(around, bound=around.bound | _names(stage))
        if stage["quantifier"]["optional"]:
            loosened += sorted(_names(stage))
        else:
            guards, loosened = [], []
            around = replace(around, guards=(), loosened=())


def _link(stage: Stage, word: str) -> str:
    if not word:
        return ""
    gap = stage.get("window_prev_ms")
    within = f"within {gap - 1}ms " if gap else ""
    return _CONTIGUITY[_contiguity(stage)] + within


def _contiguity(stage: Stage) -> str:
    """A group at the head of a group is strict, which the outer one says here."""
    head = stage["group"][0] if "group" in stage else None
    return "next" if head is not None and "group" in head else str(stage["contiguity"])


def _absence(stage: Stage, around: Around, trailing: bool) -> str:
    text = condition(stage["condition"], around.place()) if stage["condition"] else None
    word = "without next" if stage["contiguity"] == "not_next" else "without"
    gap = stage.get("window_prev_ms") if trailing else None
    within = f" within {gap - 1}ms" if gap else ""
    return f"{word} {EVENT}{_quantifier(stage)}{_where(text)}{within}"


def _body(stage: Stage, around: Around, completes: bool) -> str:
    if stage["quantifier"].get("window_ms"):
        raise Skipped("windows inside a quantifier (`window_ms`)")
    if "group" in stage:
        return _group(stage, around, completes)
    return _step(stage, around)


def _group(stage: Stage, around: Around, completes: bool) -> str:
    once = stage["quantifier"]["max"] == 1
    inside = around if once else replace(around, guards=(), loosened=())
    text = "\n".join("  " + line for line in lines(stage["group"], inside, completes and once))
    inner = replace(around, bound=around.bound | _names(stage))
    until = condition(stage["until"], inner.place()) if stage.get("until") else None
    closing = f" until {EVENT}{_where(until)}" if stage.get("until") else ""
    quantifier = stage["quantifier"]
    if quantifier["optional"] and not _has_optional_form(quantifier):
        counted = {"quantifier": quantifier | {"optional": False}, "group": stage["group"]}
        return f"( (\n{text}\n){_quantifier(counted)}{_modes(stage)}{closing} )?"
    return f"(\n{text}\n){_quantifier(stage)}{_modes(stage)}{closing}"


def _step(stage: Stage, around: Around) -> str:
    name = stage["name"]
    quantifier = stage["quantifier"]
    loop = quantifier["max"] is None or quantifier["max"] > 1
    place = around.place(own=stage_of(name) if loop else None)
    parts = [_own_condition(stage, place), *_guarded(around, place, loop), *_watched(around, place, loop)]
    parts += [_blocked(closing, place) for closing in stage.get("blocked", ())]
    where = _where(" and ".join(part for part in parts if part))
    until = ""
    if stage.get("until") is not None:
        text = condition(stage["until"], around.place(own=stage_of(name), counted=False))
        until = f" until {EVENT}{_where(text)}"
    step = around.steps[name]
    if quantifier["optional"] and not _has_optional_form(quantifier):
        counted = _quantifier({"quantifier": quantifier | {"optional": False}})
        return f"( {step}: {EVENT}{counted}{_modes(stage)}{where}{until} )?"
    return f"{step}: {EVENT}{_quantifier(stage)}{_modes(stage)}{where}{until}"


def _own_condition(stage: Stage, place: Place) -> str | None:
    if not stage["condition"]:
        return None
    text = condition(stage["condition"], place)
    return f"({text})" if text is not None and " or " in text else text


def _guarded(around: Around, place: Place, loop: bool) -> Iterator[str]:
    """A forbidden event must not be taken as the next step's first event either."""
    for stage in around.guards:
        text = _forbidding(stage, replace(place, own=None))
        if text is None:
            continue
        allowed = [f"count({around.steps[name]}) > 0" for name in around.loosened]
        if loop:
            allowed.insert(0, "count() > 1")
        yield f"({' or '.join([*allowed, text])})" if allowed else text


def _watched(around: Around, place: Place, loop: bool) -> Iterator[str]:
    """A forbidden event must not be taken as one more element of the loop before either."""
    for stage in around.watch if loop else ():
        text = _forbidding(stage, place)
        if text is not None:
            yield f"(count() == 1 or {text})"


def _forbidding(stage: Stage, place: Place) -> str | None:
    return condition(stage["condition"], place, refused=True) if stage["condition"] else NEVER


def _blocked(closing: str, place: Place) -> str | None:
    """A part that keeps the event out that ends the loop around; in `coalesce`, since a stage whose every event would
    end it is no error of the form."""
    text = condition(closing, place, refused=True)
    return text if text is None or "prev(" in text else f"coalesce({text}, false)"


def _forbidden_behind(stages: list[Stage], at: int) -> Iterator[Stage]:
    for stage in stages[at + 1 :]:
        if stage["contiguity"] not in _NEGATED:
            return
        if stage["contiguity"] == "not_followed_by" and not stage.get("closing"):
            yield stage


def _may_complete(stage: Stage, behind: list[Stage]) -> bool:
    """Whether the first event of a stage can be the last of the match."""
    least = stage["quantifier"]["min"]
    single = least == 1 and ("group" not in stage or _may_complete(stage["group"][0], stage["group"][1:]))
    return single and all(s["quantifier"]["optional"] and s["contiguity"] not in _NEGATED for s in behind)


def _names(stage: Stage) -> frozenset[str]:
    if "group" in stage:
        return frozenset().union(*(_names(inner) for inner in stage["group"]))
    return frozenset() if stage["contiguity"] in _NEGATED else frozenset({stage["name"]})


# ---------------------------------------------------------------- quantifiers


def _has_optional_form(quantifier: Mapping[str, Any]) -> bool:
    """`?` and `*`, and `{0,n}` for a greedy loop, whose greed also bears on passing it over."""
    return bool(quantifier["min"] == 1 and (quantifier["max"] in (None, 1) or quantifier["greedy"]))


def _quantifier(stage: Stage) -> str:
    quantifier = stage["quantifier"]
    least, most, optional = quantifier["min"], quantifier["max"], quantifier["optional"]
    if most is None and least == 1:
        return "*" if optional else "+"
    if (least, most) == (1, 1):
        return "?" if optional else ""
    if least == 1 and optional and "group" not in stage:
        least = 0
    if most is None:
        return f"{{{least},}}"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _modes(stage: Stage) -> str:
    quantifier = stage["quantifier"]
    once = quantifier["max"] == 1
    strict_head = "group" in stage and "group" in stage["group"][0]
    inner = "" if once else " consecutive" if strict_head else _INNER.get(quantifier["inner"], "")
    return inner + (" greedy" if quantifier["greedy"] and not once and "group" not in stage else "")


def _where(text: str | None) -> str:
    return f" where {text}" if text else ""
