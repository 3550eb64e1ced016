"""One log through a rule in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cep.api import Alert, Engine
from cep.engine.shared import census, keyed
from cep.engine.values import Values
from cep.language.model import RuleSet
from cep.plan.compile import compile_plan
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire
from tests.engine.shared.drawn import Sent
from tests.oracle import OracleEvent
from tests.oracle import run as run_oracle

MILLISECOND = 1_000
Told = tuple[Any, ...]
"""Key, events, values, held back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Alerts as lines, the same in comparable form by key, what was open after each batch, what was dropped."""

    lines: list[bytes]
    told: dict[Any, list[Told]]
    opened: list[int]
    dropped: int


def wirings(rules: RuleSet) -> tuple[Wiring, Wiring]:
    """The rules as they are planned, and with partial matches kept one by one."""
    wiring = wire(rules, [Source("drawn", tuple(rules.events), "type")])
    lanes = [replace(lane, plan=compile_plan(rules, lane.rules, share=False)) for lane in wiring.lanes]
    return wiring, replace(wiring, lanes=tuple(lanes))


def is_shared(wiring: Wiring) -> bool:
    """Whether its only rule is kept as a shared structure."""
    return wiring.lanes[0].plan.rules[0].sharing is not None


def run(wiring: Wiring, log: Sequence[Sent], batch: int = 1, cut: bool = False) -> Outcome:
    """The log in batches; with `cut`, the state is written and read back after each."""
    engine = new(wiring)
    alerts: list[Alert] = []
    opened, dropped = [], 0
    for first in range(0, len(log), batch):
        alerts += engine.push(events(log[first : first + batch]))
        opened.append(engine.stats.open_runs)
        if cut:
            dropped += dropped_by(engine)
            engine = reborn(engine, wiring)
    alerts += engine.finish()
    assert not engine.dead_letters and not engine.late
    assert cut or engine.stats.alerts == len(alerts)
    return Outcome([a.json() for a in alerts], told(alerts), opened, dropped + dropped_by(engine))


def tidied(wiring: Wiring, log: Sequence[Sent]) -> Outcome:
    """With everything left over taken out, and all numbers multiplied out, after each event: logs are too short for it
    otherwise."""
    few = census.FEW, keyed.FEW
    census.FEW, keyed.FEW = -1_000, -1_000
    try:
        return run(wiring, log)
    finally:
        census.FEW, keyed.FEW = few


def new(wiring: Wiring) -> Engine:
    """An engine."""
    return Engine(wiring, Values(), 100)


def reborn(engine: Engine, wiring: Wiring) -> Engine:
    """An engine with the state of another, which it writes as it was read."""
    parts = engine._shard.snapshot()
    other = new(wiring)
    other._shard.restore(parts)
    assert other._shard.snapshot() == parts
    assert other.stats.open_runs == engine.stats.open_runs
    return other


def dropped_by(engine: Engine) -> int:
    """Partial matches dropped at the cap."""
    matcher = engine._shard.lanes[0].matcher
    return sum(counters.dropped_runs for counters in matcher.counters.values())


def events(log: Iterable[Sent]) -> Iterator[dict[str, Any]]:
    """As a program hands them over."""
    for sent in log:
        yield {"type": sent.event, **sent.data, "ts": sent.time}


def told(alerts: Iterable[Alert]) -> dict[Any, list[Told]]:
    """Alerts by key."""
    found: dict[Any, list[Told]] = {}
    for alert in alerts:
        bound = tuple((event.step, int(event.source.rpartition("/")[2])) for event in alert.events)
        found.setdefault(tuple(alert.key.values()), []).append((bound, tuple(alert.fields.values()), alert.suppressed))
    return found


def told_by_oracle(rules: RuleSet, log: Sequence[Sent], most_threads: int) -> dict[Any, list[Told]]:
    """What the reference matcher says. Raises `TooManyThreads`."""
    (rule,) = rules.rules
    given = [
        OracleEvent(s.event, s.time * MILLISECOND, s.data | {"ts": s.time * MILLISECOND}, ("drawn", 0, index))
        for index, s in enumerate(log)
    ]
    report = run_oracle(rule, rules, given, most_threads=most_threads)
    found: dict[Any, list[Told]] = {}
    for alert in report.alerts:
        bound = tuple((step, at[2]) for step, at in alert.events)
        values = alert.fields if rule.emit is not None else alert.key
        found.setdefault(alert.key, []).append((bound, values, alert.suppressed))
    return found
