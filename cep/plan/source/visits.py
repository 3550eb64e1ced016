"""The body of a visit: each run that waits at one place takes the event, keeps waiting, or waits no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.plan.indexing import Look
from cep.plan.nfa import Edge, State
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import Test
from cep.plan.source.lines import joined
from cep.plan.source.states import left_of, limits_of

if TYPE_CHECKING:
    from cep.plan.source.waits import WaitWriter


class Visit:
    """The body of one visit."""

    def __init__(
        self,
        writer: WaitWriter,
        wait: Edge,
        take: Test | None,
        kills: list[Test],
        untils: list[Test],
        closers: list[Test],
        greedy: list[Test],
        closed: list[Test],
    ) -> None:
        self.writer = writer
        self.context = writer.context
        self.lines = writer.lines
        self.wait = wait
        self.take = take
        self.kills = kills
        self.untils = untils
        self.closers = closers
        self.greedy = greedy
        self.closed = closed
        self.bit = 1 << wait.index
        self.is_listed = True

    def write(self, strict: bool) -> None:
        """The loop over the runs of the list, or over those that an index finds."""
        for role, tests in self.candidates().items():
            for test in tests:
                note(self.context, self.wait, role, test, strict)
        is_indexed = self.wait.index in self.context.indexes
        if strict or not is_indexed:
            self.listed(may_be_indexed=is_indexed)
            return
        with self.lines.block(f"if type(waits[{self.wait.index}]) is not IndexedWait:"):
            self.listed(may_be_indexed=False)
        with self.lines.block("else:"):
            self.sought()

    def candidates(self) -> dict[str, list[Test]]:
        """The guards that can move a run, or end its waiting here, by what they are; of the first element's `until`
        that is only told of runs which take the event."""
        take = [] if self.take is None else [self.take]
        return {
            "taken": take,
            "without": self.kills,
            "until": self.closers,
            "greedy": self.greedy,
            "closed": self.closed,
        }

    def listed(self, *, may_be_indexed: bool) -> None:
        """Each run that waits here takes the event, keeps waiting, or waits no longer. Most events end no wait: only
        where one has ended the others are gathered anew. Strict waits end by any event."""
        place = f"waits[{self.wait.index}]"
        if self.ends_all():
            self.is_listed = False
            with self.lines.block(self.writer.each(self.wait)):
                self.body()
            self.lines.add(f"{place} = ()")
            return
        self.lines.add("gone = False")
        with self.lines.block(self.writer.each(self.wait)):
            self.body()
        left = f"[run for run in {place} if run.live & {self.bit}] or ()"
        if not may_be_indexed:
            # nearly always it was the only one
            left = f"{left} if len({place}) > 1 else ()"
        self.lines.add("if gone:", f"    {place} = {left}")

    def ends_all(self) -> bool:
        """Whether no run waits on here, whatever the event is."""
        return self.wait.contiguity == "next" and self.wait.joint is None and not self.is_windowed()

    def is_windowed(self) -> bool:
        """Whether a threshold is waited for, from its first element on."""
        target = self.context.target(self.wait)
        return target is not None and target.having is not None and self.wait.kind != "more"

    def sought(self) -> None:
        """The same for the runs that an index finds."""
        tests = [test for tests in self.candidates().values() for test in tests]
        self.lines.add(f"place = waits[{self.wait.index}]")
        for test in tests:
            with self.lines.block(f"if {test.gate}:"):
                self.lines.add(seeking(self.context, self.wait.index, test))
        visit = self.unlisted()
        found = tests[0].lookup() if len(tests) == 1 else None
        if found is not None:
            visit.take = None if visit.take is None else visit.take.without(found.used)
            for guards in (visit.kills, visit.closers, visit.greedy, visit.closed):
                guards[:] = [guard.without(found.used) for guard in guards]
        with self.lines.block("for run in place.found():"):
            visit.body()
        self.lines.add("place.put_back()")

    def unlisted(self) -> Visit:
        """The same visit of runs that an index found, which sees itself to those that wait on."""
        parts = [list(part) for part in (self.kills, self.untils, self.closers, self.greedy, self.closed)]
        visit = Visit(self.writer, self.wait, self.take, *parts)
        visit.is_listed = False
        return visit

    def body(self) -> None:
        """What becomes of one run."""
        with self.lines.block(f"if not run.live & {self.bit}:"):
            self.gone()
            self.lines.add("continue")
        self.probe_visit()
        self.closing()
        if self.take is not None:
            self.taking(self.take)
        self.passing()

    def gone(self) -> None:
        """The run waits here no more."""
        if self.is_listed:
            self.lines.add("gone = True")

    def probe_visit(self) -> None:
        """Tell the probe which run is looked at."""
        if self.context.instrument:
            self.lines.add(f"probe.visited({self.context.rule.name!r}, {self.wait.index}, run, rec)")

    def closing(self) -> None:
        """Greed and `until`, before the event is tried."""
        ends = [*self.greedy, *self.closers]
        if ends:
            with self.lines.block(f"if {joined([t.text() for t in ends], 'or')}:"):
                self.close()
        if self.untils:
            with self.lines.block(f"if {joined([t.text() for t in self.untils], 'or')}:"):
                # An until event that does not fit the loop's first element is skipped like any other.
                if self.take is not None and self.wait.contiguity != "any":
                    with self.lines.block(f"if {self.take.text()}:"):
                        self.close()
                self.passing(leave=True)

    def taking(self, take: Test) -> None:
        """The event is tried on the step waited for."""
        target = self.context.target(self.wait)
        assert target is not None
        condition = take.text()
        if self.context.instrument:
            condition = f"probe.guard({self.context.rule.name!r}, {target.name!r}, bool({condition}), run, rec)"
        if self.is_windowed():
            self.threshold(target, condition)
            return
        with self.lines.block(f"if {condition}:"):
            self.lines.add(f"born.append(take_{self.wait.index}(run, rec))")
            if self.wait.joint is not None and self.wait.contiguity != "any":
                self.lines.add(f"{joint_list(self.wait.joint, self.wait.way)}.append(run)", "continue")
            elif self.wait.contiguity != "any":
                self.close()

    def threshold(self, target: State, condition: str) -> None:
        """A threshold step: the window slides on, so the wait stays after a match."""
        state, wait = target.index, self.wait
        span = "None" if target.window is None else str(target.window)
        strict = wait.contiguity == "next"
        with self.lines.block(f"if {condition}:"):
            self.lines.add(
                f"found = run_window(run, {wait.window}, rec, {span}, {wait.gap_after or 0}, {wait.gap_within}, "
                f"{strict}, having_{state}, ks.key)",
                "if found:",
                f"    born.append(bind(take_{wait.index}, extend_{state}, run, found))",
            )
        if strict:
            with self.lines.block(f"if not window_of(run, {wait.window}):"):
                self.close()
            self.lines.add(f"if len(run.windows[{wait.window}].recs) == 1:")
            self.lines.add(f"    limit_window(ks, run, {wait.window}, {self.left()}, {span})")
            self.waiting_on()
            self.lines.add("continue")

    def passing(self, leave: bool = False) -> None:
        """The event is not taken: it ends a strict wait, hits an absence, or is skipped."""
        wait, windowed = self.wait, self.is_windowed()
        if wait.kind == "after_next" and wait.twin is None:
            if self.kills:
                with self.lines.block(f"if {joined([t.text() for t in self.kills], 'or')}:"):
                    self.close()
            origin = next((w for w in self.context.automaton.waits if w.late == wait.index), None)
            if origin is not None:
                self.lines.add(f"run.due = {limits_of(self.context, origin)[0]}")
            # It may wait for the next event in two ways, where one of two absences was enough.
            self.lines.add("if run not in done:", "    done.append(run)")
            self.close()
            return
        if wait.contiguity == "next" and not windowed:
            self.close()
            return
        if wait.contiguity == "next":
            # The window's first element had to be the very next event.
            with self.lines.block(f"if not window_of(run, {wait.window}):"):
                self.close()
        if self.kills:
            with self.lines.block(f"if {joined([t.text() for t in self.kills], 'or')}:"):
                if windowed:
                    call = f"close_window(ks, run, {wait.window}, {self.left()}, {self.window_span()}, t)"
                    with self.lines.block(f"if not {call}:"):
                        self.close()
                else:
                    self.close()
        self.waiting_on()
        if leave:
            self.lines.add("continue")

    def waiting_on(self) -> None:
        """The run waits on: where an `until` has closed a greedy loop, or the very next event has passed, at what is
        left of this wait."""
        wait = self.wait
        loops = [loop for loop, _ in wait.closed if self.writer.closing(wait, loop)]
        self.lift(wait, dict(zip(loops, self.closed, strict=True)))
        if wait.twin is not None:
            self.move(wait.twin)

    def lift(self, wait: Edge, closed: dict[int, Test]) -> None:
        """The greed of the loops that this event closes is over; it may close several."""
        for loop, left in wait.closed:
            if loop in closed:
                others = {other: test for other, test in closed.items() if other != loop}
                with self.lines.block(f"if {closed[loop].text()}:"):
                    self.lift(self.context.automaton.waits[left], others)
                    self.move(left)
                    self.lines.add("continue")

    def left(self) -> int:
        """This wait and all that may be left of it, by which the run is found at its deadline."""
        return sum(1 << index for index in left_of(self.context, self.wait))

    def window_span(self) -> int | None:
        """The span of the threshold waited for."""
        target = self.context.target(self.wait)
        return None if target is None else target.window

    def move(self, twin: int) -> None:
        """The run waits on at what is left of this wait."""
        self.lines.add(f"run.live ^= {self.bit | 1 << twin}", f"ks.put({twin}, run)")
        self.gone()

    def close(self) -> None:
        """This wait of the run is over."""
        self.lines.add(f"run.live &= ~{self.bit}", "if not run.live:", "    ks.end(run)")
        self.gone()
        self.lines.add("continue")


def note(context: RuleContext, wait: Edge, role: str, test: Test, strict: bool = False) -> None:
    """Note which runs a guard looks at where they wait, and the index it needs."""
    found = None if strict else test.lookup()
    if found is not None:
        context.indexed(wait.index, found.index)
    assert test.place is not None
    used = () if found is None else found.used
    context.looks[wait.index, role, test.place] = Look(found is None, used, test.left(used))


def seeking(context: RuleContext, wait: int, test: Test) -> str:
    """The call that looks up the runs of `place` for which a guard may hold."""
    found = test.lookup()
    if found is None:
        return "place.seek_all()"
    number = context.indexed(wait, found.index)
    events = [comparison.event for comparison in found.equal]
    equal = events[0] if len(events) == 1 else f"({', '.join(events)})"
    if found.order is None:
        others = "_others" if found.equal[0].op == "!=" else ""
        return f"place.seek{others}({number}, {equal})"
    order = f"{found.order.op!r}, {found.order.event}"
    if found.apart is not None:
        return f"place.seek_apart({number}, {found.apart.event}, {order})"
    return f"place.seek_both({number}, {equal}, {order})" if events else f"place.seek_order({number}, {order})"


def joint_list(joint: int, way: int) -> str:
    """The list of the runs that one event has moved at waits of a group in any order which are taken together."""
    return f"joint_{joint}" if way == 0 else f"joint_{joint}_{way}"
