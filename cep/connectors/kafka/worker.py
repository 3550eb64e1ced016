"""A worker: owns a share of the job's shards, feeds them, and commits what comes of it.

The order of things in one round: poll, hand records to their shards, write what comes of them, read on with restores,
see what silence brings about, commit if it is time. Partitions come and go inside polls.

    exactly_once    alerts, late events, dead letters, changelog and offsets in one transaction
    at_least_once   outputs are flushed first; then changelog and offsets go into one transaction

State is never gone on with after a transaction has failed: it is read again from the changelog, as it was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import reduce

from cep.connectors.kafka.alignment import Alignment
from cep.connectors.kafka.changelog import COMMIT, Pending, commit_record, metadata
from cep.connectors.kafka.delivery import Delivery
from cep.connectors.kafka.growth import Growth
from cep.connectors.kafka.intake import Intake
from cep.connectors.kafka.past import Past
from cep.connectors.kafka.pausing import Pausing
from cep.connectors.kafka.plan import WorkerPlan, by_arrival
from cep.connectors.kafka.port import (
    Consumer,
    Fetched,
    KafkaFailure,
    Place,
    Polled,
    Position,
    Trouble,
)
from cep.connectors.kafka.progress import Progress, lags
from cep.connectors.kafka.quiet import Quiet
from cep.connectors.kafka.renewal import renewed
from cep.connectors.kafka.repartition.parcels import parcels
from cep.connectors.kafka.repartition.sweeping import Sweeper
from cep.connectors.kafka.restorer import Reading, Restored, Restorer
from cep.connectors.kafka.restores import Restores
from cep.connectors.kafka.retention import OVERTAKEN
from cep.connectors.kafka.retrying import GaveUp, Retrying
from cep.connectors.kafka.setbacks import GRACE, Setbacks
from cep.connectors.kafka.share import PASSING, Share
from cep.connectors.kafka.stranded import Stranded
from cep.connectors.kafka.taking_up import Run, TakingUp
from cep.connectors.kafka.troubles import Troubles
from cep.connectors.kafka.waiting_shards import WaitingShards
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.host_clock import HostClock
from cep.runtime.notice import Notice
from cep.runtime.output import Output
from cep.runtime.summary import Findings, Gauges, findings, gauges, together

FULL = 32_000_000
"""Bytes of events that wait to be carried to the homes of their keys, before a commit is made for them."""
BATCH = 10_000
"""Records taken in one round, at most."""
PATIENCE, BREATH = 0.1, 0.001
"""Seconds that a round waits for records, at most and at least."""


class Worker:
    """Runs a job's share until `stop` says so. `tell` hears what a person should know, `changed` what became of the
    state of rules that have changed.

    Raises `KafkaFailure` for what neither a retry nor a restore mends, `GaveUp` where the cluster did not answer when
    the run was asked to stop, `SnapshotError` for state that does not go with the rules.
    """

    def __init__(
        self,
        plan: WorkerPlan,
        group: Consumer,
        reader: Consumer,
        delivery: Delivery,
        retrying: Retrying,
        clock: HostClock,
        *,
        stop: Callable[[], bool],
        tell: Callable[[str], None] = lambda message: None,
        changed: Callable[[ChangeReport], None] = lambda report: None,
        sweeper: Sweeper | None = None,
        stranded: Stranded | None = None,
        growth: Growth | None = None,
    ) -> None:
        self.plan = plan
        self._topology = plan.topology
        self._group = group
        self._delivery = delivery
        self._retrying = retrying
        self._clock = clock
        self._stop = stop
        self._tell = tell
        self._sweeper = sweeper
        self._stranded = stranded
        self._growth = growth
        numbers = self._topology.numbers
        places = {number: self._topology.places(number) for number in numbers}
        changelogs = {number: self._topology.changelog_of(number) for number in numbers}
        self._restorer = Restorer(reader, group, changelogs, places)
        self._taking_up = TakingUp(plan, group, retrying, tell, changed)
        self._quiet = Quiet(plan.wiring)
        self._share = Share(
            plan.topology, self._restorer, commit=self.commit, abort=delivery.abort, let_go=self._let_go
        )
        self.runs = self._share.runs
        self._due = clock.elapsed() + plan.commit
        self._by_arrival = by_arrival(plan)
        self._past = Past()
        self._troubles = Troubles(tell, clock.elapsed)
        self._setbacks = Setbacks(tell, clock.elapsed, GRACE + 2 * plan.commit)
        self._pausing = Pausing(group)
        self._intake = Intake(plan.readers, self._pausing.because("schema"), self._troubles.say)
        self._alignment = Alignment(plan.ahead, self._pausing.because("ahead"), self._quiet.is_at_end)
        waiting = WaitingShards(self._topology, self._troubles.say, clock.elapsed)
        self._restores = Restores(self._restorer, group, plan.outputs, self._setbacks, self._troubles, waiting)
        self._progress = Progress(group, self._restorer, tell, clock.elapsed)

    # ------------------------------------------------------------ the loop

    def run(self, between: Callable[[], None] = lambda: None) -> None:
        """Join the group, and work until asked to stop; what was read by then is committed. `between` is called
        between two rounds."""
        self.join()
        while not self._stop():
            self.round()
            between()
        self.leave()

    def join(self) -> None:
        """Take up transactions, and join the group."""
        self._delivery.start()
        self._group.subscribe([self._topology.lead], self._share)

    def round(self) -> None:
        """One round of work. What a transaction that failed leaves behind is taken back."""
        try:
            self._take(self._polled())
            for restored in self._restores.step(0.0 if self.runs else PATIENCE):
                self._begin(restored)
            self._alignment.look(list(self.runs.values()))
            self._setbacks.watch()
            self._progress.look(self.runs.values())
            if self._stranded is not None:
                self._stranded.look()
            if self._growth is not None:
                self._growth.look()
            self._follow_clock()
            if self._clock.elapsed() >= self._due or sum(run.size for run in self.runs.values()) > FULL:
                self.commit()
            if self._sweeper is not None and self._sweeper.is_due:
                self._sweeper.sweep(each for run in self.runs.values() for each in run.needless)
        except KafkaFailure as failure:
            if failure.trouble not in PASSING:
                raise
            self._take_back(failure)

    def leave(self) -> None:
        """Commit what was read, and leave the group."""
        try:
            self.commit()
        except KafkaFailure as failure:
            if failure.trouble not in PASSING:
                raise
            self._delivery.abort()
        for number in list(self.runs):
            self._past.add(self.runs.pop(number).shard, still=True)
        self._group.close()
        self._share.raise_broken()
        self._share.is_over = True

    def close(self) -> None:
        """Leave the group where that was not done yet, as after a failure: nothing more is committed, and others need
        not wait until the session is over. Whoever was fenced has no place to leave, nor has a static member."""
        self._share.is_over = True
        if self._stranded is not None:
            self._stranded.close()
        # what has ended the run is told already
        with suppress(KafkaFailure, GaveUp):
            self._group.close()

    def _polled(self) -> Polled:
        polled = self._group.poll(BATCH, self._patience())
        self._share.raise_broken()
        return polled

    @property
    def lacks(self) -> tuple[str, ...]:
        """Why partitions stand still. May be asked by another thread."""
        return self._intake.lacks

    def gauges(self) -> Gauges:
        """What this worker has done, and where its shards stand now."""
        return reduce(Gauges.plus, (gauges(run.shard) for run in self.runs.values()), self._past.gauges)

    def lags(self) -> dict[Place, int]:
        """By partition how many records are still to be read, as far as the brokers have told."""
        return lags(self._group, self.runs.values())

    def restoring(self) -> list[Reading]:
        """How far the state of shards was read that are taken up just now."""
        return self._restorer.progress()

    @property
    def lost_records(self) -> int:
        """How many records, at most, were deleted before they were read, and gone on without."""
        return self._taking_up.lost_records

    def findings(self) -> Findings:
        """What is worth telling about the run so far."""
        return together([self._past.findings, *(findings(run.shard) for run in self.runs.values())])

    def _patience(self) -> float:
        return max(BREATH, min(PATIENCE, self._due - self._clock.elapsed()))

    # ------------------------------------------------------------ records

    def _take(self, polled: Polled) -> None:
        for failure in polled.failures:
            if failure.code == OVERTAKEN:
                self._taking_up.may_be_overtaken = True
                raise KafkaFailure(Trouble.ABORTABLE, failure.code, failure.message)
            self._troubles.heard(failure)
        now = self._clock.wall()
        self._quiet.looked(now)
        polled = self._intake.taken(polled, self.runs)
        for place in (*self._intake.held, *self._alignment.held):
            self._quiet.heard(place, now)
        for fetched in polled.fetched:
            run = self.runs.get(self._topology.shard_of(fetched.place))
            if run is not None and fetched.offsets:
                self._feed(run, fetched, now)
        for end in polled.ends:
            run = self.runs.get(self._topology.shard_of(end.place))
            if run is not None and end.place in run.places:
                self._reach_end(run, end, polled.fetched)

    def _reach_end(self, run: Run, end: Position, fetched: Sequence[Fetched]) -> None:
        """A partition was read to its end; `fetched`: what has come in the same poll."""
        self._quiet.ended(end.place)
        # homes are told, and hold nobody back for it
        run.touched = run.touched or bool(run.shard.outlets)
        # more may have come behind that end
        more = (of for of in fetched if of.place == end.place and of.offsets[-1:] >= [end.offset])
        if end.offset < run.next_offset(end.place) and not any(more):
            topic, number = end.place
            message = f"{topic}/{number} ends at {end.offset}, before what was read: was the topic made anew?"
            self._troubles.say(f"short {topic}/{number}", Notice(message, "warning", "C0345", run.number))
        self._write(run, run.reached(end.place, end.offset))
        run.passed(end.place, end.offset)

    def _feed(self, run: Run, fetched: Fetched, now: int) -> None:
        self._quiet.heard(fetched.place, now)
        self._write(run, run.feed(fetched, now if self._by_arrival else None))

    def _write(self, run: Run, output: Output) -> None:
        self._delivery.take(output, run.redaction)

    def _follow_clock(self) -> None:
        """What silence and the time of arrival bring about."""
        now = self._clock.wall()
        ready = [run for run in self.runs.values() if not run.is_catching_up]
        for run in ready if self._by_arrival else ():
            run.touched = True
            self._write(run, run.shard.advance(now, "arrival"))
        steps = {run.number: found for run in ready if (found := list(self._quiet.steps(run.shard, run.places, now)))}
        if not steps:
            return
        for number in steps:
            self.runs[number].touched = True
        if not self._delivery.is_transactional:
            # A replay after a crash has to take them where they were taken, before anything was told of them.
            self.commit(steps)
        for number, pending in steps.items():
            self.runs[number].touched = True
            for one in pending:
                self._write(self.runs[number], self.runs[number].shard.apply(one.step))

    # ------------------------------------------------------------ commits

    def commit(self, steps: Mapping[int, Sequence[Pending]] | None = None) -> None:
        """Make safe what has come of all records so far; `steps`: those that are about to be taken, by shard."""
        touched = [run for run in self.runs.values() if run.touched]
        if touched:
            self._delivery.flush()
            for topic, number, parcel in parcels((run.shard for run in touched), self._quiet.is_at_end):
                self._delivery.transactions.write(topic, parcel, None, number)
            positions = [position for run in touched for position in self._changes(run, (steps or {}).get(run.number))]
            self._delivery.commit(positions, self._group.group())
            for run in touched:
                run.committed()
            self._setbacks.committed()
        self._due = self._clock.elapsed() + self.plan.commit

    def _changes(self, run: Run, steps: Sequence[Pending] | None) -> list[Position]:
        """Write what has changed of a shard; the offsets to commit with it."""
        run.sequence += 1
        (topic, number), write = self._topology.changelog_of(run.number), self._delivery.transactions.write
        for name, part in run.delta().items():
            for key, value in run.cutter.records(name, part):
                write(topic, value, key, number)
        # Those of an earlier life that wait for records to be read again stand first, or another death would lose them.
        write(topic, commit_record(run.sequence, [*run.pending, *(steps or ())]), COMMIT, number)
        return run.positions(metadata(run.sequence))

    def change(self, plan: WorkerPlan) -> list[ChangeReport] | None:
        """Take other rules between two commits; what becomes of the state of each shard, or None: not now, ask again in
        a while. `plan` is over the same topics.

        Raises `SnapshotError` where state would be lost that may not be: then nothing has changed."""
        if self._restorer.is_busy or any(run.is_catching_up for run in self.runs.values()):
            return None
        if not self._committed():
            return None
        found = [(run, renewed(run, plan)) for run in self.runs.values()]
        self._adopt(plan)
        for run, after in found:
            self._past.changed(run.shard)
            after.take()
        # The changelog has the point before anything that comes of it.
        self._committed()
        return [after.report for _, after in found]

    def _adopt(self, plan: WorkerPlan) -> None:
        self.plan = self._taking_up.plan = plan
        self._quiet.change(plan.wiring)
        self._intake.change(plan.readers)
        self._by_arrival = by_arrival(plan)

    def _committed(self) -> bool:
        """Commit; where that fails, shards are taken up as they were, and by the rules that run now. Whether it has
        succeeded."""
        try:
            self.commit()
        except KafkaFailure as failure:
            if failure.trouble not in PASSING:
                raise
            self._take_back(failure)
            return False
        return True

    def _take_back(self, failure: KafkaFailure) -> None:
        """A transaction has failed: what was done since the last commit is undone, and done again."""
        what = "records are not there" if failure.code == OVERTAKEN else "a transaction failed"
        self._setbacks.suffered(what, failure)
        self._delivery.abort()
        self._share.restore()

    def _let_go(self, run: Run) -> None:
        self._group.stop(run.places)
        self._quiet.forget(run.places)
        self._intake.forget(run.places)
        self._alignment.forget(run.places)
        self._pausing.forget(run.places)
        self._past.add(run.shard)

    def _begin(self, restored: Restored) -> None:
        """Go on with a shard whose state was read."""
        taken = self._taking_up.take_up(restored)
        run = taken.run
        self.runs[run.number] = run
        self._setbacks.begun()
        now = self._clock.wall()
        for place in run.places:
            if (source := self.plan.sources.get(place[0])) is not None:
                self._quiet.watch(place, source, now)
        self._write(run, taken.output)
        self._group.start(taken.positions)
