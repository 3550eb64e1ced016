"""The shard: the unit of order, state, snapshot and ownership.

A pure function of its inputs: no wall clock, no randomness, no dependence on hash order or on how records are cut into
batches. Lateness is judged record by record within a partition; the watermark moves at the end of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cep.engine.loader import Probe
from cep.engine.values import Values
from cep.runtime.alerts import of_keys
from cep.runtime.changeover.archive import FunctionFinder, version_of
from cep.runtime.changeover.records import RecordReader
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.changeover.retired import Retired
from cep.runtime.decode.router import Router, router
from cep.runtime.lane import Lane
from cep.runtime.outlet import Outlet
from cep.runtime.output import Ended, Output, Stats, Step, TimeKind
from cep.runtime.partition import Partition
from cep.runtime.redacted_places import Places
from cep.runtime.redaction import Name
from cep.runtime.shard_changes import Changes
from cep.runtime.shard_standing import start_of, starts
from cep.runtime.shard_state import read_state, write_state
from cep.runtime.source import Chunk
from cep.runtime.trail import Trail
from cep.runtime.watermark import BEGINNING, Progress
from cep.runtime.wiring import Wiring


class Shard:
    """Runs all lanes of `wiring` over the partitions it is given.

    `values` are the params, lists and functions of the rules; `probe` hears from instrumented code; `redact` names
    fields that whoever writes alerts keeps out of them (`places`), so that the state knows where they were.
    """

    def __init__(
        self, wiring: Wiring, values: Values | None = None, probe: Probe | None = None, redact: Iterable[Name] = ()
    ) -> None:
        self.wiring = wiring
        self.places = Places.of(wiring.rules.events, redact)
        self.values = values or Values()
        self.stats = Stats()
        self.generation = 1
        self.lanes: list[Lane] = []
        self.partitions: dict[tuple[str, int], Partition] = {}
        self.changes: Changes | None = None
        self.outlets = [Outlet(plan) for plan in wiring.outlets]
        self._owns: Callable[[tuple[object, ...]], bool] | None = None
        self._probe = probe
        self._marks: dict[str, str] = {}
        self._routers: dict[str, Router] = {
            source.name: router(source, wiring.codecs) for source in wiring.sources.values()
        }
        self.run_beside([])

    def run_beside(self, retired: Sequence[Retired]) -> None:
        """Run the rules of the wiring and beside them these old versions; to be called before there is any record."""
        self.lanes = [Lane(plan, self.values, self._probe) for plan in self.wiring.lanes]
        ordered = sorted(retired, key=lambda old: (old.generation, old.rule))
        self.lanes += [Lane(old.plan, old.values, None, old) for old in ordered]
        for lane in self.lanes[: len(self.wiring.lanes)]:
            lane.matcher.rest_with(RecordReader(self.wiring.codecs, lane.plan.plan.events).bound)
        self.partitions = {}
        for source in self.wiring.sources.values():
            for place in source.known_partitions:
                self.open_partition(source.name, *place)
        if self.changes is not None:
            self.changes = Changes(self)

    # ------------------------------------------------------------ inputs

    def open_partition(self, source: str, topic: str, partition: int) -> Partition:
        """Wait for a partition from now on. Once records have been handed over, its older ones will be late."""
        place = (topic, partition)
        opened = Partition(self.wiring.sources[source], place, self._routers[source], self.lanes, self.outlets)
        opened.behind = any(lane.is_begun for lane in opened.lanes)
        opened.trail = None if self.changes is None else Trail()
        self.partitions[place] = opened
        return opened

    def push(self, chunks: Sequence[Chunk]) -> Output:
        """Take a batch: chunks of any partitions in any order, those of one partition in offset order.

        Raises `ValueError` for a chunk whose offsets do not rise, or without the arrival time that its types need.
        """
        out = Output()
        for chunk in chunks:
            place = (chunk.topic, chunk.partition)
            partition = self.partitions.get(place) or self.open_partition(chunk.source, *place)
            partition.take(chunk, out, self.stats)
        return self.settled(out)

    def own(self, owns: Callable[[tuple[object, ...]], bool]) -> None:
        """Tell of these keys alone: of others, that events have besides, other shards see everything."""
        self._owns = owns

    def pass_over(self, topic: str, partition: int, next_offset: int) -> None:
        """Records before `next_offset` have been dealt with elsewhere, and are not expected any more."""
        passed = self.partitions[topic, partition]
        passed.next_offset = max(passed.next_offset, next_offset)

    def replay_from(self, topic: str, partition: int) -> int:
        """The offset from which on a partition has to be read, so that nothing is missing: the next one, or where the
        events begin that a changelog's state does not hold since they wait for their place in the order.

        Records below the next offset then come again, and put back what waits; they are neither counted nor told, and
        the rules they feed stand still until all are there. 0 for a partition that is not known yet.
        """
        place = (topic, partition)
        return start_of(self, self.partitions[place]) if place in self.partitions else 0

    def replay_starts(self) -> dict[tuple[str, int], int]:
        """`replay_from` of every partition."""
        return starts(self)

    def end_replay(self, topic: str, partition: int) -> Output:
        """All that there is below the next offset has been brought again; to be said where the last records are
        missing (a transaction's markers, what has been compacted). Otherwise the record before the next offset says so.
        """
        self.partitions[topic, partition].end_replay()
        return self.settled(Output())

    def advance(self, watermark: int, time_kind: TimeKind | None = None) -> Output:
        """Event time has reached `watermark` (microseconds) in every partition, although no record says so.

        With `time_kind`, only for the rules on that kind of time: `arrival` rules follow the wall clock by it.
        """
        for partition in self.partitions.values():
            for kind, clock in partition.clocks.items():
                if time_kind in (None, kind):
                    clock.reach(watermark)
            if partition.trail is not None and time_kind != "arrival":
                partition.trail.jump(partition.next_offset, partition.clocks)
        for lane in self.lanes:
            if time_kind in (None, lane.plan.kind):
                lane.reach(watermark)
        step = Step("advance", self.positions(), watermark=watermark, time_kind=time_kind)
        return self.settled(Output(steps=[step]))

    def idle(self, topic: str, partition: int, watermark: int = BEGINNING) -> Output:
        """A live partition has been silent for long: no rule waits for it until it speaks again.

        `watermark` (microseconds), to be raised by further calls while the silence lasts, is where rules stand once
        all their partitions are silent: the wall clock less lateness and the time allowed for silence.
        """
        silent = self.partitions[topic, partition]
        silent.end_replay()
        if silent.progress is Progress.ENDED:
            return Output()
        silent.progress = Progress.IDLE
        silent.silent = max(silent.silent, watermark)
        return self.settled(Output(steps=[Step("idle", self.positions(), topic, partition, watermark)]))

    def apply(self, step: Step) -> Output:
        """Take a recorded step again, for a replay that has come to its positions."""
        if step.kind == "idle":
            return self.idle(step.topic, step.partition, step.watermark)
        if step.kind == "end":
            return self.end_source(step.source)
        return self.advance(step.watermark, step.time_kind)

    def end_source(self, source: str) -> Output:
        """A source has come to its end and no longer holds the watermark; deadlines past it stay open."""
        for partition in self.partitions.values():
            if partition.source.name == source:
                partition.end_replay()
                partition.progress = Progress.ENDED
        return self.settled(Output(steps=[Step("end", self.positions(), source=source)]))

    def reopen(self, source: str) -> None:
        """A source that had come to its end has more: its partitions hold the watermark again.

        What has been handed over since stays so, and an event before it is late."""
        for partition in self.partitions.values():
            if partition.source.name == source and partition.progress is Progress.ENDED:
                partition.progress, partition.behind = Progress.OPEN, True

    def finish(self) -> Output:
        """The end of all input: hand over every record and fire every deadline."""
        for partition in self.partitions.values():
            partition.end_replay()
            partition.progress = Progress.ENDED
        for lane in self.lanes:
            lane.catch_up()
            lane.settle()
            lane.matcher.finish()
        return self._collected(Output())

    def settled(self, out: Output) -> Output:
        """The end of a batch, of which `out` is what has come so far."""
        for lane in self.lanes:
            lane.catch_up()
            lane.settle()
        for outlet in self.outlets:
            outlet.settle(out)
        self._collected(out)
        self._let_go(out)
        return out

    def _let_go(self, out: Output) -> None:
        """Old versions that have nothing open any more are gone."""
        for lane in [lane for lane in self.lanes if lane.retired is not None and lane.matcher.is_empty]:
            self.lanes.remove(lane)
            if self.changes is not None:
                self.changes.leave(lane)
            for partition in self.partitions.values():
                partition.leave(lane)
            assert lane.retired is not None
            out.ended.append(Ended(lane.retired.rule, lane.retired.version))

    def _collected(self, out: Output) -> Output:
        for lane in self.lanes:
            detections = lane.matcher.detections
            if detections:
                told = detections if self._owns is None else of_keys(detections, self._owns)
                out.alerts.tell(told, lane.plan.forms)
                detections.clear()
        stats = self.stats
        stats.alerts += out.alerts.number
        stats.late += len(out.late)
        stats.dead_letters += len(out.dead_letters)
        return out

    # ------------------------------------------------------------ questions

    def positions(self) -> tuple[tuple[str, int, int], ...]:
        """(topic, partition, next offset) of every partition, in the order of their names."""
        return tuple((*place, self.partitions[place].next_offset) for place in sorted(self.partitions))

    def next_timer(self) -> int | None:
        """The earliest deadline of all rules, microseconds: a driver of live sources need not act before it."""
        return min((due for lane in self.lanes if (due := lane.matcher.next_timer()) is not None), default=None)

    def watermark(self) -> int | None:
        """The least watermark of all lanes that have one, microseconds."""
        return min((lane.watermark for lane in self.lanes if lane.is_begun), default=None)

    def open_runs(self) -> int:
        """Partial matches open now."""
        return sum(lane.matcher.open_runs() for lane in self.lanes)

    def held(self) -> int:
        """Events that wait for their place in the order."""
        return sum(len(lane.held) for lane in self.lanes)

    # ------------------------------------------------------------ state

    def snapshot(self) -> dict[bytes, bytes]:
        """The whole state in parts: one for each (rule, key), one for the events a lane holds back, three for the rest.

        It holds what a restart needs, old events included; its size follows the open runs and held events.
        """
        return write_state(self)

    def track(self) -> None:
        """Keep track of what changes, for `delta`; to be called before the shard is restored or takes anything.

        Raises `ValueError` where it is too late for that.
        """
        if self.stats.events or any(lane.is_begun for lane in self.lanes):
            raise ValueError("a shard keeps track of its changes from its beginning, or not at all")
        self.changes = Changes(self)
        for partition in self.partitions.values():
            partition.trail = Trail()

    def delta(self) -> dict[bytes, bytes | None]:
        """The parts of `snapshot` that have changed since the last call, or since `restore`; None for those that are
        gone. A new shard's first holds all there is.

        All deltas in order, put into a map of the parts restored from, make what `snapshot` would give, without the
        events that are held back. Only keys that were touched are encoded. Raises `ValueError` without `track`.
        """
        if self.changes is None:
            raise ValueError("the shard does not keep track of its changes")
        return self.changes.take()

    def restore(
        self, parts: Mapping[bytes, bytes], *, allow_reset: bool = False, find: FunctionFinder | None = None
    ) -> ChangeReport:
        """Take over a snapshot; says what became of the state of rules that have changed. The shard must be new.

        `allow_reset` lets state be dropped that can neither go on nor be brought to its end; `find` gives Python
        functions that only old versions call. Raises `SnapshotError` for parts that are damaged, of other sources, or
        of which some would be lost; the shard is then not to be used.
        """
        return read_state(self, parts, allow_reset, find)

    def settings_mark(self, rule: str) -> str:
        """The fingerprint of the params, lists and functions that a rule depends on."""
        if not self._marks:
            rules, values = self.wiring.rules, self.values
            self._marks = {of.name: version_of(rules, of, values).settings_mark() for of in rules.rules}
        return self._marks[rule]
