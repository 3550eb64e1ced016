"""The matcher: all rules of a plan over one ordered stream of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import cast

from cep.engine.asleep import Dormitory, Guard
from cep.engine.blob import Decode
from cep.engine.counters import Counters
from cep.engine.deadlines import end_start
from cep.engine.detection import Detection
from cep.engine.loader import Code, Probe, dispatch
from cep.engine.machine import Machine
from cep.engine.record import Record
from cep.engine.resting import Rest, may_rest
from cep.engine.restoring import read_parts, reading
from cep.engine.shared.code import SharedCode
from cep.engine.shared.completion import Completion
from cep.engine.shared.machine import SharedMachine
from cep.engine.shared.snapshot import write_shared_parts
from cep.engine.snapshot import write_parts
from cep.engine.timers import Timers
from cep.engine.touched import Touched
from cep.engine.values import Values
from cep.plan.plan import Plan, PlanRule

MANY_RECORDS = 2_000
"""After so many the keys are looked at that may be put to sleep."""


class Matcher:
    """Feeds records, already in event-time order, to the rules of `plan`.

    Time moves only by the records and by `advance`: the same records and watermarks give the same detections, in the
    same order, however they are batched. The caller takes and clears `detections`; a `Completion` among them stands
    for those that it makes when it is read.
    """

    def __init__(self, plan: Plan, values: Values | None = None, probe: Probe | None = None) -> None:
        given = (values or Values()).completed(plan.params)
        self.plan = plan
        self.timers = Timers()
        self.detections: list[Detection | Completion] = []
        self.machines: dict[int, Machine] = {}
        for rule in plan.rules:
            self.machines[rule.index] = self.machine(rule, given, probe)
        self.shared = Counters()
        self.names = dispatch(plan, self.machines, given, self.shared, self.detections)
        self.handlers = [self.names.get(f"on_{event}") for event in range(len(plan.events))]
        self.touched: Touched | None = None
        self.rests: list[Rest] = []
        self.passed = 0
        self.throttled = [m for m in self.machines.values() if m.throttle is not None]

    def machine(self, rule: PlanRule, values: Values, probe: Probe | None) -> Machine:
        """The run-time state of one rule, kept as its plan says."""
        if rule.sharing is not None:
            shared = SharedCode(rule, values, Counters(), probe, self.plan.functions)
            return SharedMachine(rule, shared, self.timers, self.detections)
        code = Code(rule, values, Counters(), probe, self.plan.functions)
        # It adds detections of its own, and looks at none but those.
        machine = Machine(rule, code, self.timers, cast(list[Detection], self.detections))
        code.settle_with(machine.settle)
        return machine

    def feed(self, records: Sequence[Record]) -> None:
        """Process records in order; deadlines before a record's time fire before it."""
        handlers = self.handlers
        heap = self.timers.heap
        for rec in records:
            if heap and heap[0][0] < rec[0]:
                self.fire(rec[0])
            handler = handlers[rec[5]]
            if handler is not None:
                handler(rec)
        if self.rests:
            self.passed += len(records)
            if self.passed >= MANY_RECORDS and records:
                self.rest(records[-1][0])

    def rest_with(self, decode: Decode) -> None:
        """Put keys to sleep that nothing happens to (`engine/resting.py`); `decode` as for `restore`."""
        for machine in self.machines.values():
            if may_rest(machine):
                if machine.dormitory is None:
                    machine.dormitory = Dormitory(reading(machine, decode))
                self.rests.append(Rest(machine, self.plan.events, machine.dormitory))

    def rest(self, now: int) -> None:
        """Look at a few keys of each rule."""
        for rest in self.rests:
            rest.pass_by(self.passed, now)
        self.passed = 0

    def advance(self, watermark: int) -> None:
        """Event time has reached `watermark` (microseconds): every deadline before it fires."""
        self.fire(watermark)
        for machine in self.throttled:
            machine.forget_reports(watermark)

    def finish(self) -> None:
        """The end of a bounded input: every deadline fires."""
        while (deadline := self.timers.next()) is not None:
            self.fire(deadline + 1)

    def fire(self, limit: int) -> None:
        """Fire every deadline before `limit`, in order."""
        timers, heap, touched = self.timers, self.timers.heap, self.touched
        while heap and heap[0][0] < limit:
            start = timers.pop_start(limit)
            if start is not None:
                keyed = start.keyed
                if touched is not None:
                    touched.touch(keyed)
                end_start(keyed.machine, keyed, start, timers.clock)
                continue
            if not heap or heap[0][0] >= limit:
                return
            due, groups = timers.pop_due()
            for keyed, entries in groups:
                if touched is not None:
                    touched.touch(keyed)
                keyed.machine.expire(keyed, due, entries)

    def next_timer(self) -> int | None:
        """The earliest deadline, microseconds."""
        return self.timers.next()

    def open_runs(self) -> int:
        """Partial matches open now, over all rules and keys."""
        return sum(keyed.open for machine in self.machines.values() for keyed in machine.keys.values())

    def open_by_rule(self) -> dict[str, int]:
        """Partial matches open now, by rule name."""
        return {m.rule.name: sum(keyed.open for keyed in m.keys.values()) for m in self.machines.values()}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held under any key."""
        return not any(machine.keys for machine in self.machines.values())

    @property
    def counters(self) -> dict[str, Counters]:
        """Counters by rule name."""
        return {machine.rule.name: machine.counters for machine in self.machines.values()}

    def snapshot(self) -> dict[bytes, bytes]:
        """The state in parts, one for each (rule, key). Detections not yet taken are not part of it."""
        machines, events = self.machines.values(), self.plan.events
        return write_parts(machines, events) | write_shared_parts(machines, events)

    def track(self) -> Touched:
        """Keep track of what is touched from now on; to be called before there is any record."""
        self.touched = Touched(self.machines.values(), self.plan.events)
        for machine in self.machines.values():
            machine.touched = self.touched.touch
        for index in self.machines:
            for event in range(len(self.plan.events)):
                step = self.names.get(f"step_{index}_{event}")
                if step is not None:
                    self.names[f"step_{index}_{event}"] = self.touched.noting(step)
        return self.touched

    def restore(
        self, parts: Mapping[bytes, bytes], decode: Decode, guard: Guard = nullcontext, at_once: bool = False
    ) -> None:
        """Take over a snapshot made under a plan of the same layout; the matcher must be new.

        Keys are read when something touches them, within `guard`; `at_once`: now, as they must be where spans differ.
        """
        read_parts(self.machines.values(), parts, decode, guard, at_once)
