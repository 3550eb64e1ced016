"""Engine against oracle, and the engine against itself, on one pair."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from typing import Literal as OneOf

from cep.api import CheckFailed
from cep.language.model import RuleSet
from tests.generated import engine
from tests.generated.engine import Compiled, Outcome
from tests.generated.expected import Expected, Played, expected
from tests.generated.logs import ALONE
from tests.generated.pairs import checked
from tests.generated.told import Told, shown_told, told_by_engine, told_by_oracle
from tests.oracle import TooManyThreads

Invariances = OneOf["none", "some", "all"]


def differences(
    played: Played, seed: int, invariances: Invariances = "some", wanted: Expected | None = None
) -> list[str]:
    """Where the engine parts from the oracle or from itself; empty if nowhere.

    `invariances`: besides one pass, none of `WAYS`; one that the seed chooses; or all. `wanted`: what the oracle says,
    where it was asked already. A rule that the checker refuses differs nowhere.
    """
    try:
        ruleset = checked(played.text)
    except CheckFailed:
        return []
    try:
        rules = engine.compiled(played)
        first = engine.one_by_one(rules, played)
    except CheckFailed as failed:
        return [f"refused by the engine alone: {d.code} {d.message}" for d in failed.diagnostics]
    except Exception:
        return ["the engine failed", *_last_frames()]
    try:
        wanted = wanted or expected(played, ruleset)
    except TooManyThreads:
        # Only a pair that is being shrunk can come to that.
        return []
    found = list(against_oracle(first, wanted, ruleset))
    if found or invariances == "none":
        return found
    return [
        text for way in _chosen(played, seed, invariances) for text in _another_way(way, rules, played, seed, first)
    ]


# ---------------------------------------------------------------- ways that must make no difference

Way = Callable[[Compiled, Played, Random], Outcome]

WAYS: dict[str, tuple[int, Way]] = {
    "in batches": (3, engine.in_batches),
    "interleaved": (6, engine.interleaved),
    "cut": (3, lambda rules, played, rng: engine.restored(rules, played, lambda _: rng.random() < 0.15)),
    "cut after every event": (1, lambda rules, played, _: engine.restored(rules, played, lambda _: True)),
    "changed": (2, engine.changed),
    "from a changelog": (3, engine.from_changelog),
    "asleep": (3, engine.asleep),
    "indexed": (6, lambda rules, played, _: engine.indexed(rules, played)),
}
"""Ways of running a pair, each with its weight among the pairs that are run in one of them."""


def _chosen(played: Played, seed: int, invariances: Invariances) -> list[str]:
    ways = {name: share for name, (share, _) in WAYS.items() if name != "interleaved" or played.log.places != ALONE}
    if invariances == "all":
        return [*ways, *(name for name in ways if name == "interleaved")]
    return Random(seed).choices(list(ways), list(ways.values()))


def _another_way(name: str, rules: Compiled, played: Played, seed: int, first: Outcome) -> list[str]:
    try:
        other = WAYS[name][1](rules, played, Random(f"{seed} {name}"))
    except Exception:
        return [f"{name}: the engine failed", *_last_frames()]
    return [f"{name}: {text}" for text in _against_itself(first, other)]


def _last_frames() -> list[str]:
    return traceback.format_exc().splitlines()[-8:]


def _against_itself(first: Outcome, other: Outcome) -> Iterator[str]:
    lines, others = _lines(first), _lines(other)
    for key in {**lines, **others}:
        if lines.get(key) != others.get(key):
            mine, theirs = lines.get(key, []), others.get(key, [])
            yield f"key {key}: " + (
                "another order of alerts"
                if sorted(mine) == sorted(theirs)
                else f"other alerts: {sorted(set(mine) ^ set(theirs))!r}"
            )
    if first.late != other.late:
        yield f"other late events: {first.late} and {other.late}"


def _lines(outcome: Outcome) -> dict[tuple[Any, ...], list[bytes]]:
    """Alerts as they are written, in order, by key."""
    found: dict[tuple[Any, ...], list[bytes]] = {}
    for alert in outcome.alerts:
        found.setdefault(tuple(alert.key.values()), []).append(alert.json())
    return found


# ---------------------------------------------------------------- against the oracle


def against_oracle(outcome: Outcome, wanted: Expected, ruleset: RuleSet) -> Iterator[str]:
    """Where what an engine gave parts from what the oracle says."""
    want = told_by_oracle(wanted.report.alerts, ruleset.rules[0].emit is not None)
    got = told_by_engine(outcome.alerts)
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
    yield from (f"key {key}: oracle only   {shown_told(told)}" for told in missing)
    yield from (f"key {key}: engine only   {shown_told(told)}" for told in surplus)
    if not missing and not surplus and want != got:
        yield f"key {key}: in another order: oracle {[shown_told(t) for t in want]}"
        yield f"key {key}:                   engine {[shown_told(t) for t in got]}"
