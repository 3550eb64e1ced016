"""`python -m tests.generated --seeds A..B [--engine cep|oracle] [--full] [--no-shrink] [--stop N]`"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field

from tests.generated.constructs import used
from tests.generated.pairs import Drawn, Pair, check, draw, expected
from tests.generated.report import shown
from tests.generated.shrink import shrink
from tests.generated.statistics import Statistics
from tests.generated.verdict import NotExecuted, differences


@dataclass(slots=True)
class Run:
    """Seeds one after the other."""

    full: bool
    engine: str
    shrinking: bool
    statistics: Statistics = field(default_factory=Statistics)
    failed: list[int] = field(default_factory=list)
    skipped: int = 0

    def seed(self, seed: int) -> None:
        """One pair; a failure is printed as it happens."""
        drawn = draw(seed, self.full)
        self._count(drawn)
        if self.engine == "oracle":
            return
        try:
            found = differences(drawn.pair, seed)
        except NotExecuted:
            self.skipped += 1
            return
        if found:
            self.failed.append(seed)
            print(f"seed {seed}" + (" --full" if self.full else ""))
            small = shrink(drawn.pair, lambda pair: _fails(pair, seed)) if self.shrinking else drawn.pair
            print(shown(small, differences(small, seed)), flush=True)

    def _count(self, drawn: Drawn) -> None:
        ruleset = check(drawn.pair)
        assert ruleset is not None
        report = expected(drawn.pair, ruleset).report
        self.statistics.add(used(drawn.pair), len(report.matches), len(report.timeouts), drawn.refused)


def _fails(pair: Pair, seed: int) -> bool:
    try:
        return bool(differences(pair, seed))
    except NotExecuted:
        return False


def main(arguments: list[str]) -> int:
    """Run a range of seeds; 0 if engine and oracle agree on all."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description="Engine against oracle.")
    parser.add_argument("--seeds", required=True, metavar="A..B", help="from A up to, not including, B")
    parser.add_argument("--engine", choices=("cep", "oracle"), default="cep", help="oracle: statistics alone")
    parser.add_argument("--full", action="store_true", help="groups, alternation, conjunction, any, report as well")
    parser.add_argument("--no-shrink", action="store_true", help="print failing pairs as they were drawn")
    parser.add_argument("--stop", type=int, default=10, metavar="N", help="stop after N failures")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("..")
    run = Run(options.full, options.engine, not options.no_shrink)
    for seed in range(int(first), int(last)):
        run.seed(seed)
        if len(run.failed) >= options.stop:
            break
    print(run.statistics.text())
    failed = ", ".join(map(str, run.failed)) or "none"
    print(f"{run.skipped} not executed yet; failing seeds: {failed}")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
