"""`python -m tests.mutants [--only NAME] [--missing] [--pairs 5000] [--jobs 2]`"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants import record
from tests.mutants.hunting import Hunt
from tests.mutants.listed import MUTANTS
from tests.mutants.mutant import Mutant


def main(arguments: list[str]) -> int:
    """Hunt for every mutant, and keep the seeds; 0 only if each is caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Is every slip in the engine caught?")
    parser.add_argument("--only", metavar="NAME", help="mutants whose name contains this")
    parser.add_argument("--missing", action="store_true", help="mutants without a seed so far")
    parser.add_argument("--pairs", type=int, default=5_000, metavar="N", help="seeds to look at")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes at a time")
    options = parser.parse_args(arguments)
    survivors = []
    with TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        hunt = Hunt(Path(folder), options.pairs)
        # Seeds of another generator stand for other pairs: they are forgotten.
        catches = record.caught(hunt.mark)
        chosen = [m for m in MUTANTS.values() if options.only is None or options.only in m.name]
        chosen = [m for m in chosen if not (options.missing and m.name in catches)]
        for mutant in chosen:
            mutant.applied((hunt.whole / "cep" / mutant.file).read_text(encoding="utf-8"))
        for mutant, catch in zip(chosen, pool.map(hunt.catch, chosen), strict=True):
            tell(mutant, catch)
            if catch is None:
                survivors.append(mutant.name)
                catches.pop(mutant.name, None)
            else:
                catches[mutant.name] = catch
            record.keep(MUTANTS, catches, hunt.mark)
    print(f"{len(chosen) - len(survivors)} caught, {len(survivors)} not" + "".join(f"\n    {n}" for n in survivors))
    return 1 if survivors else 0


def tell(mutant: Mutant, catch: record.Catch | None) -> None:
    """One line a mutant."""
    outcome = "NOT CAUGHT" if catch is None else f"seed {catch.seed}"
    print(f"{outcome:>12}  {mutant.net:12}  {mutant.file}: {mutant.name}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
