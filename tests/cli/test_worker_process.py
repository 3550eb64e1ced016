"""Worker processes: whole lines out of several, and an end with whoever has started them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cep.cli import worker_process
from cep.cli.worker_process import WholeLines, WorkerProcess

SECONDS = 20.0
WRITES = """\
import sys, time
number = sys.argv[sys.argv.index("--worker") + 1]
for _ in range(40):
    # half a line, and then more than a pipe takes at once
    sys.stdout.write(number * 5_000)
    sys.stdout.flush()
    sys.stdout.write(number * 65_000 + "\\n")
    sys.stdout.flush()
sys.stdout.write("torn")
"""
WAITS = """\
import time
from cep.cli.worker_process import end_with_supervisor
end_with_supervisor()
print("up", flush=True)
time.sleep(60)
"""


def finish(process: WorkerProcess) -> int:
    """Its exit code."""
    end = time.monotonic() + SECONDS
    while (code := process.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return code


def test_lines_of_several_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "writes.py").write_text(WRITES)
    # the test's own standard output may be a file
    monkeypatch.setattr(worker_process.stat, "S_ISREG", lambda mode: False)
    with (tmp_path / "out").open("wb") as out:
        lines = WholeLines(out.fileno())
        command = [sys.executable, str(tmp_path / "writes.py"), "run"]
        processes = [WorkerProcess(command, number, lines) for number in range(3)]
        assert [finish(process) for process in processes] == [0, 0, 0]
    found = (tmp_path / "out").read_text().splitlines()
    assert sorted(found) == sorted(str(number) * 70_000 for number in range(3) for _ in range(40))


def test_a_reader_that_has_gone_is_noticed_and_nobody_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "writes.py").write_text(WRITES)
    monkeypatch.setattr(worker_process.stat, "S_ISREG", lambda mode: False)
    read, write = os.pipe()
    os.close(read)
    lines = WholeLines(write)
    process = WorkerProcess([sys.executable, str(tmp_path / "writes.py"), "run"], 0, lines)
    assert finish(process) == 0
    assert lines.is_broken
    os.close(write)


def test_a_worker_ends_when_its_supervisor_is_gone(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "waits.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as waits:
        assert waits.stdin is not None and waits.stdout is not None
        assert waits.stdout.readline() == b"up\n"
        assert waits.poll() is None
        waits.stdin.close()
        assert waits.wait(SECONDS) == -15
