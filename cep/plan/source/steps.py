"""Step functions: `step_<event>(ks, rec, g0, …)` moves the runs of one key by one event.

For every place where a run can wait, the function says what the event does there: take, skip, or end the wait. A place
that the event's type cannot touch does not appear; one whose gate is false is not visited.
"""

from __future__ import annotations

from dataclasses import dataclass

from cep.plan.expressions.constants import Constants
from cep.plan.indexing import Look
from cep.plan.nfa import START, Edge
from cep.plan.source.context import RuleContext
from cep.plan.source.gathers import GatherWriter
from cep.plan.source.guards import Gates, GuardWriter, Test
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Fresh
from cep.plan.source.visits import joint_list, seeking
from cep.plan.source.waits import WaitWriter


@dataclass(frozen=True, slots=True)
class StepFunction:
    """What the dispatch module must know: the gates to evaluate, which of them can start a run (`starts`; None:
    every event can), and for each wait that can be touched the gate that lets it be skipped (None: always visited)."""

    event: int
    gates: Gates
    starts: tuple[str, ...]
    touches: tuple[tuple[int, tuple[str, ...] | None], ...]
    everywhere: tuple[str, ...]
    """Gates of guards that touch every open run of the key (`cancel on`), whatever it waits for, or a head window."""


def write_steps(context: RuleContext, constants: Constants, lines: Lines) -> list[StepFunction]:
    """The step functions of a rule, one for each event type it sees."""
    # The first time tells which waits are indexed: by the guards of any event that a run waits for there.
    for target in (Lines(), lines):
        functions = [
            StepWriter(context, constants, target, context.events.index(e)).write() for e in context.rule.events
        ]
    return functions


