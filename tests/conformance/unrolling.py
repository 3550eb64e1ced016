"""Looped groups written out, where the language has no shorter way to say the same.

In the form an aggregate of a stage inside a looped group covers all iterations so far, in the language the present one;
and an optional group at the head of a looped group is strict there, while what follows it keeps its own contiguity.
Written out iteration by iteration, each copy of a stage has a step of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

Stage = Mapping[str, Any]

MARK = "~"
"""Between a stage's name and the number of its iteration."""

BETWEEN = {"relaxed": "followed_by", "strict": "next", "any": "followed_by_any"}
ONCE = {"min": 1, "max": 1, "optional": False, "greedy": False, "inner": None}


def unrolled(stages: list[Stage], most_events: int, everything: bool = False) -> list[Stage]:
    """The stages with the loops written out that need it, or all of them. `most_events`: how many there are at most,
    the bound of open loops."""
    found: list[Stage] = []
    for stage in stages:
        if "group" not in stage:
            found.append(stage)
            continue
        inside = {**stage, "group": unrolled(stage["group"], most_events, everything)}
        found += _written_out(inside, most_events) if _is_loop(inside) and (everything or _needs(inside)) else [inside]
    return found


def stage_of(name: str) -> str:
    """The stage that a copy stands for."""
    return name.split(MARK)[0]


def _is_loop(stage: Stage) -> bool:
    return stage["quantifier"]["max"] != 1 and stage.get("until") is None


def _needs(stage: Stage) -> bool:
    head = stage["group"][0]
    strict_head = "group" in head and head["quantifier"]["optional"] and stage["quantifier"]["inner"] != "strict"
    return (strict_head and _is_exact(stage)) or refers_inside(stage)


def _is_exact(stage: Stage) -> bool:
    quantifier = stage["quantifier"]
    return bool(quantifier["min"] == quantifier["max"] and not quantifier["optional"])


def refers_inside(stage: Stage) -> bool:
    """Whether a condition inside has an aggregate over a stage inside. The group's own `until` sees all iterations in
    the language, too."""
    names = {stage_of(name) for name in _names(stage)}
    texts = (text for inner in stage["group"] for text in _texts(inner))
    return any(names & set(_stages_read(text)) for text in texts)


def _names(stage: Stage) -> Iterator[str]:
    if "group" in stage:
        for inner in stage["group"]:
            yield from _names(inner)
    else:
        yield stage["name"]


def _texts(stage: Stage) -> Iterator[str]:
    yield from (text for text in (stage.get("condition"), stage.get("until")) if text)
    for inner in stage.get("group") or []:
        yield from _texts(inner)


def _stages_read(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text, mode="eval")):
        match node:
            case ast.Call(
                func=ast.Name(id="sum" | "count" | "first" | "last"), args=[ast.Constant(value=str(stage)), *_]
            ):
                yield stage


def fields_read(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The fields that aggregates over stages read, each with its stage."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="sum" | "count" | "first" | "last"),
                args=[ast.Constant(value=str(stage)), ast.Constant(value=str(field)), *_],
            ):
                yield stage, field


def _written_out(stage: Stage, most_events: int) -> list[Stage]:
    """The iterations one after the other; those beyond the minimum nested in optional groups."""
    quantifier = stage["quantifier"]
    least, most = iterations(stage, most_events)
    between = BETWEEN[quantifier["inner"] or "relaxed"]
    tail: list[Stage] = []
    for number in range(most, least, -1):
        body = [*_copies(stage["group"], number), *tail]
        tail = [{"contiguity": between, "quantifier": {**ONCE, "optional": True}, "group": body}]
    items = [item for n in range(1, least + 1) for item in iteration(stage, n, between)]
    if quantifier["optional"]:
        inside = [{**items[0], "contiguity": "first"}, *items[1:], *tail]
        return [{"contiguity": stage["contiguity"], "quantifier": {**ONCE, "optional": True}, "group": inside}]
    return [*items, *tail]


def iterations(stage: Stage, most_events: int) -> tuple[int, int]:
    """How many there are at least and at most."""
    quantifier = stage["quantifier"]
    least = quantifier["min"]
    return least, quantifier["max"] or max(least, most_events // max(1, _least_events(stage)))


def iteration(stage: Stage, number: int, between: str) -> list[Stage]:
    """One iteration in line with what stands around the group: its head follows as the group did, or as iterations
    do; a group at the head is strict."""
    head, *rest = _copies(stage["group"], number)
    contiguity = stage["contiguity"] if number == 1 else between
    if "group" in head and not (number == 1 and contiguity == "first"):
        contiguity = "next"
    return [{**head, "contiguity": contiguity}, *rest]


def _copies(stages: list[Stage], number: int) -> list[Stage]:
    return [_copy(stage, number) for stage in stages]


def _copy(stage: Stage, number: int) -> Stage:
    if "group" in stage:
        return {**stage, "group": _copies(stage["group"], number)}
    return {**stage, "name": f"{stage['name']}{MARK}{number}"}


def _least_events(stage: Stage) -> int:
    """The fewest events one iteration of a group, or a stage, takes."""
    if "group" in stage:
        return sum(_taken(inner) for inner in stage["group"])
    return 1


def _taken(stage: Stage) -> int:
    quantifier = stage["quantifier"]
    if quantifier["optional"] or stage["contiguity"] in ("not_next", "not_followed_by"):
        return 0
    return int(quantifier["min"]) * _least_events(stage)
