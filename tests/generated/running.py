"""Seeds run one after the other, or by several processes: what came of them, and what of it differs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.generated.cases import written_case
from tests.generated.constructs import used
from tests.generated.pairs import Kind, Pair, draw
from tests.generated.shrink import shrink
from tests.generated.statistics import Statistics
from tests.generated.verdict import Invariances, differences

CHUNK = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """How seeds are run. `engine`: whether it is run at all, or only what is drawn is counted."""

    kind: Kind = "mixed"
    engine: bool = True
    shrinking: bool = True
    invariances: Invariances = "some"


@dataclass(frozen=True, slots=True)
class Failure:
    """A pair on which engine and oracle part, shrunk where that was asked for, and where they part."""

    pair: Pair
    differences: list[str]
    seed: int
    kind: Kind

    def text(self) -> str:
        """For people, in the form of a kept case."""
        return written_case(self.pair, [f"seed {self.seed}, {self.kind}", *self.differences])


@dataclass(slots=True)
class Result:
    """What came of some seeds."""

    statistics: Statistics = field(default_factory=Statistics)
    failures: list[Failure] = field(default_factory=list)

    @property
    def seeds(self) -> list[int]:
        """The seeds that failed."""
        return [failure.seed for failure in self.failures]


def run(seeds: range, settings: Settings) -> Result:
    """Seeds one after the other."""
    result = Result()
    for seed in seeds:
        drawn = draw(seed, settings.kind)
        report = drawn.expected.report
        result.statistics.add(used(drawn.pair), len(report.matches), len(report.timeouts), drawn.refused)
        if not settings.engine:
            continue
        found = differences(drawn.pair, seed, settings.invariances, drawn.expected)
        if found:
            result.failures.append(_failure(drawn.pair, found, seed, settings))
    return result


def _failure(pair: Pair, found: list[str], seed: int, settings: Settings) -> Failure:
    small = shrink(pair, lambda candidate: bool(differences(candidate, seed, "all"))) if settings.shrinking else pair
    return Failure(small, differences(small, seed, "all") or found, seed, settings.kind)


def results(seeds: range, settings: Settings, jobs: int) -> Iterator[Result]:
    """The results of chunks of seeds, in order."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    if jobs == 1:
        yield from (run(chunk, settings) for chunk in chunks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run, chunks, [settings] * len(chunks))
