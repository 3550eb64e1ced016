"""`python -m tests.generated`: seeds run and shown, a failing one kept as a case, runs added to the record."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.generated.cases import ENDING, FOLDER, OPEN, written_case
from tests.generated.record import RECORD, go_on
from tests.generated.running import Failure, Result, Settings, results
from tests.generated.tidy import tidy
from tests.generated.verdict import differences


def main(arguments: list[str]) -> int:
    """Run seeds; 0 if engine and oracle agree on all."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description="Engine against oracle.")
    parser.add_argument("--seeds", metavar="A..B", help="from A up to, not including, B")
    parser.add_argument("--only", choices=("sequences", "full", "deep"), help="rules of one kind instead of a mixture")
    parser.add_argument("--full", action="store_const", const="full", dest="only", help="the same as --only full")
    parser.add_argument("--no-engine", action="store_true", help="only draw, ask the oracle, and count")
    parser.add_argument("--no-shrink", action="store_true", help="print failing pairs as they were drawn")
    parser.add_argument("--invariances", choices=("none", "some", "all"), default="some", help="batches, cuts, …")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--stop", type=int, default=20, metavar="N", help="stop after N failures")
    parser.add_argument("--save", nargs=2, metavar=("NAME", "WHAT"), help="keep the first failing pair, shrunk")
    parser.add_argument("--open", action="store_true", help="with --save: the bug is not mended yet")
    parser.add_argument(
        "--record", type=int, metavar="COUNT", help=f"run COUNT more pairs and add them to {RECORD.name}"
    )
    options = parser.parse_args(arguments)
    if options.record is not None:
        return go_on(RECORD, options.record, options.jobs)
    if options.seeds is None:
        parser.error("give --seeds A..B, or --record COUNT")
    first, _, last = options.seeds.partition("..")
    if not (first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        parser.error(f"--seeds {options.seeds}: write A..B, with A before B")
    settings = Settings(options.only or "mixed", not options.no_engine, not options.no_shrink, options.invariances)
    total = run_and_show(range(int(first), int(last)), settings, options.jobs, 1 if options.save else options.stop)
    if options.save and total.failures:
        name, what = options.save
        print(f"kept as {keep(name, what, total.failures[0], options.open)}")
    return 1 if total.failures else 0


def run_and_show(seeds: range, settings: Settings, jobs: int, stop: int) -> Result:
    """Run seeds, print what differs as it comes and the counts at the end; give up after `stop` failures."""
    total = Result()
    for result in results(seeds, settings, jobs):
        for failure in result.failures:
            print(failure.text(), flush=True)
        total.statistics.join(result.statistics)
        total.failures += result.failures
        if len(total.failures) >= stop:
            break
    print(total.statistics.text())
    print("failing seeds: " + (", ".join(map(str, total.seeds)) or "none"))
    return total


def keep(name: str, what: str, failure: Failure, is_open: bool) -> Path:
    """Write a failing pair to a file of its own, which the tests run from then on."""
    path = FOLDER / f"{name}{ENDING}"
    head = [what, *([OPEN.removeprefix("# ")] if is_open else [])]
    small = tidy(failure.pair, lambda case: bool(differences(case, failure.seed, "all")))
    path.write_text(written_case(small, head), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
