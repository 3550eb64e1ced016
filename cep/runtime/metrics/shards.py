"""The numbers of shards, as they count them anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cep.runtime.metrics import catalog
from cep.runtime.metrics.catalog import Metric
from cep.runtime.metrics.reading import Reading
from cep.runtime.shard import Shard
from cep.runtime.summary import Findings, Gauges, RuleTrouble
from cep.runtime.watermark import Progress
from cep.runtime.wiring import Wiring

_MICROSECONDS = 1_000_000


def put_counts(reading: Reading, counted: Gauges, found: Findings, wiring: Wiring) -> None:
    """What was counted since the run began. Rules that have counted nothing are told with 0, so that the first of
    something is seen as a rise."""
    reading.put(catalog.EVENTS, counted.events)
    reading.put(catalog.LATE, counted.late)
    reading.put(catalog.DEAD, counted.dead_letters)
    reading.put(catalog.HELD, counted.waiting)
    reading.put(catalog.UNROUTED, sum(found.unrouted.values()))
    reading.put(catalog.SHARED_ERRORS, found.shared_errors)
    for rule in dict.fromkeys([*_names(wiring), *found.trouble]):
        trouble = found.trouble.get(rule, RuleTrouble())
        reading.put(catalog.SUPPRESSED, trouble.suppressed, rule)
        reading.put(catalog.GUARD_ERRORS, trouble.guard_errors, rule)
        reading.put(catalog.DROPPED, trouble.dropped_runs, rule)
        reading.put(catalog.KEYLESS, trouble.null_keys, rule)


def put_alerts(reading: Reading, live: Mapping[str, int], shadow: Mapping[str, int], wiring: Wiring) -> None:
    """Alerts by rule."""
    modes = {rule.name: rule.meta.mode for rule in wiring.rules.rules}
    planned = _names(wiring)
    _put(reading, catalog.ALERTS, live, [name for name in planned if modes.get(name) == "live"])
    _put(reading, catalog.SHADOW, shadow, [name for name in planned if modes.get(name) == "shadow"])


def put_shards(reading: Reading, shards: Mapping[str, Shard], wiring: Wiring, now: int) -> None:
    """Where shards stand, by name; `now`: the wall clock, microseconds. Costs a pass over the keys that have something
    open."""
    opened: Counter[str] = Counter()
    for name, shard in shards.items():
        for lane in shard.lanes:
            # an old version of a rule may run beside the new one
            opened.update(lane.matcher.open_by_rule())
        watermark = shard.watermark()
        if watermark is not None:
            reading.put(catalog.WATERMARK, 0.0 if is_at_rest(shard) else (now - watermark) / _MICROSECONDS, name)
    _put(reading, catalog.OPEN, opened, _names(wiring))


def is_at_rest(shard: Shard) -> bool:
    """Whether nothing waits for event time: all partitions are silent, as long as `idle` allows, and nothing is open
    that time would end. Then time goes on when there is a reason to."""
    silent = all(partition.progress is Progress.IDLE for partition in shard.partitions.values())
    return silent and not shard.held() and shard.next_timer() is None


def _names(wiring: Wiring) -> list[str]:
    return [name for lane in wiring.lanes for name in lane.rules]


def _put(reading: Reading, metric: Metric, counts: Mapping[str, int], names: Iterable[str]) -> None:
    for name in dict.fromkeys([*names, *counts]):
        reading.put(metric, counts.get(name, 0), name)
