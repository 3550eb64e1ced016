"""Cuts a failing pair down: drops events, clauses, steps and conditions for as long as it still fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from tests.generated.draft import AllOf, Either, Group, Item, Rule, Step
from tests.generated.logs import ALONE, Log, Sent
from tests.generated.pairs import Pair

Fails = Callable[[Pair], bool]

BUDGET = 600
"""How many candidates are tried."""


def shrink(pair: Pair, fails: Fails) -> Pair:
    """The smallest failing pair found."""
    tries = 0
    progress = True
    while progress and tries < BUDGET:
        progress = False
        for candidate in _smaller(pair):
            tries += 1
            if tries > BUDGET:
                break
            if fails(candidate):
                pair, progress = candidate, True
                break
    return pair


def _smaller(pair: Pair) -> Iterator[Pair]:
    """Candidates with one thing less, the largest cuts first."""
    events = pair.log.events
    size = len(events) // 2
    while size >= 1:
        for start in range(0, len(events), size):
            yield _with_events(pair, events[:start] + events[start + size :])
        size //= 2
    for rule in _rules(pair.rule):
        yield dataclasses.replace(pair, rule=rule)
    if pair.declarations.order:
        yield dataclasses.replace(pair, declarations=dataclasses.replace(pair.declarations, order=None, ordered=()))
    if pair.log.end is not None:
        yield dataclasses.replace(pair, log=dataclasses.replace(pair.log, end=None))
    if pair.log.places != ALONE:
        together = tuple(dataclasses.replace(sent, place=ALONE[0]) for sent in events)
        yield dataclasses.replace(pair, log=Log(together, pair.log.end))
    for at, sent in enumerate(events):
        for data in _plainer(sent.data):
            changed = dataclasses.replace(sent, data=data)
            yield _with_events(pair, (*events[:at], changed, *events[at + 1 :]))


def _with_events(pair: Pair, events: tuple[Sent, ...]) -> Pair:
    return dataclasses.replace(pair, log=dataclasses.replace(pair.log, events=events))


def _plainer(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, plain in (("g", 0), ("n", 0), ("v", 0), ("s", "a"), ("x", None), ("y", None), ("l", None), ("o", None)):
        if name in data and data[name] != plain:
            yield data | {name: plain}


def _rules(rule: Rule) -> Iterator[Rule]:
    for name in ("cancel", "skip", "report", "suppress", "limit_runs", "within"):
        if getattr(rule, name) is not None:
            yield dataclasses.replace(rule, **{name: None})
    for name in ("over", "lets", "fields", "timeouts"):
        if getattr(rule, name):
            yield dataclasses.replace(rule, **{name: ()})
    if rule.skip is not None and "in start order" in rule.skip:
        yield dataclasses.replace(rule, skip=rule.skip.replace(" in start order", ""))
    for items in _sequences(rule.items):
        yield dataclasses.replace(rule, items=items)


def _sequences(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    for at, item in enumerate(items):
        before, after = items[:at], items[at + 1 :]
        if len(items) > 1:
            yield before + after
        for simpler in _items(item):
            yield (*before, simpler, *after)
        if isinstance(item.node, Group):
            yield (*before, *item.node.items, *after)
        if isinstance(item.node, Either):
            yield from ((*before, *alternative, *after) for alternative in item.node.alternatives)


def _fewer(parts: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """One of at least three parts less."""
    if len(parts) > 2:
        yield from (parts[:at] + parts[at + 1 :] for at in range(len(parts)))


def _items(item: Item) -> Iterator[Item]:
    if item.mode:
        yield dataclasses.replace(item, mode="")
    for name in ("within", "after"):
        if getattr(item, name) is not None:
            yield dataclasses.replace(item, **{name: None})
    for node in _nodes(item.node):
        yield dataclasses.replace(item, node=node)


def _nodes(node: Any) -> Iterator[Any]:
    """A node with one thing less."""
    for name, plain in (("quantifier", ""), ("modes", ()), ("having", None), ("within", None), ("until", None)):
        if getattr(node, name, plain) != plain:
            yield dataclasses.replace(node, **{name: plain})
    for at in range(len(getattr(node, "where", ()))):
        yield dataclasses.replace(node, where=node.where[:at] + node.where[at + 1 :])
    if getattr(node, "by", None) is not None:
        yield dataclasses.replace(node, by=None)
    match node:
        case Group(items=inside):
            yield from (dataclasses.replace(node, items=items) for items in _sequences(inside))
        case Either(alternatives=alternatives):
            yield from (dataclasses.replace(node, alternatives=fewer) for fewer in _fewer(alternatives))
            for at, items in enumerate(alternatives):
                for shorter in _sequences(items):
                    changed = (*alternatives[:at], shorter, *alternatives[at + 1 :])
                    yield dataclasses.replace(node, alternatives=changed)
        case AllOf(members=members):
            yield from members
            yield from (dataclasses.replace(node, members=fewer) for fewer in _fewer(members))
            for at, member in enumerate(members):
                for simpler in _nodes(member):
                    yield dataclasses.replace(node, members=(*members[:at], simpler, *members[at + 1 :]))
        case Step(until=until) if until is not None and until.where:
            yield dataclasses.replace(node, until=dataclasses.replace(until, where=()))
