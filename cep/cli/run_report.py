"""The summary at the end of a run, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cep.cli.run_changes import LiveChange
from cep.cli.run_shadow import difference_json, difference_lines
from cep.connectors.errors import ConnectorFailure
from cep.connectors.job.model import FileSink, Job, TopicSink
from cep.connectors.outputs import Tally, outputs_of
from cep.runtime.changeover.report import ChangeReport, RuleChange
from cep.runtime.snapshot_header import Header
from cep.runtime.summary import Findings, Gauges, RuleTrouble
from cep.runtime.timestamps import format_timestamp

if TYPE_CHECKING:
    from cep.runtime.shadow.comparison import Difference

_NAMED = 8
"""How many rules or types a line names."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything known at the end. `ending`: `complete`, `stopped`, or `failed` with `failure` saying why."""

    job: Job
    ending: str
    seconds: float
    gauges: Gauges
    findings: Findings
    tally: Tally
    failure: ConnectorFailure | None = None
    before: Header | None = None
    """The snapshot that the run went on from; everything else tells of this run alone."""
    changes: ChangeReport | None = None
    """What became of the state of rules that had changed since."""
    taken: Sequence[LiveChange] = ()
    """Versions of the rules taken while the run was under way."""
    refused: int = 0
    """How often one was not taken."""
    compared: Sequence[Difference] = ()
    """Comparisons with shadow rules: those that are over, and the last one."""
    shadow_dead: int | None = None
    """Records that are no events under the shadow rules; None where none run at the end."""
    lost: int = 0
    """Records of topics, at most, that were deleted before they were read."""

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.gauges.events / self.seconds if self.seconds else 0.0


def report_json(report: RunReport) -> str:
    """The summary as one JSON object on one line."""
    gauges, found, tally = report.gauges, report.findings, report.tally
    return json.dumps(
        {
            "job": report.job.name,
            "ending": report.ending,
            "failure": _failure(report.failure),
            "resumed": report.before and report.before.sequence,
            "seconds": round(report.seconds, 3),
            "events": gauges.events,
            "events_per_second": round(report.rate),
            "watermark": None if gauges.watermark is None else format_timestamp(gauges.watermark),
            "alerts": {"total": tally.alerts.total(), "by_rule": dict(sorted(tally.alerts.items()))},
            "shadow": {"total": tally.shadow.total(), "by_rule": dict(sorted(tally.shadow.items()))},
            "late": tally.late,
            "dead_letters": tally.dead_letters,
            "lost_records": report.lost,
            "unrouted": {"total": sum(found.unrouted.values()), "by_type": found.unrouted},
            "open_runs": gauges.open_runs,
            "waiting": gauges.waiting,
            "shared_errors": found.shared_errors,
            "rules": {rule: asdict(trouble) for rule, trouble in found.trouble.items()},
            "unfed": {rule: list(types) for rule, types in found.unfed.items()},
            "changes": [change_json(change) for change in report.changes.changes] if report.changes else [],
            "ended": [asdict(ended) for ended in tally.ended],
            "live_changes": [_live_json(change) for change in report.taken],
            "refused_changes": report.refused,
            "comparisons": [difference_json(found) for found in report.compared],
            "shadow_dead_letters": report.shadow_dead,
        }
    )


def _live_json(taken: LiveChange) -> dict[str, object]:
    """A version taken while the run was under way."""
    return {
        "version": taken.version,
        "at": {f"{topic}/{number}": offset for topic, number, offset in taken.positions},
        "changes": [change_json(change) for change in taken.report.changes],
    }


def change_json(change: RuleChange) -> dict[str, object]:
    """One verdict as plain values."""
    return {
        "rule": change.rule,
        "before": change.before,
        "after": change.after,
        "verdict": change.verdict.value,
        "open": change.open,
        "waiting": change.waiting,
        "generation": change.generation,
        "cause": change.cause,
    }


def _failure(error: ConnectorFailure | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "place": error.place, "fix": error.fix}


def report_text(report: RunReport) -> str:
    """The summary for people, a few lines."""
    return "\n".join(
        [
            _headline(report),
            *_resumed(report.before),
            *_live(report),
            *_outputs(report),
            *_compared(report),
            *_open(report),
            *_troubles(report.findings),
        ]
    )


def _headline(report: RunReport) -> str:
    gauges = report.gauges
    watermark = "" if gauges.watermark is None else f", up to {format_timestamp(gauges.watermark)}"
    stopped = "" if report.ending == "complete" else f"{report.ending}: "
    events = _count(gauges.events, "event")
    return f"{stopped}{events} in {report.seconds:.1f} s ({report.rate:,.0f}/s){watermark}"


