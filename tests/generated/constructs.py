"""Which constructs a drawn rule uses, for the statistics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.generated.draft import Absence, AllOf, Either, Group, Item, Rule, Step
from tests.generated.pairs import Pair, split_late

_QUANTIFIERS = {"?": "optional", "+": "+", "*": "*"}


def used(pair: Pair) -> set[str]:
    """Names of the constructs in a pair."""
    return {*_of_rule(pair.rule), *_of_items(pair.rule.items), *_of_text(pair.rule.text()), *_of_log(pair)}


def _of_rule(rule: Rule) -> Iterator[str]:
    skip = rule.skip or "past last (default)"
    yield "skip " + " ".join(
        word for word in skip.replace(" in start order", "").split() if not word.startswith("p") or word == "past"
    )
    if "in start order" in skip:
        yield "in start order"
    yield {0: "no key", 1: "key"}.get(len(rule.key), "composite key")
    if rule.key and rule.key[0].endswith("?"):
        yield "null as key"
    optional = {
        "header within": rule.within is not None,
        "unbounded": rule.within is None,
        "over": bool(rule.over),
        "cancel on": rule.cancel is not None,
        "on timeout": bool(rule.timeouts),
        "on timeout at": any(at for at, _ in rule.timeouts),
        "let": bool(rule.lets),
        "emit": bool(rule.fields),
        "suppress": rule.suppress is not None,
        "report": rule.report is not None,
        "limit runs": rule.limit_runs == 3,
    }
    yield from (name for name, there in optional.items() if there)


def _of_items(items: tuple[Item, ...]) -> Iterator[str]:
    for number, item in enumerate(items):
        if number and not isinstance(item.node, Absence):
            yield f"then {item.mode}".strip()
            if item.within is not None:
                yield "gap within"
            if item.after is not None:
                yield "gap after"
        yield from _of_node(item, number, len(items))


def _of_node(item: Item, number: int, length: int) -> Iterator[str]:
    match item.node:
        case Step():
            yield from _of_step(item.node)
        case Absence(next=following, within=within):
            where = "leading" if number == 0 else "trailing" if number == length - 1 else "middle"
            yield f"without next {where}" if following else f"without {where}"
            if within is not None and where == "middle":
                yield "without middle with span"
        case Group(items=inside, quantifier=quantifier, modes=modes, until=until):
            yield f"group {quantifier or 'once'}"
            yield from (f"group {mode}" for mode in modes)
            if until:
                yield "group until"
            yield from _of_items(inside)
        case Either(alternatives=alternatives):
            yield "either"
            for items in alternatives:
                yield from _of_items(items)
        case AllOf(members=members, need=need):
            yield "all of" if need is None else "at least"
            for member in members:
                yield from _of_node(Item(member), 1, 3)


def _of_step(step: Step) -> Iterator[str]:
    if step.having:
        yield "threshold"
    elif not step.quantifier:
        yield "single"
    else:
        yield _QUANTIFIERS.get(step.quantifier, "{n}" if re.fullmatch(r"\{\d\}", step.quantifier) else "{n,m}")
    yield from step.modes
    if step.until:
        yield "until"
    if step.within is not None and not step.having:
        yield "loop span"
    if step.by:
        yield "key of a step"


def _of_text(text: str) -> Iterator[str]:
    if "prev(" in text:
        yield "prev"
    if re.search(r"\bp\d\??\.\w", text):
        yield "reference to a step"
    if re.search(r"(count|sum|last|first|max|any|all|count_distinct|collect)\(p\d", text):
        yield "aggregate over a step"
    if re.search(r"(count|sum|avg|max|first|count_distinct)\((v|s)?\)", text):
        yield "own aggregate"
    if "by src" in text and "by dst" in text:
        yield "two roles"


def _of_log(pair: Pair) -> Iterator[str]:
    if split_late(pair)[1]:
        yield "late events"
    if pair.declarations.order:
        yield "order by"
    times = [sent.time for sent in pair.log.events]
    if times != sorted(times):
        yield "out of order"
    if len(set(times)) < len(times):
        yield "ties"
    if any(None in sent.data.values() for sent in pair.log.events):
        yield "nulls"
