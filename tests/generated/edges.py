"""Which shapes a rule has where its parts meet: absences at the edges of what nests, three levels of nesting, and items
of several events in groups in any order."""

from __future__ import annotations

from collections.abc import Iterator

from tests.generated.draft import Absence, AllOf, Either, Group, Item, Node, Step

EDGES = (
    "without at the head of a group", "without at the tail of a group",
    "without at the head of an iteration", "without at the tail of an iteration",
    "without at the head of an alternative", "without at the tail of an alternative",
    "without next at an edge", "without with a span at an edge", "without behind a loop at an edge",
    "three levels of nesting",
    "consecutive {n} in any order", "combinations {n} in any order", "{n} with a span in any order",
)  # fmt: skip


def edges(items: tuple[Item, ...]) -> frozenset[str]:
    """Those of `EDGES` that a pattern has."""
    deep = ("three levels of nesting",) if _depth(items) >= 3 else ()
    return frozenset((*_of_items(items), *deep))


def _depth(items: tuple[Item, ...]) -> int:
    """How deep groups, alternatives and conjunctions stand in one another."""
    return max((_depth_of(item.node) for item in items), default=0)


def _depth_of(node: Node) -> int:
    match node:
        case Group(items=items):
            return 1 + _depth(items)
        case Either(alternatives=alternatives):
            return 1 + max(map(_depth, alternatives))
        case AllOf():
            return 1
        case Step() | Absence():
            return 0


def _of_items(items: tuple[Item, ...]) -> Iterator[str]:
    for number, item in enumerate(items):
        match item.node:
            case Group(items=inside, quantifier=quantifier):
                whole = "a group" if quantifier in ("", "?") else "an iteration"
                yield from _of_edges(inside, whole, items[number - 1].node if number else None)
                yield from _of_items(inside)
            case Either(alternatives=alternatives):
                for inside in alternatives:
                    if len(inside) > 1:
                        yield from _of_edges(inside, "an alternative", items[number - 1].node if number else None)
                    yield from _of_items(inside)
            case AllOf(members=members):
                yield from (name for member in members if isinstance(member, Step) for name in _of_member(member))


def _of_edges(items: tuple[Item, ...], whole: str, before: Node | None) -> Iterator[str]:
    """The absences at the edges of a sequence; `before`: what stands before it."""
    behind = [item.node for item in reversed(items) if not isinstance(item.node, Absence)]
    for edge, absence, node in (("head", items[0].node, before), ("tail", items[-1].node, behind[0])):
        if not isinstance(absence, Absence):
            continue
        yield f"without at the {edge} of {whole}"
        if absence.next:
            yield "without next at an edge"
        if absence.within is not None:
            yield "without with a span at an edge"
        if isinstance(node, Step | Group) and node.quantifier not in ("", "?"):
            yield "without behind a loop at an edge"


def _of_member(member: Step) -> Iterator[str]:
    yield from (f"{mode} {{n}} in any order" for mode in member.modes)
    if member.quantifier and member.within is not None:
        yield "{n} with a span in any order"
