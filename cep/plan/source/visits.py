"""The body of a visit: each run that waits at one place takes the event, keeps waiting, or waits no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.plan.nfa import Edge, State
from cep.plan.source.guards import Test, gates_of
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

    def write(self) -> None:
        """Each run that waits here takes the event, keeps waiting, or waits no longer."""
        index = self.wait.index
        self.lines.add("keep = []")
        with self.lines.block(self.writer.each(self.wait)):
            self.lines.add(f"if not run.live & {self.bit}:", "    continue")
            self.probe_visit()
            self.closing()
            if self.take is not None:
                self.taking(self.take)
            self.passing()
        self.lines.add(f"waits[{index}] = keep")

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
        if target.having is not None and self.wait.kind != "more":
            self.threshold(target, condition)
            return
        with self.lines.block(f"if {condition}:"):
            self.lines.add(f"born.append(take_{self.wait.index}(run, rec))")
            if self.wait.joint is not None and self.wait.contiguity != "any":
                self.lines.add(f"joint_{self.wait.joint}.append(run)", "keep.append(run)", "continue")
            elif self.wait.contiguity != "any":
                self.close()

    def threshold(self, target: State, condition: str) -> None:
        """A threshold step: the window slides on, so the wait stays after a match."""
        state, wait = target.index, self.wait
        span = "None" if target.window is None else str(target.window)
        strict = wait.contiguity == "next"
        with self.lines.block(f"if {condition}:"):
            self.lines.add(
                f"found = run_window(run, {state}, rec, {span}, {wait.gap_after or 0}, {wait.gap_within}, "
                f"{strict}, having_{state}, ks.key)",
                "if found:",
                f"    born.append(bind(take_{wait.index}, extend_{state}, run, found))",
            )
        if strict:
            with self.lines.block(f"if not window_of(run, {state}):"):
                self.close()
            self.lines.add(f"if len(run.windows[{state}].recs) == 1:")
            left = sum(1 << index for index in left_of(self.context, wait))
            self.lines.add(f"    limit_window(ks, run, {state}, {left}, {span})")
            if wait.twin is not None:
                self.move(wait.twin)
            else:
                self.lines.add("keep.append(run)")
            self.lines.add("continue")

    def passing(self, leave: bool = False) -> None:
        """The event is not taken: it ends a strict wait, hits an absence, or is skipped."""
        wait = self.wait
        target = self.context.target(wait)
        windowed = target is not None and target.having is not None and wait.kind != "more"
        if wait.kind == "after_next" and wait.twin is None:
            origin = next((w for w in self.context.automaton.waits if w.late == wait.index), None)
            if origin is not None:
                self.lines.add(f"run.due = {limits_of(self.context, origin)[0]}")
            self.lines.add("done.append(run)")
            self.close()
            return
        if wait.contiguity == "next" and not windowed:
            self.close()
            return
        if wait.contiguity == "next":
            # The window's first element had to be the very next event.
            with self.lines.block(f"if not window_of(run, {wait.target}):"):
                self.close()
        if self.kills:
            with self.lines.block(f"if {joined([t.text() for t in self.kills], 'or')}:"):
                if windowed:
                    with self.lines.block(
                        f"if not close_window(ks, run, {wait.target}, {self.bit}, {self.window_span()}, t):"
                    ):
                        self.close()
                else:
                    self.close()
        if wait.closed is not None and self.closed:
            with self.lines.block(f"if {joined([t.text() for t in self.closed], 'or')}:"):
                self.move(wait.closed)
                self.lines.add("continue")
        if wait.twin is not None:
            self.move(wait.twin)
        else:
            self.lines.add("keep.append(run)")
        if leave:
            self.lines.add("continue")

    def window_span(self) -> int | None:
        """The span of the threshold waited for."""
        target = self.context.target(self.wait)
        return None if target is None else target.window

    def move(self, twin: int) -> None:
        """The run waits on at what is left of this wait."""
        self.lines.add(f"run.live ^= {self.bit | 1 << twin}", f"waits[{twin}].append(run)")

    def close(self) -> None:
        """This wait of the run is over."""
        self.lines.add(f"run.live &= ~{self.bit}", "if not run.live:", "    ks.end(run)", "continue")


class IndexedVisit:
    """A visit of a wait that may be indexed: by the list while it is short, by the index once it is not."""

    def __init__(self, writer: WaitWriter, wait: Edge, plain: Visit) -> None:
        self.writer = writer
        self.lines = writer.lines
        self.wait = wait
        self.plain = plain
        self.index = writer.context.indexes[wait.index]

    def write(self) -> None:
        """Both ways."""
        place = f"waits[{self.wait.index}]"
        tests = [*([self.plain.take] if self.plain.take else []), *self.plain.kills]
        gate = joined(gates_of(tests), "or")
        with self.lines.block(f"if {place} and ({gate}):  # {self.writer.describe(self.wait)}"):
            with self.lines.block(f"if type({place}) is list:"):
                self.plain.write()
            with self.lines.block("else:"):
                if self.plain.take is not None:
                    self.take(self.plain.take)
                if self.plain.kills:
                    self.kill()

    def take(self, test: Test) -> None:
        """Only the runs that the index finds are visited; those that do not take the event go back."""
        value = self.writer.guards.event_value(self.index.event)
        rest = self.writer.take_test(self.wait, without=self.index.part)
        assert rest is not None
        with (
            self.lines.block(f"if {test.gate}:"),
            self.lines.block(f"for run in waits[{self.wait.index}].take_out({value}):"),
        ):
            self.lines.add(f"if not run.live & {self.plain.bit}:", "    continue")
            self.plain.probe_visit()
            self.plain.taking(rest)
            self.lines.add(f"waits[{self.wait.index}].append(run)")

    def kill(self) -> None:
        """An armed absence is hit: every run is asked."""
        kills = self.plain.kills
        hit = joined([t.text() for t in kills], "or")
        with (
            self.lines.block(f"if {joined(gates_of(kills), 'or')}:"),
            self.lines.block(f"for run in waits[{self.wait.index}]:"),
        ):
            self.plain.probe_visit()
            self.lines.add(f"if run.live & {self.plain.bit} and ({hit}):", f"    close(ks, run, {self.plain.bit})")