def _resumed(before: Header | None) -> Iterator[str]:
    if before is not None:
        yield _row("resumed", before.sequence, f"from this snapshot: {', '.join(of.shown for of in before.read)}")


def _live(report: RunReport) -> Iterator[str]:
    if report.taken:
        yield _row("changed", len(report.taken), f"rules taken under way, last version {report.taken[-1].version}")
    if report.refused:
        yield _row("not changed", report.refused, "edits that could not be taken under way")


def _outputs(report: RunReport) -> Iterator[str]:
    job, tally = report.job, report.tally
    lost = _kept(job, "alerts") if tally.alerts and not _goes_somewhere(job, "alerts") else ""
    yield _row("alerts", tally.alerts.total(), _named(tally.alerts) + lost)
    if tally.shadow:
        yield _row("shadow", tally.shadow.total(), _named(tally.shadow) + _kept(job, "shadow"))
    if tally.late:
        yield _row("late", tally.late, "came after the watermark" + _kept(job, "late"))
        for late in [] if _goes_somewhere(job, "late") else tally.first_late:
            yield (
                f"      {late.event} {late.place} of {format_timestamp(late.time)}, "
                f"watermark {format_timestamp(late.watermark)}"
            )
    if tally.dead_letters:
        yield _row("dead letters", tally.dead_letters, "could not be read" + _kept(job, "dead_letters"))
        for dead in [] if _goes_somewhere(job, "dead_letters") else tally.first_dead:
            yield f"      {dead.place}: {dead.reason}"
    if report.lost:
        yield _row("lost", report.lost, "records at most, deleted before they were read")
    if unrouted := report.findings.unrouted:
        yield _row("unrouted", sum(unrouted.values()), f"of no declared type: {_named(unrouted)}")


def _compared(report: RunReport) -> Iterator[str]:
    if report.compared:
        yield from difference_lines(report.compared[-1])
    if report.shadow_dead is not None and report.shadow_dead > report.gauges.dead_letters:
        yield f"    {_count(report.shadow_dead, 'record')} could not be read by the shadow rules"


def _open(report: RunReport) -> Iterator[str]:
    if report.gauges.open_runs:
        yield _row("open runs", report.gauges.open_runs, "partial matches still open")
    if report.gauges.waiting:
        yield _row("waiting", report.gauges.waiting, "events not matched yet: earlier ones may still have come")


def _troubles(found: Findings) -> Iterator[str]:
    for rule, trouble in found.trouble.items():
        if said := "; ".join(_trouble(trouble)):
            yield f"  {rule}: {said}"
    if found.shared_errors:
        yield f"  conditions shared by rules: {_errors(found.shared_errors)}"
    for rule, types in found.unfed.items():
        yield f"  {rule} reads {' and '.join(types)}, which no source brings"


def _trouble(trouble: RuleTrouble) -> Iterator[str]:
    if trouble.guard_errors:
        yield _errors(trouble.guard_errors)
    if trouble.null_keys:
        yield f"{_count(trouble.null_keys, 'event')} without a key left out"
    if trouble.dropped_runs:
        yield f"{_count(trouble.dropped_runs, 'partial match', 'es')} dropped at the cap (limit runs)"
    if trouble.suppressed:
        yield f"{_count(trouble.suppressed, 'match', 'es')} held back by suppress"


def _errors(count: int) -> str:
    return f"{_count(count, 'expression')} could not be computed and counted as unknown"


def _row(name: str, count: int, note: str) -> str:
    return f"  {name:<13}{count:>11,}   {note}".rstrip()


def _sink(job: Job, kind: str) -> FileSink | TopicSink | None:
    """Where one kind of output goes."""
    topic = None if job.kafka is None else job.kafka.sinks.get(kind)
    return topic or outputs_of(job)[kind]


def _goes_somewhere(job: Job, kind: str) -> bool:
    return _sink(job, kind) is not None


_OPTIONS = {"alerts": "to", "shadow": "shadow", "late": "late", "dead_letters": "dead-letters"}


def _kept(job: Job, kind: str) -> str:
    sink = _sink(job, kind)
    if isinstance(sink, TopicSink):
        return f"; written to the topic {sink.topic}"
    if sink is None and job.kafka is not None:
        return f"; not written (`{kind}: {{topic: NAME}}` in the job file keeps them)"
    if sink is None:
        return f"; not written (--{_OPTIONS[kind]} FILE keeps them)"
    return f"; written to {'stdout' if sink.path is None else sink.path}"


def _named(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {count:,}" for name, count in ordered[:_NAMED])
    return f"{shown}, and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else shown


def _count(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}{plural}"
