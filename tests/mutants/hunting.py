"""Hunts after many mutants: cases are drawn once, and handed to one process a mutant."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from tests.mutants.cases import CASES
from tests.mutants.mutant import Mutant
from tests.mutants.package import ROOT, copy, generator, run, spoilt
from tests.mutants.record import Catch

SIZES = (60, 240, 700, 1500, 2500)
"""Numbers of seeds looked at in turn: most mutants are caught by the first few."""


class Hunt:
    """Looks for the first seed that catches each mutant, among the first `pairs` seeds.

    `folder` holds the copies; the tree is copied once, so that an edit meanwhile does not matter.
    """

    def __init__(self, folder: Path, pairs: int) -> None:
        self.folder = folder
        self.pairs = pairs
        self.whole = copy(ROOT, folder / "whole")
        self.mark = generator(self.whole)
        self.locks: dict[str, threading.Lock] = {}
        self.lock = threading.Lock()

    def catch(self, mutant: Mutant) -> Catch | None:
        """The first seed that catches a mutant and how, None if none does. Raises `ValueError` for one out of date."""
        place = spoilt(self.whole, self.folder / mutant.name.replace(" ", "-"), mutant)
        try:
            for first, last in self.ranges(mutant):
                said = self.hunt(place, mutant, first, last)
                if said != "none":
                    seed, how = said.split()
                    return Catch(int(seed), how)
        finally:
            shutil.rmtree(place)
        return None

    def hunt(self, place: Path, mutant: Mutant, first: int, last: int) -> str:
        """The word of one process on one range of seeds."""
        seeds = f"{first}..{last}"
        cases = self.cases(mutant.net, seeds)
        options = ("--net", mutant.net, "--seeds", seeds, "--cases", str(cases), f"--needs={mutant.needs}")
        return run(place, "tests.mutants.hunt", *options)

    def ranges(self, mutant: Mutant) -> list[tuple[int, int]]:
        """The seeds in growing portions."""
        if mutant.net == "cases":
            return [(0, len(CASES))]
        found, first = [], 0
        for size in SIZES:
            last = min(self.pairs, first + size)
            if first < last:
                found.append((first, last))
            first = last
        return found

    def cases(self, net: str, seeds: str) -> Path:
        """The file with the cases of some seeds, written by the package without a slip."""
        path = self.folder / f"{net.replace(' ', '-')}-{seeds}"
        with self.lock:
            lock = self.locks.setdefault(path.name, threading.Lock())
        with lock:
            if not path.exists():
                run(self.whole, "tests.mutants.hunt", "--net", net, "--seeds", seeds, "--write", str(path))
        return path
