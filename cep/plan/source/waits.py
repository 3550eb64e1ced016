"""What one event does at one place where runs wait (LANGUAGE sections 4.3 and 4.7)."""

from __future__ import annotations

from cep.language.resolved import Expression
from cep.plan.nfa import Edge, Place
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import GuardWriter, Test, gates_of
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Loop
from cep.plan.source.states import test_of
from cep.plan.source.visits import IndexedVisit, Visit

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
        for index, conditions in wait.barred:
            for test in self.absences(wait, (index,), armed=False):
                rest = " and ".join(part for part in (test_of(conditions), test.rest) if part)
                tests.append(Test(test.gate, rest))
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
            hold = wait.hold
            self.lines.add(f"run.c{hold.counter} = {ENDED}")
            # Other branches of the run have not entered the group yet.
            joint = [w for w in self.context.automaton.waits if w.joint == wait.joint and w.source == wait.source]
            group = sum(1 << w.index for w in joint) if wait.joint is not None else 1 << wait.index
            failed = " + ".join(f"(run.c{counter} == {ENDED})" for counter in hold.counters)
            if hold.spare:
                with self.lines.block(f"if {failed} <= {hold.spare}:"):
                    self.lines.add(f"close(ks, run, {1 << wait.index})", "continue")
            self.lines.add(f"close(ks, run, {group})")
        return tuple(t.gate for t in tests)

    # ------------------------------------------------------------ the visit

    def visit(self, wait: Edge) -> tuple[str, ...] | None:
        """The visit of one wait; the gates under which it is made, None for every event the rule sees."""
        take = self.take_test(wait)
        kills = self.absences(wait, wait.absences)
        untils = self.untils(wait, first=True)
        closers = self.untils(wait, first=False)
        greedy = self.greedy(wait)
        closed = [] if wait.closed is None else [t for g in wait.greedy for t in self.closing(wait, g)]
        strict = wait.contiguity == "next" or bool(wait.nexts or wait.barred)
        tests = [*([take] if take else []), *kills, *untils, *closers, *greedy, *closed]
        if not tests and not strict:
            return ()
        gates = None if strict else tuple(dict.fromkeys(t.gate for t in tests))
        body = Visit(self, wait, take, kills, untils, closers, greedy, closed)
        if wait.index in self.context.indexes:
            IndexedVisit(self, wait, body).write()
        elif gates is None:
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

    def take_test(self, wait: Edge, without: Expression | None = None) -> Test | None:
        """Whether the event fits the step waited for; `without` is a part that an index has answered."""
        state = self.context.target(wait)
        if state is None or state.place.event != self.event:
            return None
        loop: Loop = "more" if wait.kind == "more" else "first"
        test = self.guards.test(state.place, state, loop, started=True, without=without, cleared=wait.clears)
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
            test = self.guards.test(
                place, None, "without", started=True, groups=place.groups, partly=self.is_inside(wait, place)
            )
            if armed and place.within is not None and index not in wait.nexts:
                in_time = f"t - run.rec[0] <= {place.within}"
                test = Test(test.gate, f"{in_time} and {test.rest}" if test.rest else in_time)
            tests.append(test)
        for index, conditions in wait.guarded if indices is wait.absences else ():
            for test in self.absences(wait, (index,)):
                reachable = test_of(conditions)
                rest = " and ".join(part for part in (reachable, test.rest) if part)
                tests.append(Test(test.gate, rest))
        return tests

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
                tests.append(self.until_test(bound.until, "first" if first else "without"))
        return tests

    def until_test(self, until: int, loop: Loop, started: bool = True) -> Test:
        """An until guard; before the first element its loop is empty."""
        place = self.context.automaton.untils[until]
        own = None if place.step is None else self.context.automaton.states[place.step]
        if own is not None and loop == "first":
            return self.guards.empty_loop(place, own, started)
        return self.guards.test(place, own, "without", started=True, groups=place.groups)

    def greedy(self, wait: Edge, started: bool = True) -> list[Test]:
        """The greedy loops whose condition ends this wait, unless the event closes the loop."""
        tests = []
        for index in wait.greedy:
            state = self.context.automaton.states[index]
            if state.place.event == self.event:
                loop: Loop = "more" if wait.source == index else "first"
                test = self.guards.test(state.place, state, loop, started=started)
                lifted = [t.text() for t in self.closing(wait, index, started)]
                rest = [*([test.rest] if test.rest else []), *(f"not ({t})" for t in lifted)]
                tests.append(Test(test.gate, " and ".join(rest)))
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
