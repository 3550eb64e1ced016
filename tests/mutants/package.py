"""Copies of the package in a temporary folder, and the processes that run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


def copy(source: Path, target: Path) -> Path:
    """A copy of the package `source/cep` and the grammar beside it, compiled files included, below `target`."""
    shutil.copytree(source / "cep", target / "cep")
    shutil.copytree(source / "grammar", target / "grammar")
    return target


def spoilt(source: Path, target: Path, mutant: Mutant) -> Path:
    """A copy with one slip. Raises `ValueError` where the slip's text has changed."""
    mutant.spoil(copy(source, target) / "cep")
    return target


def run(place: Path, module: str, *arguments: str) -> str:
    """What a module of the tests prints when it finds the package of `place`.

    Raises `RuntimeError` with its last words if it fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(place), str(ROOT)))}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=place, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)}: {done.stderr[-800:]}")
    return done.stdout.strip()
