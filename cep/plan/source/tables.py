"""Which rules of an event type are found by tables: by the constant a field equals, by the thresholds it passes.

With few rules the tables would cost more than to look at each rule. A field of few constants (a status, a flag) opens
the gates of many rules at once, and no table over it pays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cep.plan.registers import bare
from cep.plan.source.anchors import Anchor, anchors
from cep.plan.source.entry import Entry

FEW = 8
"""Rules of an event type, up to which each is looked at."""
FEW_CONSTANTS = 4
"""Different constants of a field, below which a table over it would find too many rules."""

AN_EQUALITY = 1_000_000
"""How much more an equality is worth."""

Column = tuple[tuple[str, ...], str]
"""A field and how it is compared: one table."""


@dataclass(frozen=True, slots=True)
class Tabled:
    """A rule that tables find, by any of these anchors."""

    entry: Entry
    anchors: tuple[Anchor, ...]


def tabled(entries: list[Entry]) -> list[Tabled]:
    """The rules of one event type that are worth to be found by tables."""
    if len(entries) <= FEW:
        return []
    choices = [choice for entry in entries if (choice := of_entry(entry)) is not None]
    worth = worthwhile(anchor for _, gates in choices for gate in gates for choice in gate for anchor in choice)
    found = []
    for entry, gates in choices:
        best = [max(gate, key=lambda choice: value_of(choice, worth)) for gate in gates]
        if all(value_of(choice, worth) for choice in best):
            found.append(Tabled(entry, tuple(dict.fromkeys(anchor for choice in best for anchor in choice))))
    return found if len(found) > FEW else []


def of_entry(entry: Entry) -> tuple[Entry, list[list[tuple[Anchor, ...]]]] | None:
    """The choices of each gate that lets an event in; None where a rule has to see every event."""
    needed = entry.needed()
    if needed is None or len(entry.function.gates.roles) != 1 or not entry.is_shareable:
        return None
    gates = [anchors(gate.condition) for gate in entry.function.gates.gates if gate.name in needed]
    return (entry, gates) if gates and all(gates) else None


def worthwhile(found: Iterable[Anchor]) -> Counter[Column]:
    """By column, how many different constants it has; without those that tell too few rules apart."""
    constants: dict[Column, set[str]] = {}
    for anchor in found:
        constants.setdefault(column(anchor), set()).update(bare(constant) for constant in anchor.constants)
    return Counter({key: len(known) for key, known in constants.items() if len(known) >= FEW_CONSTANTS})


def column(anchor: Anchor) -> Column:
    """The table an anchor belongs to."""
    return anchor.path, anchor.test


def value_of(choice: tuple[Anchor, ...], worth: Counter[Column]) -> int:
    """How well a choice tells rules apart; 0: not well enough. An equality is worth more than any order."""
    return min(worth[column(anchor)] * (AN_EQUALITY if anchor.test == "==" else 1) for anchor in choice)
