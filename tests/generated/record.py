"""The record of volume runs: seeds that were run one after the other over many sittings, and what came of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

from tests.generated.running import Settings, results
from tests.generated.statistics import Statistics

RECORD = Path(__file__).with_name("runs.json")
ROOT = Path(__file__).parents[2]
FOLDERS = ("cep/language", "cep/plan", "cep/engine", "cep/runtime", "tests/oracle", "tests/generated")
"""What decides the outcome of a seed."""

GENERATOR = 2
"""Which generator draws today: under another one a seed stands for another pair. Generator 1 had no `deep` rules."""

PORTION = 2_000
"""Pairs after which the record is written, so that a run may be broken off."""


@dataclass(slots=True)
class Sitting:
    """Seeds of one generator from `first` up to, not including, `last`, run on the code with the mark `code`.

    `matching` and `timing_out` count pairs; `differing`: seeds on which engine and oracle parted. `constructs` counts
    the matching pairs that use each.
    """

    generator: int
    first: int
    last: int
    code: str
    matching: int = 0
    timing_out: int = 0
    differing: list[int] = field(default_factory=list)
    constructs: dict[str, int] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        """How many pairs were run."""
        return self.last - self.first

    def add(self, statistics: Statistics, differing: list[int]) -> None:
        """A further portion, run behind what was run before."""
        self.last += statistics.pairs
        self.matching += statistics.matching
        self.timing_out += statistics.timing_out
        self.differing += differing
        for name, count in sorted(statistics.constructs.items()):
            self.constructs[name] = self.constructs.get(name, 0) + count


def read(path: Path) -> list[Sitting]:
    """The sittings recorded so far."""
    if not path.exists():
        return []
    return [Sitting(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def write(path: Path, sittings: list[Sitting]) -> None:
    """Replace the record as a whole."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps([asdict(one) for one in sittings], indent=1) + "\n", encoding="utf-8")
    new.replace(path)


def mark(root: Path = ROOT) -> str:
    """A mark of the code that decides what comes of a seed."""
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def go_on(path: Path, count: int, jobs: int, portion: int = PORTION) -> int:
    """Run `count` seeds behind the last one recorded; 0 if engine and oracle agree on all of them."""
    sittings = read(path)
    next_seed = max((one.last for one in sittings if one.generator == GENERATOR), default=0)
    code = mark()
    if not sittings or (sittings[-1].generator, sittings[-1].code) != (GENERATOR, code):
        sittings.append(Sitting(GENERATOR, next_seed, next_seed, code))
    now = sittings[-1]
    known = len(now.differing)
    for first in range(next_seed, next_seed + count, portion):
        seeds = range(first, min(first + portion, next_seed + count))
        statistics = Statistics()
        differing: list[int] = []
        for result in results(seeds, Settings(shrinking=False), jobs):
            statistics.join(result.statistics)
            differing += result.seeds
        now.add(statistics, differing)
        write(path, sittings)
        print(f"seeds up to {now.last}: {len(now.differing)} differ", flush=True)
    print(told(sittings))
    return 1 if len(now.differing) > known else 0


def told(sittings: list[Sitting]) -> str:
    """The totals as the documentation tells them, a line for each generator."""
    by_generator = groupby(sittings, lambda one: one.generator)
    return "\n".join(f"- generator {number}: {_told(list(several))}" for number, several in by_generator)


def _told(sittings: list[Sitting]) -> str:
    pairs = sum(one.pairs for one in sittings)
    last = max(one.last for one in sittings) - 1
    matching, timing_out = (
        sum(getattr(one, name) for one in sittings) / max(1, pairs) for name in ("matching", "timing_out")
    )
    differing = [seed for one in sittings for seed in one.differing]
    since = last - max(differing, default=-1)
    return (
        f"{pairs:,} pairs (seeds 0 to {last:,}), {matching:.1%} with a match, {timing_out:.1%} with a time-out; "
        f"{len(differing):,} differed when they were run, none of the last {since:,}"
    )
