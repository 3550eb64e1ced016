"""`--watch`: files are looked at, and a run that reads a pipe takes what has changed in them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cep.cli.run_options import RunOptions
from cep.cli.run_rules import loaded
from cep.cli.run_watch import EVERY, Watch
from tests.cli.test_run_state import change

EVENTS = "event A { k: string  n: int  at: timestamp } time at lateness 0s idle 1h\nlist known: string\n"
RULE = "rule r { match by k  a: A where n > 5 and k not in known }\n"
PATIENCE = 60.0


class Looks:
    """A watch over the files of a job, and the clock it goes by."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watch = Watch(lambda: self.now)
        self.follow()

    def follow(self) -> None:
        """Look at what the job means now."""
        found = loaded(RunOptions(("job.yaml",)))
        self.watch.follow([found.job], found.rules.sources)

    def looks(self, count: int = 2) -> list[bool]:
        """What so many looks say."""
        found = []
        for _ in range(count):
            self.now += EVERY
            found.append(self.watch.changed())
        return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job with rules in a folder, something imported, and a list in a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "events.pattern").write_text(EVENTS)
    (tmp_path / "rules" / "r.pattern").write_text('import "../events.pattern"\n' + RULE)
    (tmp_path / "known.txt").write_text("zz\n")
    job = "rules: [rules]\nsources: {A: {file: '-'}}\nlists: {known: {file: known.txt}}\nalerts: {file: '-'}\n"
    (tmp_path / "job.yaml").write_text(job)
    return tmp_path


def test_each_kind_of_file(folder: Path) -> None:
    at = Looks()
    assert at.looks(3) == [False, True, False], "the first look counts as a change"
    for name in ("rules/r.pattern", "events.pattern", "known.txt", "job.yaml"):
        (folder / name).write_text((folder / name).read_text() + "\n")
        assert at.looks(3) == [False, True, False], name


def test_files_that_come_and_go(folder: Path) -> None:
    at = Looks()
    at.looks()
    (folder / "rules" / "more.pattern").write_text("# nothing yet\n")
    assert at.looks(3) == [False, True, False]
    (folder / "rules" / "more.pattern").unlink()
    assert at.looks(3) == [False, True, False]
    (folder / "rules" / "notes.txt").write_text("of no interest")
    assert at.looks() == [False, False]


def test_the_same_bytes_are_no_change(folder: Path) -> None:
    at = Looks()
    at.looks()
    text = (folder / "known.txt").read_text()
    (folder / "known.txt").write_text(text)
    assert at.looks() == [False, False]
    (folder / "known.txt").write_text("yy\n")
    (folder / "known.txt").write_text(text)
    assert at.looks() == [False, False]


def test_other_bytes_of_the_same_size_and_time(folder: Path) -> None:
    at = Looks()
    at.looks()
    before = (folder / "known.txt").stat()
    (folder / "known.txt").write_text("yy\n")
    os.utime(folder / "known.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert at.looks(3) == [False, True, False]


def test_a_file_that_is_being_written_is_waited_for(folder: Path) -> None:
    at = Looks()
    at.looks()
    found = []
    for number in range(4):
        (folder / "known.txt").write_text(f"{number}\n")
        found += at.looks(1)
    assert found + at.looks() == [False] * 4 + [True, False]


def test_it_does_not_look_all_the_time(folder: Path) -> None:
    at = Looks()
    at.looks()
    (folder / "known.txt").write_text("yy\n")
    at.now += EVERY / 2
    assert at.watch.changed() is False
    assert at.looks(2) == [False, True]


class Running:
    """A run that reads a pipe."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.errors = folder / "errors.txt"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cep", "run", "job.yaml", *options],
                cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        self.said: list[bytes] = []

    def say(self, *numbers: int) -> None:
        """Events, which count up in time too."""
        assert self.process.stdin is not None
        for number in numbers:
            row = {"k": f"k{number}", "n": number, "at": 1_700_000_000_000 + 1000 * len(self.said)}
            self.said.append(json.dumps(row).encode() + b"\n")
            self.process.stdin.write(self.said[-1])
        self.process.stdin.flush()

    def wait_for(self, words: str) -> None:
        """Until standard error holds these words."""
        end = time.monotonic() + PATIENCE
        while words not in self.errors.read_text():
            assert time.monotonic() < end and self.process.poll() is None, self.errors.read_text()
            time.sleep(0.02)

    def alert(self) -> str:
        """The key of the next alert."""
        assert self.process.stdout is not None
        key: str = json.loads(self.process.stdout.readline())["key"]["k"]
        return key

    def end(self) -> list[str]:
        """Close the pipe; the keys of the alerts still to come."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, self.errors.read_text()
        return [json.loads(line)["key"]["k"] for line in out.splitlines()]


def test_a_run_takes_what_has_changed(folder: Path) -> None:
    run = Running(folder, "--watch", "--record", "run.points")
    run.say(1, 7)
    assert run.alert() == "k7"
    change(folder, "rules/r.pattern", "n > 5", "n > 5 and")
    run.wait_for("cep: the run goes on with the rules it has")
    assert "rules/r.pattern:2:" in run.errors.read_text()
    run.say(8, 2)
    assert run.alert() == "k8"
    change(folder, "rules/r.pattern", "n > 5 and", "n < 5")
    run.wait_for("of the rules taken at A/0 at 5")
    run.say(9, 3)
    assert run.alert() == "k3"
    (folder / "known.txt").write_text("k4\n")
    run.wait_for("of the rules taken at A/0 at 7")
    run.say(4, 0)
    assert run.end() == ["k0"]
    # what came through the pipe, piped in again
    (folder / "known.txt").unlink()
    (folder / "saved.jsonl").write_bytes(b"".join(run.said))
    again = [sys.executable, "-m", "cep", "run", "job.yaml", "--replay", "run.points", "--quiet"]
    with (folder / "saved.jsonl").open("rb") as saved:
        found = subprocess.run(again, cwd=folder, stdin=saved, stdout=subprocess.PIPE, check=True).stdout
    assert [json.loads(line)["key"]["k"] for line in found.splitlines()] == ["k7", "k8", "k3", "k0"]
    # less than came through it
    lines = b"".join(run.said[:5])
    cut = subprocess.run(again, cwd=folder, input=lines, capture_output=True, check=False)
    assert cut.returncode == 3
    assert b"error[C0271]: A/0 was read up to 7 when the points were recorded, and ends at 6" in cut.stderr


def test_a_run_that_is_sent_a_signal(folder: Path) -> None:
    run = Running(folder)
    run.say(1, 7)
    assert run.alert() == "k7"
    run.process.send_signal(signal.SIGHUP)
    run.wait_for("cep: nothing to change: the rules, params and lists are those that run")
    change(folder, "rules/r.pattern", "n > 5", "n < 5")
    run.process.send_signal(signal.SIGHUP)
    run.wait_for("of the rules taken at A/0 at 3")
    run.say(6, 2)
    assert run.end() == ["k2"]
