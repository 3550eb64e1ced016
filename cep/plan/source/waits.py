"""What one event does at one place where runs wait (LANGUAGE sections 4.3 and 4.7)."""

from __future__ import annotations

from cep.plan.indexing import Comparison
from cep.plan.nfa import ENDED, Edge, Hold, Place
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import GuardWriter, Part, Test, gates_of
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Loop
from cep.plan.source.states import test_of
from cep.plan.source.visits import Visit, note, seeking

WAITED = "how long they have waited"
COME = "how far they have come"
"""What an index goes by, where it is nothing that the rule's author compares."""


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
        for index, conditions in wait.barred:
            for test in self.absences(wait, (index,), armed=False):
                reached = test_of(conditions)
                tests.append(test.behind(Part(reached)) if reached else test)
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
        test = tests[0]
        # Runs of a group that gathers are found in plain lists.
        found = None if wait.joint in self.context.gathered else test.lookup()
        with self.lines.block(f"if waits[{wait.index}] and {test.gate}:"):
            test = self.hoisted(test)
            note(self.context, wait, "hold", test)
            with self.lines.block(f"if {test.gate}:"):
                if found is None:
                    self.break_each(wait, self.each(wait), test)
                else:
                    self.lines.add(f"place = waits[{wait.index}]")
                    with self.lines.block("if type(place) is not IndexedWait:"):
                        self.break_each(wait, "for run in place:", test)
                    with self.lines.block("else:"):
                        self.lines.add(seeking(self.context, wait.index, test))
                        self.break_each(wait, "for run in place.found():", test.without(found.used))
                        self.lines.add("place.put_back()")
        return tuple(t.gate for t in tests)

    def break_each(self, wait: Edge, each: str, test: Test) -> None:
        """End the item, or the run, of those that the event hits."""
        assert wait.hold is not None
        with self.lines.block(each):
            self.lines.add(f"if not run.live & {1 << wait.index}:", "    continue")
            if self.context.instrument:
                self.lines.add(f"probe.visited({self.context.rule.name!r}, {wait.index}, run, rec)")
            with self.lines.block(f"if {test.text()}:"):
                self.broken_run(wait, wait.hold)

    def spoiled(self, wait: Edge) -> tuple[str, ...]:
        """A hit of an absence that is waited for once another, at `wait`, has held: it counts from the same event."""
        gates: list[str] = []
        for later in self.context.automaton.waits:
            apart = later.hold is not None and wait.hold is not None and later.hold.counter != wait.hold.counter
            if later.source != wait.source or later.hold is None or not apart:
                continue
            for test in self.absences(later, (later.hold.absence,), armed=False, partly=True):
                with self.lines.block(f"if {test.gate}:"), self.lines.block(self.each(wait)):
                    self.spoil(wait, later.hold, test)
                gates.append(test.gate)
        return tuple(gates)

    def spoil(self, wait: Edge, later: Hold, test: Test) -> None:
        """What such a hit does to a run; where a group gathers, its last event may turn out to be an earlier one."""
        waits = f"run.live & {1 << wait.index}"
        if wait.joint in self.context.gathered and self.entry(wait) < 0:
            if later.base is None:
                noted = f"note_{wait.joint}(run, {later.counter}, {later.length}, rec)"
                self.lines.add(f"if {waits} and ({test.text()}):", f"    {noted}")
            return
        counter, in_time = f"run.c{later.counter}", f"t - run.rec[0] <= {later.length}"
        self.lines.add(
            f"if {waits} and {counter} == 0 and {in_time} and ({test.text()}):",
            f"    {counter} = {ENDED}",
        )

    def entry(self, wait: Edge) -> int:
        """The way into a gathering group by which a run waits, -1 inside."""
        ways = [way for gathering in self.context.automaton.gatherings for way in gathering.entries]
        return wait.index if any(wait.index in way for way in ways) else -1

    def broken_run(self, wait: Edge, hold: Hold) -> None:
        """What a hit does to one run."""
        self.lines.add(f"run.c{hold.counter} = {ENDED}")
        if wait.joint in self.context.gathered:
            self.lines.add(f"close(ks, run, {1 << wait.index})")
            self.lines.add(f"failed_{wait.joint}(ks, run, {self.entry(wait)}, t)", "continue")
            return
        # Other branches of the run have not entered the group yet.
        way = (wait.source, wait.joint, wait.way)
        joint = [w for w in self.context.automaton.waits if (w.source, w.joint, w.way) == way]
        group = sum(1 << w.index for w in joint) if wait.joint is not None else 1 << wait.index
        failed = " + ".join(f"(run.c{counter} == {ENDED})" for counter in hold.counters)
        if hold.spare:
            with self.lines.block(f"if {failed} <= {hold.spare}:"):
                self.lines.add(f"close(ks, run, {1 << wait.index})", "continue")
        self.lines.add(f"close(ks, run, {group})")

    # ------------------------------------------------------------ the visit

    def visit(self, wait: Edge) -> tuple[str, ...] | None:
        """The visit of one wait; the gates under which it is made, None for every event the rule sees."""
        take = self.take_test(wait)
        kills = self.kills(wait)
        untils = self.untils(wait, first=True)
        closers = self.untils(wait, first=False)
        greedy = self.greedy(wait)
        closed = [test for loop, _ in wait.closed for test in self.closing(wait, loop)]
        strict = wait.contiguity == "next" or bool(wait.nexts or wait.barred)
        tests = [*([take] if take else []), *kills, *untils, *closers, *greedy, *closed]
        if not tests and not strict:
            return ()
        gates = None if strict else tuple(dict.fromkeys(t.gate for t in tests))
        opened = "" if gates is None else f" and ({joined(list(gates), 'or')})"
        with self.lines.block(f"if waits[{wait.index}]{opened}:  # {self.describe(wait)}"):
            known = {id(test): self.hoisted(test) for test in tests}
            parts = [[known[id(t)] for t in part] for part in (kills, untils, closers, greedy, closed)]
            body = Visit(self, wait, None if take is None else known[id(take)], *parts)
            if strict or not any(test.once for test in tests):
                body.write(strict)
            else:
                with self.lines.block(f"if {joined(gates_of(list(known.values())), 'or')}:"):
                    body.write(strict)
        return gates

    def hoisted(self, test: Test) -> Test:
        """What is the same for every run of the key is asked once."""
        if not test.once:
            return test
        local = self.guards.fresh()
        self.lines.add(f"{local} = {test.gate} and {test.once}")
        return test.hoisted(local)

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
        test = self.guards.test(state.place, state, loop, started=True, cleared=wait.clears)
        if wait.gap_after is not None and state.having is None:
            rest = f"t - run.rec[0] >= {wait.gap_after}"
            return test.behind(Part(rest, Comparison(">=", f"t - {wait.gap_after}", "run.rec[0]", WAITED)))
        return test

    def kills(self, wait: Edge) -> list[Test]:
        """The absences that watch over a wait, its own and those of other branches of the run."""
        tests = self.absences(wait, wait.absences)
        # An absence of a group that holds moves a waiting run on; what it has reached is no place in an index.
        fixed = all(other.hold is None for other in self.context.automaton.waits)
        for index, conditions in wait.guarded:
            for test in self.absences(wait, (index,), partly=not fixed):
                reachable = test_of(conditions)
                by = Comparison("==", "True", f"True if {reachable} else None", COME) if fixed else None
                far = Part(reachable, by)
                tests.append(test.behind(far) if reachable else test)
        return tests

    def absences(self, wait: Edge, indices: tuple[int, ...], armed: bool = True, partly: bool = False) -> list[Test]:
        """The armed absences that this type of event can hit; `partly`: not all their steps may be bound yet."""
        tests = []
        for index in indices:
            place = self.context.automaton.absences[index]
            if place.event != self.event:
                continue
            test = self.guards.test(
                place, None, "without", started=True, groups=place.groups, partly=partly or self.is_inside(wait, place)
            )
            if armed and place.within is not None and index not in wait.nexts and not self.is_alone(wait):
                in_time = f"t - run.rec[0] <= {place.within}"
                test = test.behind(Part(in_time, Comparison("<=", f"t - {place.within}", "run.rec[0]", WAITED)))
            tests.append(test)
        return tests

    def is_alone(self, wait: Edge) -> bool:
        """Whether a wait is over when its one absence is: it is armed for as long as there is a wait."""
        return wait.kind == "due" and len(wait.absences) + len(wait.guarded) == 1

    def is_inside(self, wait: Edge, place: Place) -> bool:
        """Whether a wait is inside a looped group that the guard stands behind: not all its steps may be bound yet."""
        source = self.context.automaton.states[wait.source]
        return bool(set(source.groups) - set(place.groups))

    def untils(self, wait: Edge, first: bool) -> list[Test]:
        """The until guards of a loop that waits for its `first` element, or of those that this wait is inside of."""
        tests = []
        for bound in wait.until:
            place = self.context.automaton.untils[bound.until]
            if bound.first == first and place.event == self.event:
                tests.append(self.until_test(bound.until, "first" if first else "without", cleared=wait.clears))
        return tests

    def until_test(self, until: int, loop: Loop, started: bool = True, cleared: tuple[int, ...] = ()) -> Test:
        """An until guard; before the first element its loop is empty, and so is what a new iteration has bound."""
        place = self.context.automaton.untils[until]
        own = None if place.step is None else self.context.automaton.states[place.step]
        if own is not None and loop == "first":
            return self.guards.test(place, own, "empty", started=started, groups=place.groups, cleared=cleared)
        return self.guards.test(place, own, "without", started=True, groups=place.groups, cleared=cleared)

    def greedy(self, wait: Edge, started: bool = True) -> list[Test]:
        """The greedy loops whose condition ends this wait, unless the event closes the loop."""
        tests = []
        for index in wait.greedy:
            state = self.context.automaton.states[index]
            if state.place.event == self.event:
                loop: Loop = "more" if wait.source == index else "first"
                test = self.guards.test(state.place, state, loop, started=started)
                lifted = [Part(f"not ({t.text()})") for t in self.closing(wait, index, started)]
                tests.append(test.also(*lifted))
        return tests

    def closing(self, wait: Edge, loop: int, started: bool = True) -> list[Test]:
        """The `until` of a greedy loop, if this type of event can be one."""
        for edge in self.context.automaton.waits:
            if edge.target == loop and edge.until:
                until = edge.until[0].until
                place = self.context.automaton.untils[until]
                if place.step == loop and place.event == self.event:
                    within = wait.source == loop
                    return [self.until_test(until, "without" if within else "first", started)]
        return []
