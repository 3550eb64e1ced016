"""Standard streams that are full or closed: one line and an exit code, and never another file in their place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = """\
event Pay { account: string  amount: decimal  ts: timestamp } time ts
rule big { match by account within 1h a: Pay where amount > 5 }
test "t" for big { 00:00 Pay { account: "a", amount: 9.0 } expect match }
"""
EVENT = '{"account":"a","amount":9,"ts":1000}\n'
RUN = "run good.pattern --from Pay=events.jsonl"
FULL, CLOSED = "> /dev/full", ">&-"

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.pattern").write_text(GOOD)
    (tmp_path / "bad.pattern").write_text(GOOD.replace("amount >", "amuont >"))
    (tmp_path / "events.jsonl").write_text(EVENT)
    return tmp_path


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command with what the shell does to its streams."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CEP": f"{sys.executable} -m cep"}
    command = ["sh", "-c", f"$CEP {words}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False, timeout=60)


@needs_full
@pytest.mark.parametrize("words", ["check bad.pattern", "test good.pattern -v", "fmt - < good.pattern", "--help"])
def test_full_standard_output(words: str, folder: Path) -> None:
    done = shell(f"{words} {FULL}", folder)
    assert done.returncode == 3
    assert done.stderr == "cep: standard output cannot be written: no space left on device\n"


@pytest.mark.parametrize("words", ["check bad.pattern", "test good.pattern -v"])
def test_closed_standard_output(words: str, folder: Path) -> None:
    done = shell(f"{words} {CLOSED}", folder)
    assert done.returncode == 3
    assert done.stderr == "cep: standard output cannot be written: bad file descriptor\n"


def test_closed_standard_output_with_nothing_to_write(folder: Path) -> None:
    done = shell(f"check good.pattern {CLOSED}", folder)
    assert (done.returncode, done.stderr) == (0, "1 rule in 1 file: nothing wrong\n")


def test_a_run_never_writes_alerts_into_what_took_the_place_of_closed_output(folder: Path) -> None:
    done = shell(f"{RUN} --late late.jsonl {CLOSED}", folder)
    assert done.returncode == 3
    assert "error[C0302]: `stdout` cannot be written" in done.stderr
    assert (folder / "late.jsonl").read_text() == ""
    assert (folder / "events.jsonl").read_text() == EVENT


def test_a_run_without_standard_error_keeps_its_summary_out_of_the_alerts(folder: Path) -> None:
    done = shell(f"{RUN} 2>&-", folder)
    assert done.returncode == 0
    assert [line[:13] for line in done.stdout.splitlines()] == ['{"alert_id":"']


@needs_full
def test_full_standard_error(folder: Path) -> None:
    done = shell("check bad.pattern 2> /dev/full", folder)
    assert done.returncode == 3
    assert done.stdout.startswith("bad.pattern:2:52: error[E0204]")


@pytest.mark.parametrize("words", ["run good.pattern --from Pay=-", "fmt -"])
def test_closed_standard_input(words: str, folder: Path) -> None:
    done = shell(f"{words} <&-", folder)
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_failure_to_tell(folder: Path) -> None:
    done = shell("fmt - < good.pattern | true; sleep 0", folder)
    assert done.stderr == ""
