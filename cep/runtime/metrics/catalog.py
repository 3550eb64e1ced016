"""Every metric there is: its name, kind, labels and meaning. What is served, and the table in the documentation, are
made of these.

Names follow the conventions of Prometheus: base units in the name, `_total` at the end of what is only counted up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of a histogram's classes, seconds: for what takes milliseconds when all is well."""
SLOW = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""For what takes seconds."""

Jobs = OneOf["all", "topics", "files"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`jobs`: which jobs have it, those that read topics, files, or all. `bounds`: of a histogram, in its unit."""

    name: str
    kind: OneOf["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    jobs: Jobs = "all"
    bounds: tuple[float, ...] = ()


def _counter(name: str, help: str, *labels: str, jobs: Jobs = "all") -> Metric:
    return Metric(f"{name}_total", "counter", help, labels, jobs)


def _gauge(name: str, help: str, *labels: str, jobs: Jobs = "all") -> Metric:
    return Metric(name, "gauge", help, labels, jobs)


def _histogram(name: str, help: str, bounds: tuple[float, ...], *labels: str, jobs: Jobs = "all") -> Metric:
    return Metric(name, "histogram", help, labels, jobs, bounds)


INFO = _gauge("cep_run_info", "always 1; what runs here", "name", "worker", "version")
READY = _gauge("cep_ready", "1 if `/readyz` says so, else 0")
ROUND = _gauge("cep_last_round_timestamp_seconds", "when the run last gave a sign of life")

EVENTS = _counter("cep_events", "records taken, late ones and dead letters among them")
LATE = _counter("cep_late_events", "events that came after the watermark")
DEAD = _counter("cep_dead_letters", "records that are no events")
UNROUTED = _counter("cep_unrouted_records", "records of no declared event type")
ALERTS = _counter("cep_alerts", "alerts written", "rule")
SHADOW = _counter("cep_shadow_alerts", "alerts of rules in the shadow", "rule")
SUPPRESSED = _counter("cep_suppressed_matches", "matches that `suppress` held back", "rule")
GUARD_ERRORS = _counter("cep_guard_errors", "expressions that could not be computed and counted as unknown", "rule")
SHARED_ERRORS = _counter("cep_shared_guard_errors", "the same, of expressions that several rules share")
DROPPED = _counter("cep_dropped_runs", "partial matches dropped at the cap (`limit runs`)", "rule")
KEYLESS = _counter("cep_events_without_key", "events left out by a rule since their key is null", "rule")
OPEN = _gauge("cep_open_runs", "partial matches that are open", "rule")
HELD = _gauge("cep_held_events", "events that wait for their place in the order")
WATERMARK = _gauge("cep_watermark_lag_seconds", "how far a shard's event time is behind the clock", "shard")

SNAPSHOT = _histogram("cep_snapshot_duration_seconds", "writing a snapshot of the state", SLOW, jobs="files")
UNWRITTEN = _counter("cep_snapshot_failures", "snapshots that could not be written", jobs="files")

SHARDS = _gauge("cep_shards", "shards of the job, over all its workers", jobs="topics")
OWNED = _gauge("cep_shards_owned", "shards of this worker", jobs="topics")
RESTORING = _gauge("cep_shards_restoring", "those of them whose state is being read", jobs="topics")
LAG = _gauge(
    "cep_consumer_lag_records", "offsets that are not read yet", "topic", "partition", jobs="topics"
)  # fmt: skip
WAITING = _gauge(
    "cep_waiting_records", "offsets read but not passed: events among them wait for their place in the order",
    "topic", "partition", jobs="topics",
)  # fmt: skip
LATENCY = _histogram(
    "cep_alert_latency_seconds",
    "from the timestamp of the record that completed a match until its alert was handed to the client "
    "(`at_least_once`) or committed (`exactly_once`)",
    FAST,
    jobs="topics",
)
COMMIT = _histogram(
    "cep_commit_duration_seconds", "a commit, by what it does: `flush`, `offsets`, `commit`", FAST, "stage",
    jobs="topics",
)  # fmt: skip
RESTORE = _histogram(
    "cep_restore_duration_seconds", "taking up a shard: from when it was given until it is read on", SLOW, jobs="topics"
)
COMMITTED = _counter("cep_transactions_committed", "transactions committed", jobs="topics")
FAILED = _counter("cep_transactions_failed", "transactions given up, and done again", jobs="topics")
REBALANCES = _counter(
    "cep_rebalances", "partitions that were `assigned`, `revoked` or `lost`, by occasion", "kind", jobs="topics"
)  # fmt: skip
FAILURES = _counter(
    "cep_kafka_failures", "calls that failed and were made again, by Kafka's code", "code", jobs="topics"
)

CATALOG: tuple[Metric, ...] = (
    INFO, READY, ROUND, EVENTS, LATE, DEAD, UNROUTED, ALERTS, SHADOW, SUPPRESSED, GUARD_ERRORS, SHARED_ERRORS, DROPPED,
    KEYLESS, OPEN, HELD, WATERMARK, SNAPSHOT, UNWRITTEN, SHARDS, OWNED, RESTORING, LAG, WAITING, LATENCY, COMMIT,
    RESTORE, COMMITTED, FAILED, REBALANCES, FAILURES,
)  # fmt: skip
"""All of them, in the order in which they are served."""


def series(metric: Metric) -> tuple[str, ...]:
    """The names under which a metric is queried."""
    if metric.kind == "histogram":
        return tuple(f"{metric.name}_{part}" for part in ("bucket", "sum", "count"))
    return (metric.name,)
