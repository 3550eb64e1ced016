"""`cep run` that is stopped, loses its reader, or shows its progress: through real signals, pipes and terminals."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cep.cli.interruption import Interrupted, Interruption

RULES = """\
event Pay { id: string  ts: timestamp } time ts
rule twice { match by id within 1h  a: Pay  then b: Pay }
rule alone { match by id  p: Pay  without Pay within 1d }
"""
RUN = [sys.executable, "-m", "cep", "run", "rules.pattern"]


def line(id_: str, second: int) -> bytes:
    """One event."""
    return b'{"type":"Pay","id":"%b","ts":%d}\n' % (id_.encode(), 1_700_000_000_000 + second * 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the rules."""
    (tmp_path / "rules.pattern").write_text(RULES)
    return tmp_path


@contextmanager
def started(folder: Path, *arguments: str, err: int = subprocess.PIPE) -> Iterator[subprocess.Popen[bytes]]:
    """A run with standard input open; killed at the end if it still lives."""
    process = subprocess.Popen(
        [*RUN, "--from", "-", *arguments], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_alert(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """Give it two events of one id, and wait for the alert."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(line("a", 0) + line("a", 1) + line("a", 2))
    process.stdin.flush()
    alert: dict[str, object] = json.loads(process.stdout.readline())
    return alert


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_stopped_run_ends_at_once_and_fires_nothing(number: int, code: int, folder: Path) -> None:
    with started(folder) as process:
        assert first_alert(process)["rule"] == "twice"
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert [json.loads(text)["rule"] for text in out.splitlines()] == []
    assert err.startswith(b"stopped: 3 events in ")
    assert b"Traceback" not in err


def test_a_stop_before_the_first_event(folder: Path) -> None:
    with started(folder) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_the_end_of_a_pipe_is_the_end_of_the_input(folder: Path) -> None:
    with started(folder) as process:
        first_alert(process)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert [json.loads(text)["rule"] for text in out.splitlines()] == ["alone"]


def test_a_stop_in_the_middle_leaves_whole_lines(folder: Path) -> None:
    events = folder / "events.jsonl"
    events.write_bytes(b"".join(line(f"k{n % 50}", n) for n in range(400_000)))
    process = subprocess.Popen(
        [*RUN, "--from", "events.jsonl", "--to", "alerts.jsonl"], cwd=folder, stderr=subprocess.PIPE
    )
    alerts = folder / "alerts.jsonl"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (alerts.exists() and alerts.stat().st_size > 100_000):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.startswith(b"stopped: ")
    text = alerts.read_bytes()
    assert text.endswith(b"}\n")
    assert {json.loads(part)["kind"] for part in text.splitlines()} == {"match"}


def test_a_reader_that_has_seen_enough_ends_it_quietly(folder: Path) -> None:
    (folder / "events.jsonl").write_bytes(b"".join(line("k", n) for n in range(100_000)))
    command = f"{' '.join(RUN)} --from events.jsonl | head -n 2"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == b""


def test_progress_on_a_terminal(folder: Path) -> None:
    terminal, end = pty.openpty()
    shown = b""
    with started(folder, err=end) as process:
        os.close(end)
        assert process.stdin is not None
        # Events keep coming until progress was shown: how soon that is depends on how busy the machine is.
        for second in range(100):
            process.stdin.write(line("a", second))
            process.stdin.flush()
            if select.select([terminal], [], [], 0.2)[0]:
                shown += os.read(terminal, 4096)
            if b"open runs" in shown:
                break
        process.communicate(timeout=10)
    with suppress(OSError):  # a terminal whose other end is gone ends with an error
        while piece := os.read(terminal, 4096):
            shown += piece
    os.close(terminal)
    assert b"watermark 2023-11-14T22:1" in shown
    assert b"open runs" in shown
    assert b" events in" in shown


def test_no_progress_where_nobody_looks(folder: Path) -> None:
    with started(folder) as process:
        first_alert(process)
        time.sleep(0.8)
        _, err = process.communicate(timeout=10)
    assert b"\x1b" not in err and b"\r" not in err


def test_signals_raise_until_the_work_begins_and_wait_from_then_on() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as early, pytest.raises(Interrupted) as caught:
        signal.raise_signal(signal.SIGTERM)
    assert (caught.value.exit_code, early.exit_code) == (0, 0)
    with Interruption() as late:
        late.begin()
        signal.raise_signal(signal.SIGINT)
        assert late.asked()
        assert late.exit_code == 130
        signal.raise_signal(signal.SIGTERM)
        late.exit_code = 130
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
