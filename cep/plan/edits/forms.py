"""The items of a pattern in words: how they are spoken of, and their form without conditions, keys and spans."""

from __future__ import annotations

from cep.language.model import Absence, AllOf, Either, Group, Guard, Item, RoleKey, Step
from cep.plan.edits.meaning import nodes


def named(item: Item) -> str:
    """An item as it is spoken of."""
    match item.node:
        case Step() as step:
            return f"`{step.name}`"
        case Absence() as absence:
            return f"`without {'next ' if absence.next else ''}{absence.event}`"
        case _:
            steps = [f"`{node.name}`" for node in nodes(item) if isinstance(node, Step)]
            return f"the group of {', '.join(steps)}"


def key_text(key: RoleKey) -> str:
    """Where a place reads the key."""
    return ", ".join(
        ".".join(path) + ("?" if null else "") for path, null in zip(key.paths, key.null_is_key, strict=True)
    )


def form_text(item: Item) -> str:
    """An item's form, as a rule author writes it."""
    mode = "" if item.link.mode == "then" else f"{item.link.mode} "
    return mode + _node(item.node)


def _node(node: Step | Group | Either | AllOf | Absence) -> str:
    match node:
        case Step():
            having = " having …" if node.having is not None else ""
            return f"{node.name}: {node.event}{_quantifier(node)}{having}{_until(node.until)}"
        case Absence():
            return f"without {'next ' if node.next else ''}{node.event}"
        case Group():
            return f"( {_sequence(node.items)} ){_quantifier(node)}{_until(node.until)}"
        case Either():
            return f"either ( {' | '.join(map(_sequence, node.alternatives))} )"
        case AllOf():
            head = "all of" if node.conjunction else f"at least {node.need} of"
            return f"{head} ( {', '.join(map(_node, node.members))} )"


def _sequence(items: tuple[Item, ...]) -> str:
    return " then ".join(map(form_text, items))


def _quantifier(node: Step | Group) -> str:
    modes = ("" if node.mode == "relaxed" else f" {node.mode}") + (
        " greedy" if isinstance(node, Step) and node.greedy else ""
    )
    bounds = {(1, 1): "", (0, 1): "?", (1, None): "+", (0, None): "*"}
    least, most = node.minimum, node.maximum
    found = bounds.get((least, most))
    if found is None:
        found = f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"
    return found + modes


def _until(until: Guard | None) -> str:
    return "" if until is None else f" until {until.event}"
