"""Visits of groups in any order that gather events: a run is visited once for all its items.

The generated code says which items' conditions the event meets and whether it may be passed by; what follows from
that is in `engine/gathering.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

from cep.plan.nfa import START, Edge, Gathering
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import Part, Test, gates_of
from cep.plan.source.lines import Lines, joined
from cep.plan.source.waits import WaitWriter


@dataclass(frozen=True, slots=True)
class Greed:
    """What a greedy loop before a group says of an event: that it wants it, or that its `until` ends the greed; `left`:
    by way in, the one that is left then."""

    test: Test
    left: dict[int, int] | None = None


class GatherWriter:
    """Writes the visits of one group for one event type. `writer` writes the tests of single waits."""

    def __init__(self, context: RuleContext, writer: WaitWriter, lines: Lines, gathering: Gathering) -> None:
        self.context = context
        self.writer = writer
        self.lines = lines
        self.gathering = gathering
        self.waits = context.automaton.waits

    def write(self) -> dict[int, tuple[str, ...] | None]:
        """All visits; by wait the gates under which it is made, None for every event the rule sees."""
        touched: dict[int, tuple[str, ...] | None] = {}
        for indices in (*self.left_first(), self.gathering.inside):
            way = [self.waits[index] for index in indices]
            if way[0].source != START:
                gates = self.visit(way)
                touched |= {wait.index: gates for wait in way}
        return touched

    def left_first(self) -> Iterable[tuple[int, ...]]:
        """The ways in; what is left of one before it, lest a run that moves there be visited twice."""
        entries = self.gathering.entries
        way_of = {index: number for number, way in enumerate(entries) for index in way}
        left = {
            number: {way_of[i] for index in way for i in self.waits[index].left} for number, way in enumerate(entries)
        }
        return [entries[number] for number in TopologicalSorter(left).static_order()]

    def visit(self, way: list[Edge]) -> tuple[str, ...] | None:
        """The visit of the runs that wait at any of these."""
        entering = way[0].index not in self.gathering.inside
        like = next((wait for wait in way if wait.hold is None), way[0])
        takes = {wait.index: test for wait in way if (test := self.writer.take_test(wait)) is not None}
        ends = [*self.writer.greedy(like), *self.writer.untils(like, first=False)]
        kills = self.writer.kills(like)
        softs = [] if entering else self.softs()
        greeds = [] if entering else self.greeds()
        closed = {loop: test for loop, _ in like.closed for test in self.writer.closing(like, loop)}
        strict = entering and (like.contiguity == "next" or bool(like.nexts or like.barred))
        always = strict or (not entering and any(i.mode == "consecutive" for i in self.gathering.items))
        tests = [*takes.values(), *ends, *kills, *softs, *closed.values(), *(greed.test for greed in greeds)]
        if not tests and not always:
            return ()
        gates = None if always else tuple(dict.fromkeys(gates_of(tests)))
        occupied = joined([f"waits[{wait.index}]" for wait in way], "or")
        opened = occupied if gates is None else f"({occupied}) and ({joined(list(gates), 'or')})"
        indices, mask = tuple(wait.index for wait in way), sum(1 << wait.index for wait in way)
        joint = self.gathering.joint
        with (
            self.lines.block(f"if {opened}:  # {self.writer.describe(way[0])}"),
            self.lines.block(f"for run in together(waits, {indices}, {mask}):"),
        ):
            self.probe(way[0])
            if ends:
                entry = like.index if entering else -1
                self.lines.add(f"if {either(ends)}:", f"    close_{joint}(ks, run, {entry})", "    continue")
            self.lines.add("fits = []")
            self.fits(takes)
            if entering:
                self.lines.add(f"barred = {either(kills)}", "hit = wanted = False")
            else:
                self.lines.add(f"hit = {either(kills)}")
                self.ask_before(softs, greeds)
            call = f"gather_{joint}(ks, run, rec, {like.index if entering else -1}, fits, barred, wanted, hit, born)"
            self.lines.add(call) if always else self.lines.add("if fits or barred or wanted or hit:", f"    {call}")
            self.move(way, closed)
        return gates

    def fits(self, takes: dict[int, Test]) -> None:
        """Note the items whose conditions are met."""
        by_text: dict[tuple[int, str], int] = {}
        for index, test in takes.items():
            target = self.waits[index].target
            by_text[target, test.text()] = by_text.get((target, test.text()), 0) | 1 << index
        for (target, text), mask in by_text.items():
            condition = f"run.live & {mask} and {text}"
            if self.context.instrument:
                name = self.context.automaton.states[target].name
                condition = (
                    f"run.live & {mask} and probe.guard({self.context.rule.name!r}, {name!r}, bool({text}), run, rec)"
                )
            self.lines.add(f"if {condition}:", f"    fits.append({target})")

    def entered(self) -> Iterator[tuple[tuple[int, ...], Edge]]:
        """The ways by which a run may have come into the group, each with a wait of it."""
        for way in self.gathering.entries:
            like = next((w for i in way if (w := self.waits[i]).hold is None), None)
            if like is not None and like.source != START:
                yield way, like

    def softs(self) -> list[Test]:
        """Inside, the absences before the group: where what came first may turn out to be no part of the match."""
        return [
            test.behind(Part(f"parts.entry in {way}"))
            for way, like in self.entered()
            for test in self.writer.kills(like)
        ]

    def greeds(self) -> list[Greed]:
        """Inside, the greedy loops before the group, for the same reason: what they want, and what closes them."""
        found = []
        for way, like in self.entered():
            here = Part(f"parts.entry in {way}")
            found += [Greed(test.behind(here)) for test in self.writer.greedy(like)]
            for loop, _ in like.closed:
                left = {wait: dict(self.waits[wait].closed)[loop] for wait in way}
                found += [Greed(test.behind(here), left) for test in self.writer.closing(like, loop)]
        return found

    def ask_before(self, softs: list[Test], greeds: list[Greed]) -> None:
        """Ask the run as it was before the group: a loop has had no element since, nor has an iteration begun."""
        if not softs and not greeds:
            self.lines.add("barred = wanted = False")
            return
        self.lines.add(f"parts, inner = run.parts[{-1 - self.gathering.joint}], run", "run = parts.base")
        self.lines.add(f"barred = {either(softs)}")
        self.lines.add(f"wanted = {either([greed.test for greed in greeds if greed.left is None])}")
        for greed in greeds:
            if greed.left is not None:
                self.lines.add(f"if {greed.test.text()}:", f"    parts.entry = {greed.left}[parts.entry]")
        self.lines.add("run = inner")

    def probe(self, wait: Edge) -> None:
        """Tell the probe which run is looked at."""
        if self.context.instrument:
            self.lines.add(f"probe.visited({self.context.rule.name!r}, {wait.index}, run, rec)")

    def move(self, way: list[Edge], closed: dict[int, Test]) -> None:
        """A run that waits on does so at what is left of its waits."""
        self.lift(way, closed)
        if any(wait.twin is not None for wait in way):
            self.shift((wait, wait.twin) for wait in way if wait.twin is not None)

    def lift(self, way: list[Edge], closed: dict[int, Test]) -> None:
        """The greed of the loops that this event closes is over; it may close several."""
        for loop, test in closed.items():
            left = [(wait, index) for wait in way for closes, index in wait.closed if closes == loop]
            with self.lines.block(f"if {either([test])}:"):
                self.shift(left)
                self.lift([self.waits[index] for _, index in left], {o: t for o, t in closed.items() if o > loop})
                self.lines.add("continue")

    def shift(self, moves: Iterable[tuple[Edge, int]]) -> None:
        """From each wait to what is left of it."""
        for wait, left in moves:
            self.lines.add(f"if run.live & {1 << wait.index}:")
            self.lines.add(f"    run.live ^= {1 << wait.index | 1 << left}", f"    ks.put({left}, run)")


def either(tests: list[Test]) -> str:
    """Whether any of the tests holds."""
    return f"bool({joined([t.text() for t in tests], 'or')})" if tests else "False"
