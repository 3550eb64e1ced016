"""What one event does at one place where runs wait (LANGUAGE sections 4.3 and 4.7)."""

from __future__ import annotations

from cep.plan.nfa import Edge, State
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import GuardWriter, Test
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Loop

ENDED = 1 << 20
"""The counter of a conjunction's absence that was hit: no edge asks for so many."""


class WaitWriter:
    """Writes the visits of one step function."""

    def __init__(self, context: RuleContext, guards: GuardWriter, lines: Lines, event: int) -> None:
        self.context = context
        self.guards = guards
        self.lines = lines
        self.event = event

    # ------------------------------------------------------------ without next

    def forbidden_next(self, wait: Edge) -> tuple[str, ...]:
        """A hit on the very next event ends the run, before anything takes it."""
        tests = self.absences(wait, wait.nexts)
        if not tests:
            return ()
        hit = joined([t.text() for t in tests], "or")
        with self.lines.block(f"if {joined(gates_of(tests), 'or')}:"), self.lines.block(self.each(wait)):
            self.lines.add(f"if run.live & {1 << wait.index} and ({hit}):", "    ks.kill(run)")
        return tuple(t.gate for t in tests)

    # ------------------------------------------------------------ absences of a group

    def broken(self, wait: Edge) -> tuple[str, ...]:
        """A hit of an absence that has to hold ends the item, or the run, before anything takes the event."""
        assert wait.hold is not None
        tests = self.absences(wait, (wait.hold.absence,), armed=False)
        if not tests:
            return ()
        hit = joined([t.text() for t in tests], "or")
        with (
            self.lines.block(f"if {joined(gates_of(tests), 'or')}:"),
            self.lines.block(self.each(wait)),
            self.lines.block(f"if run.live & {1 << wait.index} and ({hit}):"),
        ):
            if wait.hold.ends_run:
                self.lines.add("ks.kill(run)")
            else:
                if wait.hold.ended is not None:
                    self.lines.add(f"run.c{wait.hold.ended} = {ENDED}")
                self.lines.add(f"close(ks, run, {1 << wait.index})")
        return tuple(t.gate for t in tests)

    # ------------------------------------------------------------ the visit

    def visit(self, wait: Edge) -> tuple[str, ...] | None:
        """The visit of one wait; the gates under which it is made, None for every event the rule sees."""
        take = self.take_test(wait)
        kills = self.absences(wait, wait.absences)
        untils = [] if wait.target < 0 else self.untils(wait)
        greedy = self.greedy(wait)
        strict = wait.contiguity == "next" or bool(wait.nexts)
        tests = [*([take] if take else []), *kills, *untils, *greedy]
        if not tests and not strict:
            return ()
        gates = None if strict else tuple(dict.fromkeys(t.gate for t in tests))
        body = Visit(self, wait, take, kills, untils, greedy)
        if gates is None:
            with self.lines.block(f"if waits[{wait.index}]:  # {self.describe(wait)}"):
                body.write()
        else:
            with self.lines.block(
                f"if waits[{wait.index}] and ({joined(list(gates), 'or')}):  # {self.describe(wait)}"
            ):
                body.write()
        return gates

    def describe(self, wait: Edge) -> str:
        """The wait in words."""
        states = self.context.automaton.states
        target = states[wait.target].name if wait.target >= 0 else wait.kind
        return f"{states[wait.source].name} -> {target}"

    def each(self, wait: Edge) -> str:
        """The loop over the runs that wait."""
        return f"for run in waits[{wait.index}]:"

    # ------------------------------------------------------------ tests

    def take_test(self, wait: Edge) -> Test | None:
        """Whether the event fits the step waited for."""
        state = self.context.target(wait)
        if state is None or state.place.event != self.event:
            return None
        loop: Loop = "more" if wait.kind == "more" else "first"
        test = self.guards.test(state.place, state, loop, started=True)
        if wait.gap_after is not None and state.having is None:
            rest = f"t - run.rec[0] >= {wait.gap_after}"
            return Test(test.gate, f"{rest} and {test.rest}" if test.rest else rest)
        return test

    def absences(self, wait: Edge, indices: tuple[int, ...], armed: bool = True) -> list[Test]:
        """The armed absences that this type of event can hit."""
        tests = []
        for index in indices:
            place = self.context.automaton.absences[index]
            if place.event != self.event:
                continue
            groups = self.context.groups_of(wait)
            test = self.guards.test(place, None, "without", started=True, groups=groups)
            if armed and place.within is not None and index not in wait.nexts:
                in_time = f"t - run.rec[0] <= {place.within}"
                test = Test(test.gate, f"{in_time} and {test.rest}" if test.rest else in_time)
            tests.append(test)
        return tests

    def untils(self, wait: Edge) -> list[Test]:
        """The until guards that close this wait."""
        tests = []
        for bound in wait.until:
            place = self.context.automaton.untils[bound.until]
            if place.event == self.event:
                tests.append(self.until_test(bound.until, "first" if bound.first else "without", wait))
        return tests

    def until_test(self, until: int, loop: Loop, wait: Edge) -> Test:
        """An until guard; before the first element its loop is empty."""
        place = self.context.automaton.untils[until]
        own = None if place.step is None else self.context.automaton.states[place.step]
        groups = self.context.groups_of(wait)
        if own is not None and loop == "first":
            return self.guards.empty_loop(place, own)
        return self.guards.test(place, own, "without", started=True, groups=groups)

    def greedy(self, wait: Edge) -> list[Test]:
        """The greedy loops whose condition ends this wait."""
        tests = []
        for index in wait.greedy:
            state = self.context.automaton.states[index]
            if state.place.event != self.event:
                continue
            loop: Loop = "more" if wait.source == index else "first"
            test = self.guards.test(state.place, state, loop, started=True)
            lifted = self.lifting(state, wait)
            if lifted:
                rest = f"{test.rest} and not ({lifted})" if test.rest else f"not ({lifted})"
                test = Test(test.gate, rest)
            tests.append(test)
        return tests

    def lifting(self, state: State, wait: Edge) -> str:
        """The until event of a greedy loop lets the next step go on."""
        for edge in self.context.automaton.waits:
            if edge.target == state.index and edge.until:
                place = self.context.automaton.untils[edge.until[0].until]
                if place.step == state.index and place.event == self.event:
                    loop: Loop = "without" if wait.source == state.index else "first"
                    return self.until_test(edge.until[0].until, loop, wait).text()
        return ""


