"""Looped groups with `until` written out, where their conditions look at earlier iterations.

An event that ends such a loop may not be passed by inside an iteration or while waiting for the next one, but may be
while waiting for what follows the loop. Only alternatives keep the two apart: a sequence for each number of iterations,
in which the event is forbidden up to the last take of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.unrolling import BETWEEN, MARK, ONCE, Stage, iteration, iterations, refers_inside

NEGATED = ("not_next", "not_followed_by")


def sequences(stages: list[Stage], most_events: int, everything: bool = False) -> list[list[Stage]]:
    """The stages as they are, or as alternatives, in each of which all stages have names of their own."""
    found = list(_alternatives(stages, most_events, everything))
    if len(found) == 1:
        return found
    return [[_renamed(stage, number) for stage in one] for number, one in enumerate(found, 1)]


def _alternatives(stages: list[Stage], most_events: int, everything: bool) -> Iterator[list[Stage]]:
    at = next((at for at, stage in enumerate(stages) if _holds_one(stage, everything)), None)
    if at is None:
        yield stages
        return
    for way in _ways(stages[at], most_events, at > 0, everything):
        whole = [*stages[:at], *way, *stages[at + 1 :]]
        if whole:
            whole[0] = {**whole[0], "contiguity": "first"}
            yield from _alternatives(whole, most_events, everything)


def _is_one(stage: Stage, everything: bool) -> bool:
    return "group" in stage and stage.get("until") is not None and (everything or refers_inside(stage))


def _holds_one(stage: Stage, everything: bool) -> bool:
    return _is_one(stage, everything) or any(_holds_one(inner, everything) for inner in stage.get("group") or [])


def _ways(stage: Stage, most_events: int, behind_others: bool, everything: bool) -> Iterator[list[Stage]]:
    """What may stand for a stage: nothing, the content of a group around the loop, or a number of iterations."""
    if stage["quantifier"]["optional"]:
        yield []
    if any(_holds_one(inner, everything) for inner in stage["group"]) and stage["quantifier"]["max"] != 1:
        raise ValueError("a loop around a looped group with `until` whose conditions look at earlier iterations")
    if not _is_one(stage, everything):
        head, *rest = stage["group"]
        yield [{**head, "contiguity": "next" if "group" in head else stage["contiguity"]}, *rest]
        return
    least, most = iterations(stage, most_events)
    for count in range(least, most + 1):
        between = BETWEEN[stage["quantifier"]["inner"] or "relaxed"]
        items = [item for number in range(1, count + 1) for item in iteration(stage, number, between)]
        for way in _ends(items, stage["until"]):
            yield list(_closed(way, stage["until"], behind_others))


def _ends(items: list[Stage], until: str) -> Iterator[list[Stage]]:
    """The ways the last iteration ends, so that nothing of it is waited for after its last event, save by an open loop
    that `until` ends."""
    if not items:
        yield []
        return
    *front, last = items
    quantifier = last["quantifier"]
    if last["contiguity"] in NEGATED:
        yield from ([*way, last] for way in _ends(front, until))
    elif quantifier["optional"]:
        yield from _ends(front, until)
        yield from _ends([*front, {**last, "quantifier": quantifier | {"optional": False}}], until)
    elif quantifier["max"] is None and "group" not in last and last.get("until") is None:
        yield [*front, {**last, "until": until}]
    elif quantifier["max"] == 1:
        ways = _ends(last["group"], until) if "group" in last else ()
        yield from ([*front, {**last, "group": way}] for way in ways)
        yield from [] if "group" in last else [items]
    elif "group" in last or quantifier["max"] is None:
        raise ValueError("a loop that ends an iteration of a looped group with `until` and cannot be written out")
    else:
        for count in range(quantifier["min"], quantifier["max"] + 1):
            yield [*front, *_singles(last, count)]


def _singles(stage: Stage, count: int) -> Iterator[Stage]:
    between = BETWEEN[stage["quantifier"]["inner"] or "relaxed"]
    for number in range(1, count + 1):
        contiguity = stage["contiguity"] if number == 1 else between
        yield {**stage, "name": f"{stage['name']}{MARK}{number}", "contiguity": contiguity, "quantifier": ONCE}


def _closed(items: list[Stage], until: str, behind_others: bool) -> Iterator[Stage]:
    """With the ending event forbidden before each stage and as each stage."""
    for at, item in enumerate(items):
        if item["contiguity"] in NEGATED:
            yield item
            continue
        if at > 0 or behind_others:
            yield {"contiguity": "not_followed_by", "condition": until, "quantifier": ONCE, "closing": True}
        if "group" in item:
            yield {**item, "group": list(_closed(item["group"], until, False))}
        else:
            yield {**item, "blocked": (*item.get("blocked", ()), until)}


def _renamed(stage: Stage, number: int) -> Stage:
    if "group" in stage:
        return {**stage, "group": [_renamed(inner, number) for inner in stage["group"]]}
    return {**stage, "name": f"{stage['name']}{MARK}{number}"} if "name" in stage else stage
