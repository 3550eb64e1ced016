"""`python -m tests.mutants.hunt --net NET --seeds A..B [--cases FILE]`: the first seed that catches the package found.

Prints that seed and how it shows (`differs`, `fails`, `hangs`), or `none`. `--write FILE` keeps the cases of the seeds
on which the package agrees with the oracle, for hunts after mutants of it; `--cases FILE` reads them, which spares
drawing them and asking the oracle again.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.mutants.nets import Case, case, verdict


def cases_of(seeds: Iterable[int], net: str) -> Iterator[Case]:
    """The cases of seeds. One on which the oracle itself fails can catch nothing: it is named and left out."""
    for seed in seeds:
        try:
            yield case(seed, net)
        except Exception as error:
            print(f"seed {seed}, {net}: the oracle fails: {error!r}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Hunt, or write cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.hunt")
    parser.add_argument("--net", required=True)
    parser.add_argument("--seeds", required=True, metavar="A..B")
    parser.add_argument("--cases", type=Path, metavar="FILE")
    parser.add_argument("--needs", default="", metavar="PATTERN", help="only rules in whose text it is found")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("..")
    seeds = range(int(first), int(last))
    if options.write is not None:
        drawn = cases_of(seeds, options.net)
        options.write.write_bytes(pickle.dumps([c for c in drawn if verdict(c, options.net) == "agrees"]))
        return 0
    cases: Iterable[Case] = cases_of(seeds, options.net)
    if options.cases is not None:
        cases = pickle.loads(options.cases.read_bytes())
    needs = re.compile(options.needs, re.DOTALL)
    verdicts = ((c.seed, verdict(c, options.net)) for c in cases if needs.search(c.pair.text))
    print(*next((found for found in verdicts if found[1] != "agrees"), ("none",)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
