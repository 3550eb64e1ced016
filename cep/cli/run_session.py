"""One `cep run` from its options to its exit code."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cep.cli.interruption import Interruption
from cep.cli.run_changes import EndsTold, tell_changes
from cep.cli.run_collector import calm_collector
from cep.cli.run_edits import RunEdits
from cep.cli.run_options import RunOptions, job_of, refuse_overwriting
from cep.cli.run_points import Points, open_log, points_file
from cep.cli.run_progress import ProgressLine
from cep.cli.run_redaction import warn_shown
from cep.cli.run_report import RunReport, report_json, report_text
from cep.cli.run_rules import Loaded, loaded, wired
from cep.cli.run_shadow import shadow_run
from cep.cli.run_state import begun, locked_store, state_failure
from cep.cli.telling import is_log, speak_of, tell_error, tell_findings, tell_text
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.files import Input, open_inputs
from cep.connectors.job.identity import job_identity
from cep.connectors.job.model import Job
from cep.connectors.outputs import JobOutputs
from cep.language.diagnostics import CheckFailed
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.driver import Driver, Ending, Outputs
from cep.runtime.recovery import Recovery, StateTooOld
from cep.runtime.shadow.beside import Shadow
from cep.runtime.shard import Shard
from cep.runtime.snapshot_store import SnapshotStore
from cep.runtime.summary import findings, gauges, together

if TYPE_CHECKING:
    from cep.cli.monitor import Monitor

DONE, USAGE, FAILED = 0, 2, 3


class Runner(Protocol):
    """Drives a shard over its inputs. `shard`: the one that runs now."""

    @property
    def shard(self) -> Shard:
        """The shard that runs now."""

    def run(self) -> Ending:
        """Do it. Raises `ConnectorFailure`."""


class RunSession:
    """Reads the job and its rules, opens everything, runs, and reports."""

    def __init__(self, options: RunOptions, interruption: Interruption, *, as_json: bool, out: Path | None) -> None:
        self._options = options
        self._interruption = interruption
        self._as_json = as_json
        self._out = out

    def run(self) -> int:
        """Do it all; returns the exit code."""
        try:
            return self._run()
        except CheckFailed as failed:
            tell_findings(failed, as_json=self._as_json)
        except ConfigurationError as error:
            tell_error(error, as_json=self._as_json)
        except ConnectorFailure as error:
            tell_error(error, as_json=self._as_json)
            return FAILED
        return USAGE

    def _run(self) -> int:
        if self._options.replay is not None:
            return self._replay(self._options.replay)
        now = loaded(self._options)
        speak_of(now.job.name)
        record = points_file(now.job, self._options.record)
        refuse_overwriting(now.job, now.files, self._out, record)
        if self._options.workers is not None and self._options.worker is None:
            return self._with_workers(now.job)
        warn_shown(now.job, now.rules)
        if now.job.kafka is not None:
            return self._over_topics(now)
        with ExitStack() as opened:
            monitor = self._monitor(now.job, opened)
            inputs, shard = self._opened(now, opened)
            store = None if now.job.state is None else opened.enter_context(locked_store(now.job.state))
            outputs = opened.enter_context(closing(JobOutputs(now.job, redaction=shard.places.redaction())))
            log = None if record is None else opened.enter_context(closing(open_log(record)))
            points = Points(now.job, inputs, outputs, log)
            shadow = Shadow(shadow_run(now, inputs))
            recovery, changes = self._begun(now, shard, inputs, points, shadow, store)
            outputs.redaction = shard.places.redaction()
            outputs.compare(shadow)
            ends, shown = self._before(points.outputs, shard)
            edits = RunEdits(
                self._options, now, inputs, outputs, points, recovery, shadow, self._interruption.renewal_asked,
                as_json=self._as_json, summary=self._out, shown=shown,
            )  # fmt: skip
            driver = Driver(
                shard, [one.feed for one in inputs], shown or ends, stop=self._interruption.asked,
                tick=_ticks(shown, monitor), open_end=self._options.open_end, keeper=recovery, edits=edits,
                shadow=shadow,
            )  # fmt: skip
            if monitor is not None:
                from cep.cli.run_metrics import follow_run

                follow_run(monitor.meter, lambda: driver.shard, outputs, edits, recovery)
            return self._drive(now.job, driver, outputs, shown, points, recovery, changes, edits, shadow)

    def _replay(self, place: Path) -> int:
        """Run the inputs again, with what was recorded."""
        # imported late: most runs are no replays, and each module counts until the first alert
        from cep.cli.run_replay import Replaying, check_inputs, read_record, recorded_rules

        job = job_of(self._options)
        record = read_record(place)
        now = recorded_rules(job, record.first.version, record.path)
        refuse_overwriting(job, [str(record.path)], self._out)
        with ExitStack() as opened:
            inputs, shard = self._opened(now, opened)
            check_inputs(job, record, inputs, shard.wiring)
            outputs = opened.enter_context(closing(JobOutputs(job, redaction=shard.places.redaction())))
            outputs.cut({})
            ends, shown = self._before(outputs, shard)
            replay = Replaying(
                job, record, shard, inputs, outputs, shown or ends, stop=self._interruption.asked,
                tick=shown.tick if shown else _nothing, open_end=self._options.open_end,
            )  # fmt: skip
            return self._drive(job, replay, outputs, shown)

    def _opened(self, now: Loaded, opened: ExitStack) -> tuple[list[Input], Shard]:
        """The inputs, and a new shard over them."""
        inputs = open_inputs(now.job, now.rules)
        for one in inputs:
            opened.callback(one.feed.close)
        wiring = wired(now.rules, [one.source for one in inputs])
        if now.job.copied is not None:
            # imported late: it brings along what jobs over topics need
            from cep.connectors.export.job import read_as_topics

            read_as_topics(now.job, wiring, inputs)
        return inputs, Shard(wiring, now.values, redact=now.names)

    def _monitor(self, job: Job, opened: ExitStack) -> Monitor | None:
        """Who hears of numbers and health, where the job has them served."""
        if job.metrics is None:
            return None
        # imported late: most runs over files are over before anybody could ask
        from cep.cli.monitor import monitored

        monitor = opened.enter_context(monitored(job, "0", 0, self._interruption.asked))
        if not (self._options.quiet or self._as_json):
            monitor.tell()
        return monitor

    def _with_workers(self, job: Job) -> int:
        """Have several processes do it."""
        # imported late: it starts others, and does nothing else
        from cep.cli.run_workers import run_workers

        if self._out is not None:
            message = "each of several workers has a summary of its own, and `--out` names one file"
            raise ConfigurationError("C0278", message, "leave `--out` out: they are told on standard error", "--out")
        return run_workers(job, self._options, self._interruption)

    def _over_topics(self, now: Loaded) -> int:
        """A job that reads topics instead of files."""
        # imported late: it brings the client along
        from cep.cli.client_log import client_heard
        from cep.cli.kafka_session import run_over_topics

        with client_heard():
            report = run_over_topics(now, self._options, self._interruption, as_json=self._as_json, summary=self._out)
        return self._close(report)

    def _begun(
        self,
        now: Loaded,
        shard: Shard,
        inputs: Sequence[Input],
        points: Points,
        shadow: Shadow,
        store: SnapshotStore | None,
    ) -> tuple[Recovery | None, ChangeReport]:
        """The run at its beginning, or where its state stands; its rules are noted, verdicts told."""
        version, options = now.version(), self._options
        if store is None:
            points.outputs.cut({})
            points.note(version, shard)
            return None, ChangeReport()
        identity = job_identity(now.job, shard.wiring, open_end=options.open_end)
        recovery, changes = begun(
            now.job, store, shard, inputs, points.outputs, identity, version.mark, shadow,
            options.from_start, options.allow_reset,
        )  # fmt: skip
        if recovery.before is None or recovery.before.version != version.mark or not points.begun:
            points.note(version, shard)
        if not self._as_json:
            tell_changes(changes)
            tell_changes(recovery.shadow_changes, "shadow ")
        return recovery, changes

    def _before(self, outputs: Outputs, shard: Shard) -> tuple[EndsTold, ProgressLine | None]:
        """What stands before the outputs."""
        ends = EndsTold(outputs, told=not self._as_json)
        return ends, ProgressLine(shard, ends) if self._shows_progress() else None

    def _drive(
        self,
        job: Job,
        runner: Runner,
        outputs: JobOutputs,
        shown: ProgressLine | None,
        points: Points | None = None,
        recovery: Recovery | None = None,
        changes: ChangeReport | None = None,
        edits: RunEdits | None = None,
        shadow: Shadow | None = None,
    ) -> int:
        """Run, and say what came of it; returns the exit code."""
        self._interruption.begin()
        started = time.perf_counter()
        failure: ConnectorFailure | None = None
        try:
            with calm_collector():
                ending = runner.run().value
            if points is not None:
                points.keep()
            if recovery is not None and recovery.failure is not None:
                failure = state_failure(job, recovery.failure)
        except ConnectorFailure as error:
            failure, ending = error, "failed"
        except StateTooOld as error:
            if points is not None:
                points.keep()
            failure, ending = state_failure(job, error.reason), "failed"
        except BrokenPipeError:
            _silence_stdout()
            return DONE
        finally:
            if shown:
                shown.clear()
        seconds = time.perf_counter() - started
        shard = runner.shard
        found = together([*(edits.earlier if edits else ()), findings(shard)])
        report = RunReport(job, ending, seconds, gauges(shard), found, outputs.tally, failure, changes=changes)
        if recovery is not None:
            report = replace(report, before=recovery.before)
        if edits is not None:
            report = replace(report, taken=edits.taken, refused=edits.refused, compared=edits.compared)
        if shadow is not None and shadow.run is not None:
            compared = [*report.compared, shadow.run.comparison.difference()]
            report = replace(report, compared=compared, shadow_dead=shadow.run.shard.stats.dead_letters)
        return self._close(report)

    def _close(self, report: RunReport) -> int:
        """Say what came of it; returns the exit code."""
        self._report(report)
        if report.failure is not None:
            if not self._as_json:
                tell_error(report.failure, as_json=False)
            return FAILED
        stopped = self._interruption.exit_code
        return stopped if report.ending == Ending.STOPPED.value and stopped is not None else DONE

    def _shows_progress(self) -> bool:
        is_for_people = not (self._options.quiet or self._as_json or is_log())
        return is_for_people and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def _report(self, report: RunReport) -> None:
        if self._options.quiet and self._out is None:
            return
        text = report_json(report) if self._as_json else report_text(report)
        if self._out is None:
            if self._as_json:
                print(text, file=sys.stderr)
            else:
                tell_text(text, summary=json.loads(report_json(report)) if is_log() else None)
            return
        try:
            self._out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            message = f"`{self._out}` cannot be written: {error.strerror or error}"
            raise ConfigurationError("C0115", message, "choose another file for the summary", str(self._out)) from error


def _silence_stdout() -> None:
    """The reader of standard output has gone: let Python's own flush at exit find somewhere to write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _ticks(shown: ProgressLine | None, monitor: Monitor | None) -> Callable[[], None]:
    """What is done between two pieces of input."""
    if monitor is None:
        return shown.tick if shown else _nothing
    beat = monitor.meter.beat
    if shown is None:
        return beat
    show = shown.tick

    def both() -> None:
        beat()
        show()

    return both


def _nothing() -> None:
    """No progress to show."""
