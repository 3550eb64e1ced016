"""Rules whose partial matches act alike, restated from the notes on semantics: past the cap they are dropped by first
events, not one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cep.language import model
from cep.language.resolved import Aggregate, Candidate, Expression, FieldOf

MOST_STAGES = 64


def act_alike(rule: model.Rule) -> bool:
    """Whether an event moves all partial matches that wait at one place, or none, and `any` or `combinations` makes
    them many."""
    skip = rule.skip
    if rule.report != "early" or skip.in_start_order or skip.kind == "next" or rule.on_timeout or rule.cancel:
        return False
    items = list(_items(rule.items))
    steps = [item.node for item in items if isinstance(item.node, model.Step)]
    if not all(_is_plain(item) for item in items) or sum(_stages(step) for step in steps) > MOST_STAGES:
        return False
    later = [item for item in items[1:] if item.link.mode == "any"]
    return bool(later) or any(step.mode == "combinations" for step in steps)


def _items(items: tuple[model.Item, ...]) -> Iterator[model.Item]:
    for item in items:
        yield item
        match item.node:
            case model.Group():
                yield from _items(item.node.items)
            case model.Either():
                for alternative in item.node.alternatives:
                    yield from _items(alternative)


def _is_plain(item: model.Item) -> bool:
    if item.link.within is not None or item.link.after is not None:
        return False
    match item.node:
        case model.Step():
            step = item.node
            bounded = step.within is not None or step.until is not None or step.having is not None or step.greedy
            return not bounded and (step.where is None or not _looks_back(step.where))
        case model.Group():
            return item.node.maximum == 1 and item.node.within is None and item.node.until is None
        case model.Either():
            return item.node.within is None
        case _:
            return False


def _looks_back(expression: Expression) -> bool:
    return any(
        isinstance(part, Aggregate) or (isinstance(part, FieldOf) and part.source != Candidate())
        for part in _parts(expression)
    )


def _parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for part in value:
            yield from _parts(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))


def _stages(step: model.Step) -> int:
    return step.maximum if step.maximum is not None else max(step.minimum, 1)
