"""Where a rule reads its key: by event type, each of the ways in which one event of that type can have a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cep.language.model import Absence, AllOf, Either, Group, Guard, Item, RoleKey, Rule, Step

RoleKeys = dict[str, tuple[RoleKey, ...]]
"""By event type the keys of its roles, each once, in the order in which they are first written."""


def role_keys(rule: Rule) -> RoleKeys:
    """The keys of all roles of a rule: its steps, absences, `until`, `cancel on` and `over`."""
    found: dict[str, dict[RoleKey, None]] = {}
    for event, key in _roles(rule):
        found.setdefault(event, {})[key] = None
    return {event: tuple(keys) for event, keys in found.items()}


def decided_by_one_event(rule: Rule) -> bool:
    """Whether each event is a match or none by itself, so that it does not matter which others are seen with it."""
    if len(rule.items) != 1 or rule.over or rule.cancel is not None or rule.suppress is not None:
        return False
    step = rule.items[0].node
    return isinstance(step, Step) and not step.is_loop and step.minimum == 1 and step.until is None


def _roles(rule: Rule) -> Iterator[tuple[str, RoleKey]]:
    yield from _of_items(rule.items)
    yield from _of_guard(rule.cancel)
    for over in rule.over:
        yield over.event, over.key


def _of_items(items: Sequence[Item]) -> Iterator[tuple[str, RoleKey]]:
    for item in items:
        yield from _of_node(item.node)


def _of_node(node: Step | Group | Either | AllOf | Absence) -> Iterator[tuple[str, RoleKey]]:
    match node:
        case Step():
            yield node.event, node.key
            yield from _of_guard(node.until)
        case Absence():
            yield node.event, node.key
        case Group():
            yield from _of_items(node.items)
            yield from _of_guard(node.until)
        case Either():
            for alternative in node.alternatives:
                yield from _of_items(alternative)
        case AllOf():
            for member in node.members:
                yield from _of_node(member)


def _of_guard(guard: Guard | None) -> Iterator[tuple[str, RoleKey]]:
    if guard is not None:
        yield guard.event, guard.key
