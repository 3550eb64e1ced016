"""Random patterns of the full language: groups, alternatives and conjunctions around sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.generated import conditions
from tests.generated.chance import Chance
from tests.generated.draft import Absence, AllOf, Either, Group, Item, Node, Step
from tests.generated.references import Known, reference
from tests.generated.sequences import OPEN, SequenceDrawer, may_be_empty

GROUPS = ("", 5), ("?", 4), ("+", 6), ("*", 4), ("{2}", 6), ("{2,3}", 8), ("{1,2}", 7), ("{2,}", 6)


class PatternDrawer(SequenceDrawer):
    """Draws the items of one rule."""

    modes = (("", 66), ("next", 20), ("any", 14))

    deepest = 2
    """How deep groups, alternatives and conjunctions may stand in one another."""

    nesting = 0.46
    """The share of nodes that are one of them, where it is not too deep."""

    groups: tuple[tuple[str, int], ...] = GROUPS
    """Quantifiers of groups, with weights."""

    leading = 0.15
    """The share of rules with an absence ahead."""

    repeated = 3
    """How often an item of a group in any order is one of several events, among ten or so."""

    def __init__(self, chance: Chance, key: tuple[str, ...], within: int | None) -> None:
        super().__init__(chance, key, within)
        self.depth = 0

    def items(self, length: int) -> tuple[Item, ...]:
        """Sometimes with an absence ahead, which may refer to the first step."""
        found = super().items(length)
        if not self.chance.yes(self.leading):
            return found
        first, known = found[0].node, self.known
        single = isinstance(first, Step) and not first.quantifier and not first.having
        self.known = known[:1] if single else []
        ahead = self.several(lambda: self.timed(3, 12))
        if single and self.chance.yes(0.5):
            absence = self.timed(3, 12)
            ahead[0] = Item(replace(absence, where=(reference(self.chance, known[0], absence.event),)))
        self.known = known
        return (*ahead, *found)

    def node(self) -> Node:
        """A step, or where it is not too deep sometimes something nested."""
        if self.depth >= self.deepest or not self.chance.yes(self.nesting):
            return super().node()
        forms: tuple[tuple[Callable[[], Node], int], ...] = ((self.group, 34), (self.all_of, 14), (self.either, 11))
        form = self.chance.weighted(forms)
        self.depth += 1
        try:
            return form()
        finally:
            self.depth -= 1

    def loop_modes(self) -> tuple[str, ...]:
        """Also `combinations`."""
        if self.chance.yes(0.18):
            return ("combinations", "greedy") if self.chance.yes(0.2) else ("combinations",)
        return super().loop_modes()

    # ------------------------------------------------------------ groups

    def group(self) -> Group:
        """A group of one to three items. Inside a looped one a step is that of the same iteration."""
        quantifier = self.chance.weighted(self.groups)
        looped = quantifier not in ("", "?")
        before, near = len(self.known), self.near
        self.near = before if looped else near
        body = self.body(looped)
        self.near = near
        self.known[before:] = [_outside(known, quantifier, looped) for known in self.known[before:]]
        modes = self.chance.weighted((((), 62), (("consecutive",), 20), (("combinations",), 18))) if looped else ()
        within = self.span(8, 24) if self.chance.yes(0.25 if looped else 0.1) else None
        until = self.guard() if quantifier in OPEN and self.chance.yes(0.45) else None
        return Group(body, quantifier, modes, within, until)

    def body(self, looped: bool) -> tuple[Item, ...]:
        """What stands in a group; in a looped one at least one event."""
        body = [self.item(first=True)]
        while self.chance.yes(0.6) and len(body) < 3:
            if self.chance.yes(0.3) and not may_be_empty(body[-1].node):
                body.append(Item(self.absence()))
            body.append(self.item(first=False))
        if looped and all(may_be_empty(item.node) for item in body):
            body.append(Item(self.single()))
        return tuple(body)

    # ------------------------------------------------------------ alternatives and conjunctions

    def either(self) -> Either:
        """Two or three alternatives, one of them sometimes an absence."""
        counted = bool(self.known)
        inside: list[Known] = []
        alternatives: list[tuple[Item, ...]] = []
        for number in range(self.chance.weighted(((2, 6), (3, 4)))):
            with self.apart(inside):
                if number and counted and self.chance.yes(0.35):
                    alternatives.append((Item(self.timed(2, 9)),))
                else:
                    alternatives.append(self.alternative())
        self.known += [_optional(known) for known in inside]
        return Either(tuple(alternatives), self.span(3, 12) if self.chance.yes(0.2) else None)

    def alternative(self) -> tuple[Item, ...]:
        """A sequence of one or two nodes."""
        first = Item(self.single() if self.chance.yes(0.7) else self.node())
        return (first, self.item(first=False)) if self.chance.yes(0.4) else (first,)

    def all_of(self) -> AllOf:
        """Two to four members in any order."""
        inside: list[Known] = []
        members: list[Step | Absence] = []
        for _ in range(self.chance.weighted(((2, 5), (3, 4), (4, 1)))):
            with self.apart(inside):
                if members and self.chance.yes(0.33):
                    members.append(self.timed(2, 9))
                else:
                    form = self.chance.weighted(((self.single, 5), (self.exact, self.repeated), (self.threshold, 2)))
                    members.append(form())
        need = self.chance.number(1, len(members)) if self.chance.yes(0.45) else None
        self.known += [_optional(known) for known in inside] if need is not None else inside
        return AllOf(tuple(members), need, self.span(4, 18) if self.chance.yes(0.27) else None)

    def exact(self) -> Step:
        """A step of exactly two or three events."""
        event = self.event()
        where = conditions.parts(self.chance, self.known, True, event)
        quantifier = self.chance.weighted((("{2}", 4), ("{3}", 1)))
        return Step(self.name("many", event), event, quantifier, by=self.by(event), where=where)

    @contextmanager
    def apart(self, inside: list[Known]) -> Iterator[None]:
        """What is drawn in the block is known to `inside` alone: members do not know of one another."""
        outside = list(self.known)
        yield
        inside += self.known[len(outside) :]
        self.known = outside


def _outside(known: Known, quantifier: str, looped: bool) -> Known:
    """A step as it is known behind its group."""
    if looped:
        return replace(known, kind="many")
    return _optional(known) if quantifier else known


def _optional(known: Known) -> Known:
    return replace(known, kind="optional") if known.kind == "one" else known
