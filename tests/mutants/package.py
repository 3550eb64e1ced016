"""Copies of the package and its nets in a temporary folder, and the processes that run on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


FOLDERS = ("cep", "grammar", "tests/generated", "tests/oracle", "tests/mutants")
"""What a hunt needs: the package, and the nets, lest an edit of either matters while it runs."""

DRAWING = (
    "chance", "conditions", "declared", "deep", "draft", "expected", "fitting", "logs", "pairs", "patterns",
    "references", "rules", "sequences",
)  # fmt: skip
"""The modules of `tests.generated` that decide what a seed stands for."""


def copy(source: Path, target: Path) -> Path:
    """A copy of the package and the nets below `target`, compiled files included."""
    for folder in FOLDERS:
        shutil.copytree(source / folder, target / folder)
    shutil.copy2(source / "tests" / "__init__.py", target / "tests" / "__init__.py")
    return target


def generator(place: Path) -> str:
    """A mark of the generator as it stands: under another one the seeds stand for other pairs."""
    texts = [(place / "tests" / "generated" / f"{name}.py").read_bytes() for name in DRAWING]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def spoilt(source: Path, target: Path, mutant: Mutant) -> Path:
    """A copy with one slip. Raises `ValueError` where the slip's text has changed."""
    mutant.spoil(copy(source, target) / "cep")
    return target


def run(place: Path, module: str, *arguments: str) -> str:
    """What a module of the tests prints when it finds the package of `place`.

    Raises `RuntimeError` with its last words if it fails.
    """
    environment = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=place, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)}: {done.stderr[-800:]}")
    if done.stderr:
        print(done.stderr, end="", file=sys.stderr)
    return done.stdout.strip()
