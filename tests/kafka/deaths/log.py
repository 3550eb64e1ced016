"""The record of all jobs so far, and what is still wanted of it."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.kafka.deaths.kinds import is_in_a_rebalance, kinds
from tests.kafka.deaths.played import Lives

LOG = Path(__file__).parent.parent / "deaths.jsonl"
POINT, REBALANCE, RANDOM, OTHER = 3, 5, 15, 5
"""How often each kind is wanted under each guarantee: at a point, in a rebalance, at random, zombies and brokers."""


def entries(path: Path = LOG) -> list[dict[str, Any]]:
    """What came of each job."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def add(lives: Lives, path: Path = LOG) -> None:
    """Add a job."""
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(asdict(lives)) + "\n")


def tally(found: list[dict[str, Any]], guarantee: str | None = None) -> Counter[str]:
    """How often each kind has come about, under one guarantee or both."""
    total: Counter[str] = Counter()
    for entry in found:
        if guarantee in (None, entry["guarantee"]):
            total.update(entry.get("kinds", {"random": entry["deaths"]}))
    return total


def wanted(kind: str) -> int:
    """How often a kind is wanted under each guarantee."""
    if kind in ("join", "leave"):
        return 2 * REBALANCE
    if kind in ("zombie", "broker"):
        return OTHER
    if kind == "random":
        return RANDOM
    return REBALANCE if is_in_a_rebalance(kind) and "/" not in kind else POINT


def next_kinds(
    found: list[dict[str, Any]], guarantee: str, membership: str, count: int, chance: random.Random
) -> list[str]:
    """The kinds that have come about least, as measured by how often they are wanted.

    In the classic protocol a commit on the way to a rebalance fails, and mostly nothing is left to commit inside."""
    so_far = tally(found, guarantee)
    possible = [kind for kind in kinds(guarantee) if "/" not in kind or membership == "consumer"]
    chosen = []
    for _ in range(count):
        kind = min(possible, key=lambda name: (so_far[name] / wanted(name), chance.random()))
        so_far[kind] += 1
        chosen.append(kind)
    chance.shuffle(chosen)
    return chosen
