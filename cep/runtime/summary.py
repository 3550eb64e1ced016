"""What a shard has done so far, as plain numbers for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cep.engine.counters import Counters
from cep.runtime.shard import Shard


@dataclass(frozen=True, slots=True)
class Gauges:
    """The numbers that move during a run. `watermark`: microseconds, None before the first event."""

    events: int
    alerts: int
    late: int
    dead_letters: int
    open_runs: int
    waiting: int
    """Events held back for their place in the order."""
    watermark: int | None

    def plus(self, other: Gauges) -> Gauges:
        """Of two shards together: the sums, and the lesser watermark."""
        marks = [mark for mark in (self.watermark, other.watermark) if mark is not None]
        return Gauges(
            self.events + other.events,
            self.alerts + other.alerts,
            self.late + other.late,
            self.dead_letters + other.dead_letters,
            self.open_runs + other.open_runs,
            self.waiting + other.waiting,
            min(marks, default=None),
        )


@dataclass(frozen=True, slots=True)
class RuleTrouble:
    """What went wrong with one rule: expressions that could not be computed, events without a key, runs over the cap,
    and matches that `suppress` held back."""

    guard_errors: int = 0
    null_keys: int = 0
    dropped_runs: int = 0
    suppressed: int = 0

    def plus(self, of: Counters | RuleTrouble) -> RuleTrouble:
        """This and what a matcher, or another shard, has counted."""
        return RuleTrouble(
            self.guard_errors + of.guard_errors,
            self.null_keys + of.null_keys,
            self.dropped_runs + of.dropped_runs,
            self.suppressed + of.suppressed,
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What a person should know after a run. `unrouted`: records by unknown type. `trouble`: by rule, where there is
    any. `shared_errors`: expressions that several rules share and that could not be computed. `unfed`: by rule, the
    event types it reads that no source brings."""

    unrouted: dict[str, int] = field(default_factory=dict)
    trouble: dict[str, RuleTrouble] = field(default_factory=dict)
    shared_errors: int = 0
    unfed: dict[str, tuple[str, ...]] = field(default_factory=dict)


def gauges(shard: Shard) -> Gauges:
    """The numbers now. Costs a pass over the keys that have something open."""
    stats = shard.stats
    return Gauges(
        stats.events,
        stats.alerts,
        stats.late,
        stats.dead_letters,
        shard.open_runs(),
        shard.held(),
        shard.watermark(),
    )


def findings(shard: Shard) -> Findings:
    """What is worth telling about the run so far."""
    matchers = [lane.matcher for lane in shard.lanes]
    trouble: dict[str, RuleTrouble] = {}
    for matcher in matchers:
        for rule, of in matcher.counters.items():
            # An old version of a rule may run beside the new one.
            trouble[rule] = trouble.get(rule, RuleTrouble()).plus(of)
    for outlet in shard.outlets:
        for rule, number in outlet.null_keys().items():
            trouble[rule] = trouble.get(rule, RuleTrouble()).plus(RuleTrouble(null_keys=number))
    return Findings(
        _unrouted(shard),
        {rule: of for rule, of in sorted(trouble.items()) if of != RuleTrouble()},
        sum(matcher.shared.guard_errors for matcher in matchers),
        dict(sorted(shard.wiring.unfed.items())),
    )


def together(found: Sequence[Findings]) -> Findings:
    """What several shards found that ran one after the other, the last of which says what no source brings."""
    unrouted: Counter[str] = Counter()
    trouble: dict[str, RuleTrouble] = {}
    for each in found:
        unrouted.update(each.unrouted)
        for rule, of in each.trouble.items():
            trouble[rule] = trouble.get(rule, RuleTrouble()).plus(of)
    return Findings(
        dict(unrouted.most_common()),
        dict(sorted(trouble.items())),
        sum(each.shared_errors for each in found),
        found[-1].unfed,
    )


def _unrouted(shard: Shard) -> dict[str, int]:
    skipped: dict[str, Counter[type]] = {}
    routers = {}
    for partition in shard.partitions.values():
        routers[partition.source.name] = partition.router
        skipped.setdefault(partition.source.name, Counter()).update(partition.skipped)
    counts: Counter[str] = Counter()
    for source, router in routers.items():
        counts.update(router.unknown_types(skipped[source]))
    return dict(counts.most_common())
