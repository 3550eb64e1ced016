"""Random sequences of steps, loops, thresholds and absences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.generated import conditions
from tests.generated.chance import Chance
from tests.generated.draft import Absence, AllOf, Either, Group, Guard, Item, Node, Step
from tests.generated.references import Kind, Known

QUANTIFIERS = (
    ("+", 5), ("*", 2), ("{2}", 2), ("{3}", 2), ("{2,}", 3), ("{2,3}", 2), ("{2,5}", 2), ("{1,3}", 2), ("{0,2}", 1),
)  # fmt: skip
OPEN = ("+", "*", "{2,}")
EMPTY = ("?", "*", "{0,2}")


class SequenceDrawer:
    """Draws the items of one rule.

    `known`: the steps drawn so far, as later expressions may refer to them; those from `near` on, of the iteration
    that is being drawn, more often than the others.
    """

    modes: tuple[tuple[str, int], ...] = (("", 80), ("next", 20))
    """How a node may follow the one before, with weights."""

    def __init__(self, chance: Chance, key: tuple[str, ...], within: int | None) -> None:
        self.chance = chance
        self.key = key
        self.within = within
        self.known: list[Known] = []
        self.near = 0
        self.lets: tuple[tuple[str, str], ...] = ()
        self.count = 0
        self.transfers = bool(key) and chance.yes(0.18)

    # ------------------------------------------------------------ sequences

    def items(self, length: int) -> tuple[Item, ...]:
        """A whole pattern of `length` nodes, with absences between and behind them."""
        found: list[Item] = []
        empty_so_far = True
        for number in range(length):
            if number and not empty_so_far and self.chance.yes(0.22):
                found += self.several(self.absence)
            item = self.item(number == 0)
            found.append(item)
            if number == 0 and self.known[-1:] and self.known[-1].kind == "one" and self.chance.yes(0.4):
                self.let(self.known[-1])
            empty_so_far = empty_so_far and may_be_empty(item.node)
        if not empty_so_far and self.chance.yes(0.22):
            found += self.several(self.trailing)
        return tuple(found)

    def let(self, step: Known) -> None:
        """A `let` over a step, which later conditions may use."""
        self.lets = (("base", f"{step.name}.v + {self.chance.number(0, 2)}"),)
        self.known.append(Known("base", "let", step.event))

    def several(self, absence: Callable[[], Absence]) -> list[Item]:
        """One absence, or two that must both hold."""
        return [Item(absence()) for _ in range(2 if self.chance.yes(0.2) else 1)]

    def item(self, first: bool) -> Item:
        """A node and how it follows the one before."""
        node = self.node()
        if first:
            return Item(node)
        mode = self.chance.weighted(self.modes)
        within = self.span(2, 12) if self.chance.yes(0.15) else None
        after = self.chance.number(1, 4) if self.chance.yes(0.4 if within and within > 4 else 0.13) else None
        if within is not None and after is not None:
            within = max(within, after)
        return Item(node, mode, within, after)

    def span(self, low: int, high: int) -> int:
        """A span in milliseconds, not longer than the header's."""
        value = self.chance.number(low, high)
        return value if self.within is None else min(value, self.within)

    # ------------------------------------------------------------ nodes

    def node(self) -> Node:
        """A step of some kind."""
        return self.chance.weighted(((self.single, 46), (self.optional, 9), (self.loop, 35), (self.threshold, 10)))()

    def name(self, kind: Kind, event: str) -> str:
        """A new step's name, entered as known."""
        self.count += 1
        name = f"p{self.count}"
        self.known.append(Known(name, kind, event))
        return name

    def event(self) -> str:
        """An event type; transfers often in some rules, so that one event plays two roles there."""
        return self.chance.pick("ABTTTT" if self.transfers else "AAABBBCCT")

    def by(self, event: str) -> str | None:
        """The key field of a place, None for the key's own name."""
        if not self.key:
            return None
        if event == "T":
            field = self.chance.pick(("src", "dst"))
        elif self.chance.yes(0.12):
            field = "o"
        else:
            return None
        # A null may be a key at one place and not at another.
        null = "?" if self.chance.yes(0.7 if self.key[0].endswith("?") else 0.05) else ""
        if len(self.key) == 1:
            return field + null
        return f"k = {field}{null}" if self.chance.yes(0.4) else f"({field}{null}, g)"

    def single(self) -> Step:
        """One event."""
        event = self.event()
        where = conditions.parts(self.chance, self.referable, False, event)
        return Step(self.name("one", event), event, by=self.by(event), where=where)

    def optional(self) -> Step:
        """One event or none."""
        step = self.single()
        self.known[-1] = replace(self.known[-1], kind="optional")
        return replace(step, quantifier="?")

    def loop(self) -> Step:
        """Several events."""
        event = self.event()
        quantifier = self.chance.weighted(QUANTIFIERS)
        where = conditions.parts(self.chance, self.referable, True, event)
        ends = self.chance.weighted((("", 53), ("until", 20), ("span", 14), ("until and span", 13)))
        until = self.guard(own_loop=True) if "until" in ends and quantifier in OPEN else None
        within = self.span(2, 10) if "span" in ends else None
        modes = self.loop_modes()
        return Step(self.name("many", event), event, quantifier, modes, self.by(event), where, None, within, until)

    def loop_modes(self) -> tuple[str, ...]:
        """`consecutive` and `greedy`, or not."""
        consecutive = ("consecutive",) if self.chance.yes(0.2) else ()
        return (*consecutive, "greedy") if self.chance.yes(0.25) else consecutive

    def threshold(self) -> Step:
        """A threshold step."""
        event = self.event()
        where = conditions.parts(self.chance, self.referable, False, event)
        having = conditions.having(self.chance)
        within = self.span(4, 20) if self.within is None or self.chance.yes(0.65) else None
        return Step(self.name("many", event), event, by=self.by(event), where=where, having=having, within=within)

    @property
    def referable(self) -> list[Known]:
        """What an expression picks from."""
        return self.known if not self.near else self.known + self.known[self.near :] * 2

    # ------------------------------------------------------------ guards

    def guard(self, own_loop: bool = False) -> Guard:
        """The event of `until` or `cancel on`."""
        event = self.event()
        where = self.narrow(event)
        if own_loop and self.chance.yes(0.45):
            where = (*where, self.chance.pick(("count() >= 2", "sum(v) > 2", "v >= last(v)")))
        return Guard(event, self.by(event), where)

    def narrow(self, event: str) -> tuple[str, ...]:
        """Conditions, one at least."""
        return conditions.parts(self.chance, self.referable, False, event) or (conditions.plain(self.chance),)

    def absence(self) -> Absence:
        """A `without` between two steps."""
        event = self.event()
        where = self.narrow(event)
        following = self.chance.yes(0.25)
        within = self.span(2, 9) if not following and self.chance.yes(0.3) else None
        return Absence(event, following, self.by(event), where, within)

    def timed(self, low: int, high: int) -> Absence:
        """A `without` with a span of its own."""
        return replace(self.absence(), next=False, within=self.span(low, high))

    def trailing(self) -> Absence:
        """A `without` at the end."""
        absence = self.absence()
        if self.chance.yes(0.15):
            return replace(absence, next=True, within=None)
        if not absence.next and (self.within is None or self.chance.yes(0.3)):
            return replace(absence, within=self.span(2, 12))
        return absence


def may_be_empty(node: Node) -> bool:
    """Whether a node can be passed without an event."""
    match node:
        case Step(quantifier=quantifier):
            return quantifier in EMPTY
        case Group(items=items, quantifier=quantifier):
            return quantifier in EMPTY or all(may_be_empty(item.node) for item in items)
        case Absence():
            return True
        case Either(alternatives=alternatives):
            return any(all(may_be_empty(item.node) for item in items) for items in alternatives)
        case AllOf(members=members, need=need):
            return need is not None and sum(isinstance(member, Absence) for member in members) >= need
