"""Edited rules, params and lists for a worker over topics: on SIGHUP, and with `--watch` when files change.

Each worker of a job takes them by itself, at a point between two of its commits. Until all have, a shard that goes from
one to another goes by the rules of its new owner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cep.cli.run_changes import LiveChange, tell_changes
from cep.cli.run_edits import STAYS
from cep.cli.run_options import RunOptions, refuse_overwriting
from cep.cli.run_redaction import warn_shown
from cep.cli.run_rules import Loaded, loaded, wired
from cep.cli.run_state import finder
from cep.cli.telling import tell, tell_error, tell_findings
from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.formats.topics import schemas_in, topic_readers
from cep.connectors.job.identity import refuse_fixed
from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.topology import rearranged
from cep.connectors.kafka.worker import Worker
from cep.language.diagnostics import CheckFailed
from cep.runtime.changeover.report import ChangeReport, RuleChange
from cep.runtime.snapshot_error import SnapshotError

if TYPE_CHECKING:
    from cep.cli.run_watch import Watch


class TopicEdits:
    """Takes what lies on disk into a worker, when it is asked to and between two rounds.

    What does not check, needs a reset that is not allowed, or touches what a run cannot change leaves the worker as it
    was, and is told. `taken` and `refused`: what became of it so far. `asked`: whether someone has asked since this was
    asked last; `summary`: the file that the summary goes to.
    """

    def __init__(
        self,
        options: RunOptions,
        now: Loaded,
        worker: Worker,
        asked: Callable[[], bool],
        *,
        as_json: bool,
        summary: Path | None,
    ) -> None:
        self.taken: list[LiveChange] = []
        self.refused = 0
        self._options = options
        self._now = now
        self._mark = now.version().mark
        self._worker = worker
        self._asked = asked
        self._as_json = as_json
        self._summary = summary
        self._offered: tuple[Loaded, WorkerPlan] | None = None
        self._watch: Watch | None = None
        if options.watch:
            from cep.cli.run_watch import Watch

            self._watch = Watch()
        self._watched(now)

    def between(self) -> None:
        """Look whether there is something to take, and take it if the worker can just now. Raises what a worker does
        when it commits."""
        asked = self._asked()
        try:
            if asked or (self._watch is not None and self._watch.changed()):
                self._offered = self._found(asked)
            if self._offered is not None:
                self._offer(*self._offered)
        except CheckFailed as failed:
            tell_findings(failed, as_json=self._as_json)
            self._refused()
        except ConfigurationError as error:
            tell_error(error, as_json=self._as_json)
            self._refused()
        except SnapshotError as error:
            tell_error(ConfigurationError("C0260", error.message, error.fix), as_json=self._as_json)
            self._refused()

    def _refused(self) -> None:
        self._offered = None
        self.refused += 1
        tell(STAYS)

    def _found(self, asked: bool) -> tuple[Loaded, WorkerPlan] | None:
        """What lies on disk; None where that is what runs."""
        found = loaded(self._options)
        self._watched(found)
        refuse_overwriting(found.job, found.files, self._summary)
        refuse_fixed(self._now.job, found.job)
        if found.version().mark == self._mark:
            if asked:
                tell("nothing to change: the rules, params and lists are those that run")
            return None
        plan = self._worker.plan
        wiring = wired(found.rules, declare_sources(found.job, found.rules))
        topology, direct = rearranged(found.job, wiring, plan.topology)
        return found, replace(
            plan,
            job=found.job,
            topology=topology,
            wiring=direct,
            values=found.values,
            find=finder(found.job),
            readers=topic_readers(found.job, wiring, schemas_in(plan.readers)),
            redact=found.names,
        )

    def _offer(self, found: Loaded, plan: WorkerPlan) -> None:
        reports = self._worker.change(plan)
        if reports is None:
            return
        self._offered = None
        self._mark = found.version().mark
        report = together(reports)
        positions = tuple(each for run in self._worker.runs.values() for each in run.shard.positions())
        self.taken.append(LiveChange(self._mark, positions, report))
        warn_shown(found.job, found.rules)
        if not self._options.quiet:
            shards = "1 shard" if len(reports) == 1 else f"{len(reports)} shards"
            tell(f"version {self._mark} of the rules taken by {shards}")
            tell_changes(report)

    def _watched(self, found: Loaded) -> None:
        if self._watch is not None:
            self._watch.follow([found.job], list(found.rules.sources))


def together(reports: Sequence[ChangeReport]) -> ChangeReport:
    """The verdicts on the shards of a worker as one report: how much state each is about, in all of them."""
    sums: dict[RuleChange, tuple[int, int]] = {}
    for change in (change for report in reports for change in report.changes):
        alike = replace(change, open=0, waiting=0)
        before = sums.get(alike, (0, 0))
        sums[alike] = before[0] + change.open, before[1] + change.waiting
    changes = (replace(change, open=runs, waiting=keys) for change, (runs, keys) in sums.items())
    shown = dict.fromkeys(each for report in reports for each in report.shown)
    return ChangeReport(tuple(changes), tuple(shown))
