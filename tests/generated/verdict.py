"""Engine against oracle, and the engine against itself, on one pair."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from typing import Literal as OneOf

from cep.api import CheckFailed, Rules
from cep.language.model import RuleSet
from tests.generated import engine
from tests.generated.engine import Outcome, Told
from tests.generated.pairs import Expected, Pair, check, expected
from tests.oracle import TooManyThreads

NOT_EXECUTED = "E0901"
Invariances = OneOf["none", "some", "all"]


class NotExecuted(Exception):
    """The engine refuses the rule: checked, but not executed yet."""


def differences(pair: Pair, seed: int, invariances: Invariances = "some", wanted: Expected | None = None) -> list[str]:
    """Where the engine parts from the oracle or from itself; empty if nowhere. Raises `NotExecuted`.

    `invariances`: besides one pass, none of `WAYS`; one that the seed chooses; or all. `wanted`: what the oracle says,
    where it was asked already.
    """
    ruleset = check(pair)
    if ruleset is None:
        return []
    try:
        rules = engine.compiled(pair)
        first = engine.one_by_one(rules, pair)
    except CheckFailed as failed:
        if any(d.code == NOT_EXECUTED for d in failed.diagnostics):
            raise NotExecuted(failed.diagnostics[0].message) from None
        return [f"refused by the engine alone: {d.code} {d.message}" for d in failed.diagnostics]
    except Exception:
        return ["the engine failed", *_last_frames()]
    try:
        wanted = wanted or expected(pair, ruleset)
    except TooManyThreads:
        # Only a pair that is being shrunk can come to that.
        return []
    found = list(against_oracle(first, wanted, ruleset))
    if found or invariances == "none":
        return found
    rng = Random(seed)
    chosen = list(WAYS) if invariances == "all" else rng.choices(list(WAYS), [share for share, _ in WAYS.values()])
    found = []
    for name in chosen:
        try:
            other = WAYS[name][1](rules, pair, rng)
        except Exception:
            found += [f"{name}: the engine failed", *_last_frames()]
        else:
            found += [f"{name}: {text}" for text in _against_itself(first, other)]
    return found


Way = Callable[[Rules, Pair, Random], Outcome]

WAYS: dict[str, tuple[int, Way]] = {
    "in batches": (3, engine.in_batches),
    "cut": (3, lambda rules, pair, rng: engine.restored(rules, pair, lambda _: rng.random() < 0.15)),
    "cut after every event": (1, lambda rules, pair, _: engine.restored(rules, pair, lambda _: True)),
    "indexed": (2, lambda rules, pair, _: engine.indexed(rules, pair)),
}
"""Ways that must make no difference, each with its share of the pairs that are run in one of them."""


def _last_frames() -> list[str]:
    return traceback.format_exc().splitlines()[-8:]


def against_oracle(outcome: Outcome, wanted: Expected, ruleset: RuleSet) -> Iterator[str]:
    """Where what an engine gave parts from what the oracle says."""
    want = engine.told_by_oracle(wanted.report.alerts, ruleset.rules[0].emit is not None)
    got = engine.told_by_engine(outcome)
    for key in {**want, **got}:
        yield from _compared(key, want.get(key, []), got.get(key, []))
    if not set(wanted.late_seen) <= set(outcome.late) <= set(wanted.late):
        yield f"late: oracle {wanted.late_seen}, engine {outcome.late}"
    ids = [(alert.alert_id, alert.revision) for alert in outcome.alerts]
    if len(set(ids)) != len(ids):
        yield "two alerts with the same id"


def _compared(key: tuple[Any, ...], want: list[Told], got: list[Told]) -> Iterator[str]:
    missing = [told for told in want if told not in got]
    surplus = [told for told in got if told not in want]
    yield from (f"key {key}: oracle only   {_shown(told)}" for told in missing)
    yield from (f"key {key}: engine only   {_shown(told)}" for told in surplus)
    if not missing and not surplus and want != got:
        yield f"key {key}: in another order: oracle {[_shown(t) for t in want]}"
        yield f"key {key}:                   engine {[_shown(t) for t in got]}"


def _shown(told: Told) -> str:
    kind, bound, due, at, values, suppressed, revision, closed = told
    events = " ".join(f"{step}:#{offset}" for step, offset in bound)
    more = f" due {due}" if due is not None else ""
    more += f" at {at}" if at is not None else ""
    more += f" held back {suppressed}" if suppressed else ""
    more += f" revision {revision}" if revision != 1 else ""
    return f"{kind} [{events}]{more} {values!r}" + ("" if closed else " open")


def _against_itself(first: Outcome, other: Outcome) -> Iterator[str]:
    lines, others = ([alert.json() for alert in outcome.alerts] for outcome in (first, other))
    if sorted(lines) != sorted(others):
        yield f"other alerts: {set(lines) ^ set(others)!r}"
    by_key, others_by_key = engine.told_by_engine(first), engine.told_by_engine(other)
    if by_key != others_by_key:
        yield "another order of alerts"
    if first.late != other.late:
        yield f"other late events: {first.late} and {other.late}"