class StepWriter:
    """Writes the step function of one event type."""

    def __init__(self, context: RuleContext, constants: Constants, lines: Lines, event: int) -> None:
        self.context = context
        self.lines = lines
        self.event = event
        self.gates = Gates()
        self.fresh = Fresh()
        self.guards = GuardWriter(context, constants, self.gates, self.fresh)
        self.touches: list[tuple[int, tuple[str, ...] | None]] = []

    def write(self) -> StepFunction:
        """The function."""
        # The body is written first, and one level deep, since only it tells which gates the function needs.
        body = Lines()
        outer, self.lines = self.lines, body
        with body.block("if True:"):
            joints = self.waits()
            ended = self.ends_at_head() + self.hits_at_head()
            everywhere = self.cancel()
            starts = self.starts()
            self.cancel_windows()
        self.lines = outer
        for over in self.context.rule.over:
            if self.context.events.index(over.event) == self.event:
                self.gates.role(over.key)
        self.roles_of_starts()
        self.head()
        self.lines.add(*body.text().splitlines()[1:])
        self.tail(joints)
        return StepFunction(self.event, self.gates, starts, tuple(self.touches), everywhere + ended)

    def roles_of_starts(self) -> None:
        """Where no event begins a partial match any more, those that did are still seen: `next` looks at them."""
        automaton = self.context.automaton
        if automaton.starts:
            return
        for place in (*(state.place for state in automaton.states), *automaton.absences):
            if place.event == self.event:
                self.gates.role(place.key)

    def head(self) -> None:
        """Signature and locals."""
        name = self.context.events[self.event]
        gates = "".join(f", {g.name}" for g in self.gates.gates)
        self.lines.add(f"def step_{self.event}(ks, rec{gates}):  # {name}")
        self.lines.add("    ev = rec[6]", "    t = rec[0]", "    waits = ks.waits", "    born = []", "    done = []")
        if self.guards.uses_key or any(s.having is not None for s in self.context.automaton.states):
            self.lines.add("    key = ks.key")

    def tail(self, joints: dict[str, int]) -> None:
        """Close joint waits, and hand over what moved."""
        for runs, mask in joints.items():
            self.lines.add(f"    for run in {runs}:", "        close(ks, run, " + str(mask) + ")")
        held = " or ks.done" if self.context.rule.skip.in_start_order else ""
        if self.context.rule.report == "early":
            self.lines.add(f"    if born or done or not ks.open{held}:", "        settle(ks, born, done, t)", "")
        else:
            # A loop that can take no more is told even where nothing else has moved.
            self.lines.add("    settle(ks, born, done, t)", "")

    # ------------------------------------------------------------ waiting runs

    def waits(self) -> dict[str, int]:
        """What the event does at every place it touches; the lists of runs that joint waits take, with their masks."""
        joints: dict[str, int] = {}
        waits = [w for w in self.context.automaton.waits if w.source != START]
        single = [w for w in waits if w.joint not in self.context.gathered]
        writer = WaitWriter(self.context, self.guards, self.lines, self.event)
        for wait in single:
            if wait.joint is not None and wait.target >= 0:
                runs = joint_list(wait.joint, wait.way)
                if runs not in joints and self.targets(wait):
                    self.lines.add(f"{runs} = []")
                    joints[runs] = sum(1 << w.index for w in waits if (w.joint, w.way) == (wait.joint, wait.way))
        for wait in waits:
            if wait.nexts or wait.barred:
                self.touched(wait, writer.forbidden_next(wait))
            if wait.hold is not None:
                self.touched(wait, writer.spoiled(wait))
                self.touched(wait, writer.broken(wait))
        for wait in twins_first(single):
            self.touched(wait, writer.visit(wait))
        for gathering in self.context.automaton.gatherings:
            for index, gates in GatherWriter(self.context, writer, self.lines, gathering).write().items():
                self.touched(self.context.automaton.waits[index], gates)
        return joints

    def targets(self, wait: Edge) -> bool:
        """Whether a wait can take this type of event."""
        target = self.context.target(wait)
        return target is not None and target.place.event == self.event

    def touched(self, wait: Edge, gates: tuple[str, ...] | None) -> None:
        """Note that the event may touch a wait: under any of `gates`, or always (None); () is never."""
        if gates != ():
            self.touches.append((wait.index, gates))

    def cancel(self) -> tuple[str, ...]:
        """`cancel on`: ends every run that did not take the event, and open windows at the head."""
        place = self.context.automaton.cancel
        if place is None or place.event != self.event:
            return ()
        test = self.guards.test(place, None, "without", started=True)
        if any(w.kind == "after_next" for w in self.context.automaton.waits):
            # What the next event would have completed was still open.
            self.lines.add(
                f"if {test.gate} and done:", f"    done = [run for run in done if not ({test.rest or 'True'})]"
            )
        opened = f"{test.gate} and {test.once}" if test.once else test.gate
        with self.lines.block(f"if {opened}:"):
            self.cancelled(test.hoisted("True"))
        if self.context.rule.report == "final":
            # A loop that this event has ended waited for more until now.
            self.lines.add("for run in [growth.latest for growth in ks.growths or ()]:")
            self.lines.add(f"    if {test.text()}:", "        cancel_growth(ks, run, born)")
        return (test.gate,)

    def cancelled(self, test: Test) -> None:
        """End the open runs that `cancel on` hits: all, or those that an index over them finds."""
        place, everywhere = self.context.automaton.cancel, self.context.everywhere
        found = test.lookup()
        assert place is not None
        used = () if found is None else found.used
        left = test.without(used)
        self.context.looks[everywhere, "cancel", place] = Look(found is None, used, test.left(used))
        if found is None:
            self.cancel_each("ks.live_runs()", test)
            return
        self.lines.add(f"place = waits[{everywhere}]")
        call = seeking(self.context, everywhere, test)
        with self.lines.block("if type(place) is not IndexedWait:"):
            self.cancel_each("ks.live_runs()", test)
        with self.lines.block("else:"):
            self.lines.add(call)
            self.cancel_each("place.found()", left)
            self.lines.add("place.put_back()")

    def cancel_each(self, runs: str, test: Test) -> None:
        """End those of some runs that `cancel on` hits."""
        states = self.context.automaton.states
        with self.lines.block(f"for run in {runs}:"):
            if self.context.instrument:
                self.lines.add(f"probe.visited({self.context.rule.name!r}, {self.context.everywhere}, run, rec)")
            with self.lines.block(f"if {' and '.join(['run.live', *(part.text for part in test.parts)])}:"):
                windows = [
                    w for w in self.context.automaton.waits if w.target >= 0 and states[w.target].having is not None
                ]
                if windows:
                    plain = [w for w in windows if w.source >= 0 and w.joint not in self.context.gathered]
                    places = ", ".join(f"({1 << w.index}, {w.window}, {states[w.target].window})" for w in plain)
                    self.lines.add(f"cancel_run(ks, run, rec, ({places}{',' if places else ''}))")
                else:
                    self.lines.add("ks.kill(run)")
                if self.context.rule.report == "final":
                    self.lines.add("cancel_growth(ks, run, born)")

    def cancel_windows(self) -> None:
        """Elements at the head of the rule are partial matches too; those go on that took the event."""
        place, automaton = self.context.automaton.cancel, self.context.automaton
        heads = [i for i in automaton.starts if automaton.states[automaton.waits[i].target].having is not None]
        if place is None or place.event != self.event or not heads:
            return
        test = self.guards.test(place, None, "without", started=False)
        with self.lines.block(f"if {test.text()}:"):
            plain = [i for i in heads if automaton.waits[i].joint not in self.context.gathered]
            joints = sorted({automaton.waits[i].joint or 0 for i in heads if i not in plain})
            self.lines.add(*(f"cancel_window(ks, {index}, rec)" for index in plain))
            self.lines.add(*(f"head_{joint}.cancel(ks, rec)" for joint in joints))

    # ------------------------------------------------------------ new runs

    def starts(self) -> tuple[str, ...]:
        """New runs that begin with this event."""
        edges = [self.context.automaton.waits[i] for i in self.context.automaton.starts]
        edges = [e for e in edges if self.targets(e)]
        gates: list[str] = []
        heads: dict[int, list[tuple[str, int]]] = {}
        if edges:
            self.lines.add("start = None")
        for edge in edges:
            state = self.context.automaton.states[edge.target]
            test = self.guards.test(state.place, state, "first", started=False)
            gates.append(test.gate)
            greedy = self.not_greedy(edge)
            conditions = [test.text(), *self.not_until(edge), *greedy]
            if edge.joint is not None and edge.joint in self.context.gathered:
                heads.setdefault(edge.joint, []).append((joined(conditions, "and"), edge.target))
                continue
            if state.having is None:
                conditions += self.not_forbidden(edge, "rec")
            with self.lines.block(f"if {joined(conditions, 'and')}:"):
                if state.having is not None:
                    self.head_window(edge)
                else:
                    self.lines.add(
                        "if start is None:",
                        "    start = Start(rec)",
                        f"born.append(take_{edge.index}(start, rec))",
                    )
        for joint, fits in heads.items():
            self.lines.add("fits = []")
            for condition, target in fits:
                self.lines.add(f"if {condition}:", f"    fits.append({target})")
            self.lines.add("if fits:", f"    start = head_{joint}.begin(ks, rec, fits, start, born)")
        gates += self.remember()
        return tuple(dict.fromkeys(gates))

    def not_forbidden(self, edge: Edge, first: str) -> list[str]:
        """The conditions of a leading `without` on the event that would start a run."""
        return [f"not leads_{a}_{edge.index}(ks, {first})" for a in self.context.automaton.leading]

    def remember(self) -> list[str]:
        """Keep what a leading `without` must know of later; an event does not forbid the run it starts itself."""
        gates = []
        for index in self.context.automaton.leading:
            place = self.context.automaton.absences[index]
            if place.event == self.event:
                gate = self.gates.of(place)
                gates.append(gate)
                self.lines.add(f"if {gate}:", f"    ks.remember({index}, rec, {place.within})")
        return gates

    def not_until(self, edge: Edge) -> list[str]:
        """A loop does not begin with the event that would close it."""
        return [f"not ({t.text()})" for t in self.untils(edge)]

    def untils(self, edge: Edge) -> list[Test]:
        """The `until` guards of the loops that an event may begin."""
        tests: list[Test] = []
        for bound in edge.until:
            place = self.context.automaton.untils[bound.until]
            if place.event == self.event:
                own = None if place.step is None else self.context.automaton.states[place.step]
                tests.append(self.guards.test(place, own, "empty", started=False))
        return tests

    def ends_at_head(self) -> tuple[str, ...]:
        """Elements of a threshold at the head wait for more: what fits a greedy loop before it, and the `until` of a
        group around it, end that wait."""
        gates: list[str] = []
        automaton = self.context.automaton
        for edge in (automaton.waits[i] for i in automaton.starts):
            if automaton.states[edge.target].having is None:
                continue
            writer = WaitWriter(self.context, self.guards, self.lines, self.event)
            for test in (*writer.greedy(edge, started=False), *self.untils(edge)):
                gates.append(test.gate)
                self.lines.add(f"if {test.text()}:", f"    cancel_window(ks, {edge.index}, rec)")
        return tuple(gates)

    def hits_at_head(self) -> tuple[str, ...]:
        """Absences among the items of a group that a window may yet have begun when they are hit."""
        gates: list[str] = []
        automaton = self.context.automaton
        for gathering in automaton.gatherings:
            if not any(automaton.waits[i].joint == gathering.joint for i in automaton.starts):
                continue
            holds = {hold.counter: hold for i in gathering.inside if (hold := automaton.waits[i].hold) is not None}
            for counter, hold in holds.items():
                place = automaton.absences[hold.absence]
                if place.event == self.event:
                    test = self.guards.test(place, None, "without", started=False)
                    gates.append(test.gate)
                    self.lines.add(f"if {test.text()}:", f"    head_{gathering.joint}.hit(ks, 'c{counter}', rec)")
        return tuple(gates)

    def not_greedy(self, edge: Edge) -> list[str]:
        """A greedy loop at the head takes what fits it; nothing after it begins with that event."""
        writer = WaitWriter(self.context, self.guards, self.lines, self.event)
        return [f"not ({t.text()})" for t in writer.greedy(edge, started=False)]

    def head_window(self, edge: Edge) -> None:
        """A threshold at the head of the rule: its window belongs to the key."""
        state = self.context.automaton.states[edge.target]
        span = "None" if state.window is None else str(state.window)
        allowed = self.not_forbidden(edge, "rec")
        hindered = f", not ({joined(allowed, 'and')})" if allowed else ""
        self.lines.add(
            f"found = head_window(ks, {edge.index}, rec, {span}, having_{state.index}{hindered})",
            "if found:",
            f"    begun = begin(ks, {edge.index}, found, start)",
            "    if found[0] is rec:",
            "        start = begun",
            f"    born.append(bind(take_{edge.index}, extend_{state.index}, begun, found))",
        )


def twins_first(waits: list[Edge]) -> list[Edge]:
    """Waits in order, but a twin before the wait it is left from, lest a run that moves there be visited twice."""
    origin = {left: wait.index for wait in waits for left in wait.left}

    def rank(wait: Edge) -> tuple[int, int]:
        first = wait.index
        while first in origin:
            first = origin[first]
        return first, -wait.index

    return sorted(waits, key=rank)
