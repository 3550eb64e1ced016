"""`python -m tests.generated --seeds A..B [--engine cep|oracle] [--full] [--jobs N] …`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.generated.constructs import used
from tests.generated.pairs import Drawn, Pair, draw
from tests.generated.report import shown
from tests.generated.shrink import shrink
from tests.generated.statistics import Statistics
from tests.generated.verdict import Invariances, NotExecuted, differences

CHUNK = 50


@dataclass(frozen=True, slots=True)
class Settings:
    """How seeds are run."""

    full: bool = False
    engine: str = "cep"
    shrinking: bool = True
    invariances: Invariances = "some"


@dataclass(slots=True)
class Result:
    """What came of some seeds: counts, and for each that failed what to print."""

    statistics: Statistics = field(default_factory=Statistics)
    failures: dict[int, str] = field(default_factory=dict)


def run(seeds: range, settings: Settings) -> Result:
    """Seeds one after the other."""
    result = Result()
    for seed in seeds:
        drawn = draw(seed, settings.full)
        _count(drawn, result.statistics)
        if settings.engine == "oracle":
            continue
        try:
            found = differences(drawn.pair, seed, settings.invariances, drawn.expected)
        except NotExecuted:
            result.statistics.not_executed += 1
            continue
        if found:
            small = shrink(drawn.pair, lambda pair, seed=seed: _fails(pair, seed)) if settings.shrinking else drawn.pair
            head = f"seed {seed}" + (" --full" if settings.full else "")
            result.failures[seed] = head + "\n" + shown(small, differences(small, seed, "all") or found)
    return result


def _count(drawn: Drawn, statistics: Statistics) -> None:
    report = drawn.expected.report
    statistics.add(used(drawn.pair), len(report.matches), len(report.timeouts), drawn.refused)


def _fails(pair: Pair, seed: int) -> bool:
    try:
        return bool(differences(pair, seed, "all"))
    except NotExecuted:
        return False


def results(seeds: range, settings: Settings, jobs: int) -> Iterator[Result]:
    """The results of chunks of seeds, in order."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    if jobs == 1:
        yield from (run(chunk, settings) for chunk in chunks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run, chunks, [settings] * len(chunks))


def main(arguments: list[str]) -> int:
    """Run a range of seeds; 0 if engine and oracle agree on all."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description="Engine against oracle.")
    parser.add_argument("--seeds", required=True, metavar="A..B", help="from A up to, not including, B")
    parser.add_argument("--engine", choices=("cep", "oracle"), default="cep", help="oracle: statistics alone")
    parser.add_argument("--full", action="store_true", help="groups, alternation, conjunction, any, report as well")
    parser.add_argument("--no-shrink", action="store_true", help="print failing pairs as they were drawn")
    parser.add_argument("--invariances", choices=("none", "some", "all"), default="some", help="batches and cuts")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--stop", type=int, default=20, metavar="N", help="stop after N failures")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("..")
    settings = Settings(options.full, options.engine, not options.no_shrink, options.invariances)
    total = Result()
    for result in results(range(int(first), int(last)), settings, options.jobs):
        for text in result.failures.values():
            print(text, flush=True)
        total.statistics.join(result.statistics)
        total.failures |= result.failures
        if len(total.failures) >= options.stop:
            break
    print(total.statistics.text())
    print("failing seeds: " + (", ".join(map(str, total.failures)) or "none"))
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