class Visit:
    """The body of one visit."""

    def __init__(
        self,
        writer: WaitWriter,
        wait: Edge,
        take: Test | None,
        kills: list[Test],
        untils: list[Test],
        greedy: list[Test],
    ) -> None:
        self.writer = writer
        self.context = writer.context
        self.lines = writer.lines
        self.wait = wait
        self.take = take
        self.kills = kills
        self.untils = untils
        self.greedy = greedy
        self.bit = 1 << wait.index

    def write(self) -> None:
        """Each run that waits here takes the event, keeps waiting, or waits no longer."""
        index = self.wait.index
        self.lines.add("keep = []")
        with self.lines.block(self.writer.each(self.wait)):
            self.lines.add(f"if not run.live & {self.bit}:", "    continue")
            if self.context.instrument:
                self.lines.add(f"probe.visited({self.context.rule.name!r}, {index}, run, rec)")
            self.closing()
            if self.take is not None:
                self.taking(self.take)
            self.passing()
        self.lines.add(f"waits[{index}] = keep")

    def closing(self) -> None:
        """Until and greedy, before the event is tried."""
        first = any(b.first for b in self.wait.until)
        if self.untils:
            with self.lines.block(f"if {joined([t.text() for t in self.untils], 'or')}:"):
                if first:
                    # An until event that does not fit the loop's first element is skipped like any other.
                    if self.take is not None:
                        with self.lines.block(f"if {self.take.text()}:"):
                            self.close()
                    self.passing(leave=True)
                else:
                    self.close()
        if self.greedy:
            with self.lines.block(f"if {joined([t.text() for t in self.greedy], 'or')}:"):
                self.close()

    def taking(self, take: Test) -> None:
        """The event is tried on the step waited for."""
        target = self.context.target(self.wait)
        assert target is not None
        condition = take.text()
        if self.context.instrument:
            condition = f"probe.guard({self.context.rule.name!r}, {target.name!r}, bool({condition}), run, rec)"
        if target.having is not None:
            self.threshold(target, condition)
            return
        with self.lines.block(f"if {condition}:"):
            self.lines.add(f"born.append(take_{self.wait.index}(run, rec))")
            self.end_pending()
            if self.wait.joint is not None:
                self.lines.add(f"joint_{self.wait.joint}.append(run)", "keep.append(run)", "continue")
            elif self.wait.contiguity != "any":
                self.close()

    def end_pending(self) -> None:
        """A longer loop ends the pending absence of its prefix, unless every match is wanted."""
        if self.wait.kind not in ("more", "iterate") or self.context.rule.skip.kind == "nothing":
            return
        mask = sum(1 << w.index for w in self.context.automaton.waits if w.target < 0 and w.source == self.wait.source)
        if mask:
            self.lines.add(f"run.live &= ~{mask}")

    def threshold(self, target: State, condition: str) -> None:
        """A threshold step: the window slides on, so the wait stays after a match."""
        state, wait = target.index, self.wait
        span = "None" if target.window is None else str(target.window)
        strict = wait.contiguity == "next"
        with self.lines.block(f"if {condition}:"):
            self.lines.add(
                f"found = run_window(run, {wait.index}, rec, {span}, {wait.gap_after or 0}, {wait.gap_within}, "
                f"{strict}, having_{state}, ks.key)",
                "if found:",
                f"    born.append(bind(take_{wait.index}, extend_{state}, run, found))",
            )
        if strict:
            with self.lines.block(f"if not window_of(run, {wait.index}):"):
                self.close()
            self.lines.add("keep.append(run)", "continue")

    def passing(self, leave: bool = False) -> None:
        """The event is not taken: it ends a strict wait, hits an absence, or is skipped."""
        wait = self.wait
        target = self.context.target(wait)
        windowed = target is not None and target.having is not None
        if wait.kind == "after_next" and wait.twin is None:
            self.lines.add("done.append(run)")
            self.close()
            return
        if wait.contiguity == "next" and not windowed:
            self.close()
            return
        if self.kills:
            with self.lines.block(f"if {joined([t.text() for t in self.kills], 'or')}:"):
                if windowed:
                    with self.lines.block(f"if not close_window(run, {wait.index}):"):
                        self.close()
                else:
                    self.close()
        if wait.twin is not None:
            self.lines.add(f"run.live ^= {self.bit | 1 << wait.twin}", f"waits[{wait.twin}].append(run)")
        else:
            self.lines.add("keep.append(run)")
        if leave:
            self.lines.add("continue")

    def close(self) -> None:
        """This wait of the run is over."""
        self.lines.add(f"run.live &= ~{self.bit}", "if not run.live:", "    ks.end(run)", "continue")


def gates_of(tests: list[Test]) -> list[str]:
    """The distinct gates of tests."""
    return list(dict.fromkeys(t.gate for t in tests))
