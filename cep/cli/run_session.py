"""One `cep run` from its options to its exit code."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cep.cli.interruption import Interruption
from cep.cli.run_changes import EndsTold, tell_changes
from cep.cli.run_options import RunOptions, job_of, refuse_overwriting
from cep.cli.run_progress import ProgressLine
from cep.cli.run_redaction import warn_shown
from cep.cli.run_report import RunReport, report_json, report_text
from cep.cli.run_state import begun, locked_store, state_failure
from cep.cli.telling import tell_error, tell_findings
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.files import Input, open_inputs
from cep.connectors.job.identity import job_identity
from cep.connectors.job.model import Job
from cep.connectors.job.redacting import job_names
from cep.connectors.job.settings import job_params, job_values
from cep.connectors.outputs import JobOutputs
from cep.language.diagnostics import CheckFailed
from cep.language.load import load_paths
from cep.language.model import RuleSet
from cep.language.types import Kind
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.driver import Driver, Ending
from cep.runtime.recovery import Recovery, StateTooOld
from cep.runtime.shard import Shard
from cep.runtime.summary import findings, gauges
from cep.runtime.wiring import Wiring, wire

DONE, USAGE, FAILED = 0, 2, 3
_COLLECT = (50_000, 20, 100)
"""Thresholds of the garbage collector: runs are freed by their reference counts, so looking for cycles rarely pays."""


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
        job = job_of(self._options)
        rules = load_rules(job)
        refuse_overwriting(job, rules.sources, self._out)
        values = job_values(job, rules)
        names = job_names(job, rules)
        warn_shown(job, rules)
        with ExitStack() as opened:
            inputs = open_inputs(job, rules)
            for one in inputs:
                opened.callback(one.feed.close)
            shard = Shard(wired(rules, inputs), values, redact=names)
            redaction = shard.places.redaction()
            if job.state is None:
                outputs = opened.enter_context(closing(JobOutputs(job, redaction=redaction)))
                outputs.cut({})
                return self._drive(job, shard, inputs, outputs)
            store = opened.enter_context(locked_store(job.state))
            outputs = opened.enter_context(closing(JobOutputs(job, redaction=redaction)))
            identity = job_identity(job, shard.wiring, open_end=self._options.open_end)
            options = self._options
            recovery, changes = begun(
                job, store, shard, inputs, outputs, identity, options.from_start, options.allow_reset
            )
            outputs.redaction = shard.places.redaction()
            return self._drive(job, shard, inputs, outputs, recovery, changes)

    def _drive(
        self,
        job: Job,
        shard: Shard,
        inputs: Sequence[Input],
        outputs: JobOutputs,
        recovery: Recovery | None = None,
        changes: ChangeReport | None = None,
    ) -> int:
        if not self._as_json:
            tell_changes(changes or ChangeReport())
        shown = ProgressLine(shard, EndsTold(outputs)) if self._shows_progress() else None
        driver = Driver(
            shard,
            [one.feed for one in inputs],
            shown or EndsTold(outputs, told=not self._as_json),
            stop=self._interruption.asked,
            tick=shown.tick if shown else _nothing,
            open_end=self._options.open_end,
            keeper=recovery,
        )
        self._interruption.begin()
        started = time.perf_counter()
        failure: ConnectorFailure | None = None
        try:
            with calm_collector():
                ending = driver.run().value
            if recovery is not None:
                outputs.sync()
                if recovery.failure is not None:
                    failure = state_failure(job, recovery.failure)
        except ConnectorFailure as error:
            failure, ending = error, "failed"
        except StateTooOld as error:
            outputs.sync()
            failure, ending = state_failure(job, error.reason), "failed"
        except BrokenPipeError:
            _silence_stdout()
            return DONE
        finally:
            if shown:
                shown.clear()
        seconds = time.perf_counter() - started
        before = None if recovery is None else recovery.before
        report = RunReport(
            job, ending, seconds, gauges(shard), findings(shard), outputs.tally, failure, before, changes
        )
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
        return not (self._options.quiet or self._as_json) and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def _report(self, report: RunReport) -> None:
        if self._options.quiet and self._out is None:
            return
        text = report_json(report) if self._as_json else report_text(report)
        if self._out is None:
            print(text, file=sys.stderr)
            return
        try:
            self._out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            message = f"`{self._out}` cannot be written: {error.strerror or error}"
            raise ConfigurationError("C0115", message, "choose another file for the summary", str(self._out)) from error


def load_rules(job: Job) -> RuleSet:
    """The job's rules, with its params where spans are made of them. Raises `CheckFailed`."""
    rules = load_paths(job.rules)
    params = job_params(job, rules)
    if any(rules.params[name].type.kind is Kind.DURATION for name in params):
        return load_paths(job.rules, params=params)
    return rules


def wired(rules: RuleSet, inputs: Sequence[Input]) -> Wiring:
    """The rules planned over the inputs. Raises `CheckFailed` and `ConfigurationError`."""
    try:
        return wire(rules, [one.source for one in inputs])
    except ValueError as error:
        fix = "give each source its own file, and let no two files hold the same topic's partition"
        raise ConfigurationError("C0241", str(error), fix) from error


@contextmanager
def calm_collector() -> Iterator[None]:
    """What exists by now stays until the end: keep the collector from walking over it again and again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _silence_stdout() -> None:
    """The reader of standard output has gone: let Python's own flush at exit find somewhere to write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _nothing() -> None:
    """No progress to show."""
