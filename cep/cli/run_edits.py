"""Edited rules, params and lists for a run that is under way: on SIGHUP, and with `--watch` when files change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cep.cli.run_changes import LiveChange, tell_changes
from cep.cli.run_collector import collect_anew
from cep.cli.run_options import RunOptions, refuse_overwriting
from cep.cli.run_points import Points, place_text
from cep.cli.run_progress import ProgressLine
from cep.cli.run_redaction import warn_shown
from cep.cli.run_rules import Loaded, loaded, wired
from cep.cli.run_shadow import difference_lines, shadow_changed
from cep.cli.run_state import finder
from cep.cli.telling import tell, tell_error, tell_findings
from cep.connectors.errors import ConfigurationError
from cep.connectors.files import Input, declared_anew
from cep.connectors.job.identity import refuse_fixed
from cep.connectors.outputs import JobOutputs
from cep.language.diagnostics import CheckFailed
from cep.runtime.changeover.live import change_over
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.points.version import RulesVersion
from cep.runtime.recovery import Recovery
from cep.runtime.shadow.beside import Shadow, ShadowRun
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Source
from cep.runtime.summary import Findings, findings

if TYPE_CHECKING:
    from cep.cli.run_watch import Watch
    from cep.runtime.shadow.comparison import Difference

STAYS = "the run goes on with the rules it has"


class RunEdits:
    """Takes what lies on disk into a run, when it is asked to and between two pieces of input.

    Nothing changes unless all of it can be taken: what does not check, needs a reset that is not allowed, touches what
    a run cannot change, or cannot be made safe leaves the run as it was, and is told on standard error.
    `taken` and `refused`: what became of it so far. `earlier`: what was found by shards that run no more. `compared`:
    what came of comparisons that are over.
    """

    def __init__(
        self,
        options: RunOptions,
        now: Loaded,
        inputs: Sequence[Input],
        outputs: JobOutputs,
        points: Points,
        recovery: Recovery | None,
        shadow: Shadow,
        asked: Callable[[], bool],
        *,
        as_json: bool,
        summary: Path | None,
        shown: ProgressLine | None = None,
    ) -> None:
        """`asked`: whether someone has asked since this was asked last. `shown`: the line on a terminal."""
        self.taken: list[LiveChange] = []
        self.refused = 0
        self.earlier: list[Findings] = []
        self.compared: list[Difference] = []
        self._options = options
        self._job = now.job
        self._version = now.version()
        self._inputs = inputs
        self._outputs = outputs
        self._points = points
        self._recovery = recovery
        self._shadow = shadow
        self._shadow_mark = _shadow_mark(now)
        self._asked = asked
        self._as_json = as_json
        self._summary = summary
        self._shown = shown
        self._replaced = False
        self._watch: Watch | None = None
        if options.watch:
            from cep.cli.run_watch import Watch

            self._watch = Watch()
        self._watched(now)

    def between(self, shard: Shard) -> Shard:
        """The shard to go on with. Raises `ConnectorFailure` where the outputs cannot be written any more."""
        if self._replaced:
            # The shard before is held by nobody any more.
            collect_anew()
            self._replaced = False
        asked = self._asked()
        if not asked and (self._watch is None or not self._watch.changed()):
            return shard
        if self._shown is not None:
            self._shown.clear()
        try:
            return self._renewed(shard, asked)
        except CheckFailed as failed:
            tell_findings(failed, as_json=self._as_json)
        except ConfigurationError as error:
            tell_error(error, as_json=self._as_json)
        except SnapshotError as error:
            tell_error(ConfigurationError("C0260", error.message, error.fix), as_json=self._as_json)
        self.refused += 1
        self._say(STAYS)
        return shard

    def _renewed(self, shard: Shard, asked: bool) -> Shard:
        found = loaded(self._options)
        self._watched(found)
        record = self._options.record
        refuse_overwriting(found.job, found.files, self._summary, record)
        refuse_fixed(self._job, found.job)
        version = found.version()
        if (version.mark, _shadow_mark(found)) == (self._version.mark, self._shadow_mark):
            if asked:
                self._say("nothing to change: the rules, params and lists are those that run")
            return shard
        return self._changed(shard, found, version)

    def _changed(self, shard: Shard, found: Loaded, version: RulesVersion) -> Shard:
        sources = declared_anew(found.job, found.rules, self._inputs)
        after, report = shard, ChangeReport()
        if version.mark != self._version.mark:
            wiring, find = wired(found.rules, sources), finder(found.job)
            after, report = change_over(
                shard, wiring, found.values, redact=found.names, allow_reset=self._options.allow_reset, find=find
            )
        before = self._shadow.run
        shadow, shadowed = shadow_changed(found, self._inputs, before, shard)
        self._make_safe(after, version, shadow)
        self._shadow.run = shadow
        self._outputs.redaction = after.places.redaction()
        self._outputs.compare(self._shadow)
        self._take_shadow(found, before, shadowed)
        if after is not shard:
            self._take_live(found, sources, shard, after, version, report)
        return after

    def _take_live(
        self,
        found: Loaded,
        sources: Sequence[Source],
        shard: Shard,
        after: Shard,
        version: RulesVersion,
        report: ChangeReport,
    ) -> None:
        """Other rules run: inputs and outputs go by them, and it is told."""
        for one, source in zip(self._inputs, sources, strict=True):
            one.feed.redeclare(source, found.rules.events)
        self._version, self._replaced = version, True
        self.earlier.append(findings(shard))
        self.taken.append(LiveChange(version.mark, shard.positions(), report))
        if self._shown is not None:
            self._shown.follow(after)
        warn_shown(found.job, found.rules)
        if not self._as_json:
            self._say(f"version {version.mark} of the rules taken at {place_text(shard)}")
            tell_changes(report)

    def _take_shadow(self, found: Loaded, before: ShadowRun | None, report: ChangeReport) -> None:
        """Other rules run in the shadow, or beside others: what was compared up to here is told."""
        if before is not None:
            self.compared.append(before.comparison.difference())
            self._say("\n".join(["compared up to here", *difference_lines(self.compared[-1])]))
        if (mark := _shadow_mark(found)) not in (None, self._shadow_mark):
            self._replaced = True
            self._say(f"version {mark} of the rules runs in the shadow")
        self._shadow_mark = mark
        if not self._as_json:
            tell_changes(report, "shadow ")

    def _make_safe(self, after: Shard, version: RulesVersion, shadow: ShadowRun | None) -> None:
        """The point is on disk before anything that comes of it. Raises `ConfigurationError` where it cannot be."""
        is_point = version.mark != self._version.mark
        size = self._points.note(version, after) if is_point else None
        if self._recovery is None:
            self._points.keep()
            return
        try:
            self._recovery.change(after, version.mark, shadow)
        except OSError as error:
            if size is not None:
                self._points.forget(size)
            message = f"the point of the change cannot be kept: {error.strerror or error}"
            raise ConfigurationError("C0304", message, "make room, and ask for the change again") from error

    def _watched(self, found: Loaded) -> None:
        if self._watch is not None:
            jobs = [found] if found.shadow is None else [found, found.shadow]
            self._watch.follow([of.job for of in jobs], [file for of in jobs for file in of.rules.sources])

    def _say(self, text: str) -> None:
        """Tell a person; machines have it in the summary."""
        if not self._as_json:
            tell(text)


def _shadow_mark(found: Loaded) -> str | None:
    return None if found.shadow is None else found.shadow.version().mark
