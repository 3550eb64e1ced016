"""The outline of a pattern: what it waits for and in which form, without conditions, keys and lengths of spans."""

from __future__ import annotations

from dataclasses import replace

from cep.language.diagnostics import NOWHERE
from cep.language.model import Absence, AllOf, Either, Group, Guard, Item, Link, RoleKey, Rule, Step
from cep.language.resolved import Constant
from cep.language.types import BOOL
from cep.plan.registers import shape

Node = Step | Group | Either | AllOf | Absence

_TRUE = Constant(True, BOOL, NOWHERE)
_NO_KEY = RoleKey((), ())


def outlines(items: tuple[Item, ...]) -> list[str]:
    """The outline of each item."""
    return [shape(_item(item)) for item in items]


def is_plain(rule: Rule) -> bool:
    """Whether a pattern is a sequence of steps, loops, thresholds and absences, followed one by one and told at once.

    Of all else only what it tells may change while partial matches are open.
    """
    skip = rule.skip
    told_at_once = rule.report == "early" and not skip.in_start_order
    return told_at_once and all(_is_plain(item) for item in rule.items)


def _is_plain(item: Item) -> bool:
    node = item.node
    if isinstance(node, Step):
        return item.link.mode != "any" and node.mode != "combinations"
    return isinstance(node, Absence)


def _item(item: Item) -> Item:
    link = item.link
    return Item(Link(link.mode), _node(item.node))


def _node(node: Node) -> Node:
    key = _NO_KEY
    match node:
        case Step():
            having = None if node.having is None else _TRUE
            return replace(node, key=key, where=None, having=having, within=None, until=_guard(node.until))
        case Absence():
            return replace(node, key=key, where=None, within=None)
        case Group():
            items = tuple(map(_item, node.items))
            return replace(node, items=items, within=None, until=_guard(node.until))
        case Either():
            return replace(node, alternatives=tuple(tuple(map(_item, a)) for a in node.alternatives), within=None)
        case AllOf():
            members = tuple(m for member in node.members if isinstance(m := _node(member), Step | Absence))
            return replace(node, members=members, within=None)


def _guard(guard: Guard | None) -> Guard | None:
    return None if guard is None else replace(guard, key=_NO_KEY, where=None)
