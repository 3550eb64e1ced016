"""The engine on a drawn pair, through its public face, in several ways that must make no difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from cep.api import Alert, Engine, Rules
from cep.engine import machine
from cep.engine.values import Values
from cep.runtime.settings import list_values
from tests.generated.draft import LISTED
from tests.generated.pairs import MILLISECOND, SOURCE, Pair, checked
from tests.oracle import Match, Timeout

KEPT = 10_000
"""Late events and dead letters that an engine keeps."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine gave: its alerts in order, and the offsets of late events."""

    alerts: tuple[Alert, ...]
    late: tuple[int, ...]


def compiled(pair: Pair) -> Rules:
    """The pair's rule. Pairs of one rule share it, and with it the plan. Raises `CheckFailed`."""
    return _compiled(pair.text)


@lru_cache(maxsize=8)
def _compiled(text: str) -> Rules:
    # As `compile_text` does, of rules that have been read already.
    ruleset = checked(text)
    return Rules(ruleset, Values({}, list_values(ruleset, {"listed": LISTED})), {})


def one_by_one(rules: Rules, pair: Pair) -> Outcome:
    """Every event a batch of its own."""
    engine = rules.engine(source=SOURCE)
    alerts = [alert for event in events(pair) for alert in engine.push([event])]
    return _ended(engine, pair, alerts)


def indexed(rules: Rules, pair: Pair) -> Outcome:
    """With every wait indexed that can be, though logs are too short for an index to be worth it."""
    many = machine.MANY
    machine.MANY = 0
    try:
        return one_by_one(rules, pair)
    finally:
        machine.MANY = many


def in_batches(rules: Rules, pair: Pair, rng: Random) -> Outcome:
    """Events in batches of random sizes."""
    engine = rules.engine(source=SOURCE)
    waiting = list(events(pair))
    alerts: list[Alert] = []
    while waiting:
        size = rng.choice((1, 2, 3, 5, len(waiting)))
        alerts += engine.push(waiting[:size])
        waiting = waiting[size:]
    return _ended(engine, pair, alerts)


def restored(rules: Rules, pair: Pair, cuts: Callable[[int], bool]) -> Outcome:
    """State written and read back by a new engine after each event for which `cuts` says so."""
    engine = rules.engine(source=SOURCE)
    alerts: list[Alert] = []
    late: list[int] = []
    for number, event in enumerate(events(pair)):
        alerts += engine.push([event])
        if cuts(number):
            late += [entry.offset for entry in engine.late]
            engine = _reborn(engine, rules)
    outcome = _ended(engine, pair, alerts)
    return Outcome(outcome.alerts, (*late, *outcome.late))


def events(pair: Pair) -> Iterator[dict[str, Any]]:
    """The log as a program hands it over."""
    for sent in pair.log.events:
        yield {"type": sent.event, **sent.data, "ts": sent.time}


def _reborn(engine: Engine, rules: Rules) -> Engine:
    # The plan is immutable and the way through a file has tests of its own: making both anew each time is three
    # quarters of the cost of a pair.
    new = Engine(engine._shard.wiring, rules._values, KEPT)
    new._shard.restore(engine._shard.snapshot())
    return new


def _ended(engine: Engine, pair: Pair, alerts: list[Alert]) -> Outcome:
    alerts += engine.finish() if pair.log.end is None else engine.advance(pair.log.end * MILLISECOND)
    if engine.dead_letters:
        raise ValueError(f"dead letter: {engine.dead_letters[0].reason}")
    return Outcome(tuple(alerts), tuple(entry.offset for entry in engine.late))


# ---------------------------------------------------------------- comparable forms

Told = tuple[Any, ...]
"""Kind, events, deadline, `at`, values, held back, revision, closed."""


def told_by_engine(outcome: Outcome) -> dict[tuple[Any, ...], list[Told]]:
    """Alerts in order, by key."""
    found: dict[tuple[Any, ...], list[Told]] = {}
    for alert in outcome.alerts:
        bound = tuple((event.step, int(event.source.rpartition("/")[2])) for event in alert.events)
        values = tuple(alert.fields.values())
        told = (alert.kind, bound, alert.due, alert.at, values, alert.suppressed, alert.revision, alert.closed)
        found.setdefault(tuple(alert.key.values()), []).append(told)
    return found


def told_by_oracle(alerts: tuple[Match | Timeout, ...], has_emit: bool) -> dict[tuple[Any, ...], list[Told]]:
    """The same from the oracle. Without `emit` an alert's fields are the key."""
    found: dict[tuple[Any, ...], list[Told]] = {}
    for alert in alerts:
        bound = tuple((step, at[2]) for step, at in alert.events)
        if isinstance(alert, Match):
            values = alert.fields if has_emit else alert.key
            told: Told = (
                "match", bound, alert.due, None, values, alert.suppressed, alert.revision, alert.closed
            )  # fmt: skip
        else:
            told = ("timeout", bound, alert.due, alert.at, alert.fields, alert.suppressed, 1, True)
        found.setdefault(alert.key, []).append(told)
    return found
