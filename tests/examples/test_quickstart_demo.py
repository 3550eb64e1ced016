"""`make demo`: right on every day, and not right when a rule is off by a cent or a millisecond."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pack and the quickstart somewhere else, so that a run leaves the tree alone."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    ignored = shutil.ignore_patterns("out", "__pycache__")
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "examples" / "quickstart", ignore=ignored)
    return tmp_path


def demo(root: Path, seed: int) -> subprocess.CompletedProcess[str]:
    """Run the demo of a tree."""
    command = [sys.executable, str(root / "examples" / "quickstart" / "demo.py"), "--seed", str(seed)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)


@pytest.mark.parametrize("seed", [7, 42])
def test_precision_and_recall_are_one(copy: Path, seed: int) -> None:
    done = demo(copy, seed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "74 of 74 expected alerts found, 0 false alarms: precision 1.000, recall 1.000" in done.stdout
    assert done.stdout.count("✓") == 8
    assert "Traceback" not in done.stderr


SLIPS = [
    ("cards.pattern", "amount >= 500.00", "amount >= 499.99", "LOUD: the purchase is 1 cent short"),
    ("cards.pattern", "count() > 10", "count() > 11", "MISSING: match for card-"),
    ("accounts.pattern", "after 90d", "after 7775999999ms", "LOUD: 90 days less 1 ms"),
    ("transfers.pattern", "Confirmation within 30m", "Confirmation within 1799999ms", "LOUD: confirmed after exactly"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), SLIPS)
def test_a_slip_in_a_rule_is_told(copy: Path, file: str, old: str, new: str, told: str) -> None:
    path = copy / "rules" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = demo(copy, 7)
    assert done.returncode == 1
    assert told in done.stdout
    assert "NOT what the answer key says" in done.stderr


def test_rules_that_do_not_check_end_the_demo_with_their_message(copy: Path) -> None:
    path = copy / "rules" / "cards.pattern"
    path.write_text(path.read_text(encoding="utf-8").replace("amount >= 500.00", "amuont >= 500.00"), encoding="utf-8")
    done = demo(copy, 7)
    assert done.returncode == 2
    assert "amuont" in done.stderr and "amount" in done.stderr and "Traceback" not in done.stderr
