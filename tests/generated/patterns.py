"""Random patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.generated import conditions
from tests.generated.conditions import Known
from tests.generated.draft import Absence, AllOf, Either, Group, Guard, Item, Node, Step

QUANTIFIERS = ("+", "+", "+", "*", "{2}", "{3}", "{2,}", "{2,}", "{2,3}", "{1,3}", "{0,2}")


class PatternDrawer:
    """Draws the items of one rule. `full`: also constructs beyond sequences of steps, loops and absences.

    `known`: the steps drawn so far, as later expressions may refer to them.
    """

    def __init__(self, rng: Random, key: tuple[str, ...], within: int | None, full: bool) -> None:
        self.rng = rng
        self.key = key
        self.within = within
        self.full = full
        self.known: list[Known] = []
        self.count = 0
        self.transfers = bool(key) and rng.random() < 0.15

    def chance(self, share: float) -> bool:
        """True in `share` of the draws."""
        return self.rng.random() < share

    # ------------------------------------------------------------ sequences

    def items(self, length: int) -> tuple[Item, ...]:
        """A whole pattern of `length` nodes, with absences between and behind them."""
        found: list[Item] = []
        if self.full and self.chance(0.08):
            found.append(Item(replace(self.absence(), next=False, within=self.span(3, 15))))
        empty_so_far = True
        for number in range(length):
            if number and not empty_so_far and self.chance(0.22):
                found += [Item(self.absence()) for _ in range(2 if self.chance(0.15) else 1)]
            item = self.item(number == 0)
            found.append(item)
            empty_so_far = empty_so_far and may_be_empty(item.node)
        if not empty_so_far and self.chance(0.2):
            found += [Item(self.trailing()) for _ in range(2 if self.chance(0.15) else 1)]
        return tuple(found)

    def item(self, first: bool) -> Item:
        """A node and how it follows the one before."""
        node = self.node()
        if first:
            return Item(node)
        mode = "next" if self.chance(0.2) else "any" if self.full and self.chance(0.15) else ""
        within = self.span(2, 12) if self.chance(0.15) else None
        after = self.rng.randint(1, 4) if self.chance(0.12) and (within is None or within > 4) else None
        return Item(node, mode, within, after)

    def span(self, low: int, high: int) -> int:
        """A span in milliseconds, not longer than the header's."""
        value = self.rng.randint(low, high)
        return value if self.within is None else min(value, self.within)

    # ------------------------------------------------------------ nodes

    def node(self) -> Node:
        """A step, or in the full language sometimes something nested."""
        forms: list[tuple[Callable[[], Node], float]] = [
            (self.single, 0.46),
            (self.optional, 0.09),
            (self.loop, 0.35),
            (self.threshold, 0.1),
        ]
        if self.full:
            forms += [(self.group, 0.16), (self.either, 0.07), (self.all_of, 0.08)]
        chosen = self.rng.choices([form for form, _ in forms], [weight for _, weight in forms])[0]
        return chosen()

    def name(self, kind: str) -> str:
        """A new step's name, entered as known."""
        self.count += 1
        name = f"p{self.count}"
        self.known.append(Known(name, kind))
        return name

    def event(self) -> str:
        """An event type; transfers often in some rules, so that one event plays two roles there."""
        return self.rng.choice("TTTTAB" if self.transfers else "AAABBBCCT")

    def by(self, event: str) -> str | None:
        """The key field of a place, None for the key's own name."""
        if not self.key:
            return None
        if event == "T":
            field = self.rng.choice(("src", "dst")) + ("?" if self.key[0].endswith("?") else "")
            return f"({field}, g)" if len(self.key) > 1 else field
        if self.chance(0.12):
            return "k = o" if len(self.key) > 1 else "o"
        return None

    def single(self) -> Step:
        """One event."""
        event = self.event()
        where = conditions.parts(self.rng, self.known, own_loop=False)
        return Step(self.name("one"), event, by=self.by(event), where=where)

    def optional(self) -> Step:
        """One event or none."""
        step = self.single()
        self.known[-1] = Known(step.name, "optional")
        return replace(step, quantifier="?")

    def loop(self) -> Step:
        """Several events."""
        event = self.event()
        quantifier = self.rng.choice(QUANTIFIERS)
        modes = []
        if self.chance(0.2):
            modes.append("consecutive")
        elif self.full and self.chance(0.15):
            modes.append("combinations")
        if self.chance(0.25):
            modes.append("greedy")
        where = conditions.parts(self.rng, self.known, own_loop=True)
        until = self.guard(own_loop=True) if quantifier in ("+", "*", "{2,}") and self.chance(0.25) else None
        within = self.span(2, 10) if self.chance(0.2) else None
        name = self.name("many")
        return Step(name, event, quantifier, tuple(modes), self.by(event), where, None, within, until)

    def threshold(self) -> Step:
        """A threshold step."""
        event = self.event()
        where = conditions.parts(self.rng, self.known, own_loop=False)
        having = conditions.having(self.rng)
        within = self.span(3, 15) if self.within is None or self.chance(0.7) else None
        return Step(self.name("many"), event, by=self.by(event), where=where, having=having, within=within)

    # ------------------------------------------------------------ guards

    def guard(self, own_loop: bool = False) -> Guard:
        """The event of `until` or `cancel on`."""
        event = self.event()
        where = conditions.parts(self.rng, self.known, own_loop=False) or (conditions.plain(self.rng),)
        if own_loop and self.chance(0.3):
            where = (*where, self.rng.choice(("count() >= 2", "sum(v) > 2", "v >= last(v)")))
        return Guard(event, self.by(event), where)

    def absence(self) -> Absence:
        """A `without` between two steps."""
        event = self.event()
        where = conditions.parts(self.rng, self.known, own_loop=False) or (conditions.plain(self.rng),)
        following = self.chance(0.25)
        within = self.span(2, 9) if not following and self.chance(0.3) else None
        return Absence(event, following, self.by(event), where, within)

    def trailing(self) -> Absence:
        """A `without` at the end."""
        absence = self.absence()
        if not absence.next and (self.within is None or self.chance(0.6)):
            return replace(absence, within=self.span(2, 12))
        return absence

    # ------------------------------------------------------------ the full language

    def group(self) -> Group:
        """A group of one to three items."""
        quantifier = self.rng.choice(("", "?", "+", "*", "{2}", "{2,3}", "{1,2}"))
        before = len(self.known)
        body = [self.item(first=True)]
        while self.chance(0.6) and len(body) < 3:
            if self.chance(0.12) and not may_be_empty(body[-1].node):
                body.append(Item(self.absence()))
            body.append(self.item(first=False))
        if quantifier not in ("", "?") and all(may_be_empty(i.node) for i in body):
            body.append(Item(self.single()))
        repeated = quantifier not in ("", "?")
        for at in range(before, len(self.known)):
            kind = "many" if repeated else "optional" if quantifier and self.known[at].kind == "one" else None
            self.known[at] = replace(self.known[at], kind=kind or self.known[at].kind)
        modes = ("consecutive",) if repeated and self.chance(0.15) else ()
        if repeated and not modes and self.chance(0.15):
            modes = ("combinations",)
        within = self.span(4, 15) if repeated and self.chance(0.15) else None
        until = self.guard() if quantifier in ("+", "*") and self.chance(0.2) else None
        return Group(tuple(body), quantifier, modes, within, until)

    def either(self) -> Either:
        """Two alternatives, one of them sometimes an absence."""
        before = len(self.known)
        first = [Item(self.single())]
        if self.chance(0.4):
            first.append(self.item(first=False))
        outside = self.known[:before]
        inside = [replace(k, kind="optional" if k.kind == "one" else k.kind) for k in self.known[before:]]
        self.known = list(outside)
        if before and self.chance(0.25):
            second = [Item(replace(self.absence(), next=False, within=self.span(2, 9)))]
        else:
            second = [Item(self.single())]
        self.known = [
            *outside,
            *inside,
            *(replace(k, kind="optional" if k.kind == "one" else k.kind) for k in self.known[before:]),
        ]
        return Either((tuple(first), tuple(second)), self.span(3, 12) if self.chance(0.15) else None)

    def all_of(self) -> AllOf:
        """Two or three members in any order."""
        outside = list(self.known)
        members: list[Step | Absence] = []
        inside: list[Known] = []
        for _ in range(self.rng.choice((2, 2, 3))):
            self.known = list(outside)
            if self.chance(0.15) and outside and members:
                members.append(replace(self.absence(), next=False, within=self.span(2, 9)))
                continue
            step = self.rng.choice((self.single, self.single, self.exact, self.threshold))()
            members.append(step)
            inside += self.known[len(outside) :]
        need = self.rng.randint(1, len(members)) if self.chance(0.4) and len(members) > 1 else None
        if need is not None:
            inside = [replace(k, kind="optional" if k.kind == "one" else k.kind) for k in inside]
        self.known = [*outside, *inside]
        return AllOf(tuple(members), need, self.span(4, 15) if self.chance(0.15) else None)

    def exact(self) -> Step:
        """A step of exactly two events."""
        event = self.event()
        where = conditions.parts(self.rng, self.known, own_loop=True)
        return Step(self.name("many"), event, "{2}", by=self.by(event), where=where)


def may_be_empty(node: Node) -> bool:
    """Whether a node can be passed without an event."""
    match node:
        case Step(quantifier=quantifier):
            return quantifier in ("?", "*", "{0,2}")
        case Group(items=items, quantifier=quantifier):
            return quantifier in ("?", "*") or all(may_be_empty(item.node) for item in items)
        case Absence():
            return True
        case Either(alternatives=alternatives):
            return any(all(may_be_empty(item.node) for item in items) for items in alternatives)
        case AllOf(members=members, need=need):
            return need is not None and sum(isinstance(member, Absence) for member in members) >= need
    return False
