"""A worker of `--workers` as a process, and what ties it to the one that has started it.

It stands in a session of its own, so that Ctrl-C reaches it through its supervisor alone, and once. Its standard input
is a pipe that only the supervisor holds: when that ends, however it ends, the worker drains and ends too.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence

from cep.cli.job_file import NUMBER

PIECE = 1 << 16
"""Bytes that are passed on at a time."""
_OUT = 1


class WholeLines:
    """Passes on what workers write to standard output, line by line: the lines of several would be torn on a pipe.

    `is_broken`: nobody reads them any more. Then what still comes is dropped, so that no worker hangs.
    """

    def __init__(self, out: int = _OUT) -> None:
        self.is_broken = False
        self._out = out
        self._lock = threading.Lock()

    def follow(self, pipe: int) -> threading.Thread:
        """Pass on what comes out of a pipe until its end, in a thread of its own; half a line at the end is dropped."""
        thread = threading.Thread(target=self._pass_on, args=(pipe,), daemon=True, name="cep-lines")
        thread.start()
        return thread

    def _pass_on(self, pipe: int) -> None:
        rest = b""
        with open(pipe, "rb", buffering=0) as source:
            while piece := source.read(PIECE):
                whole, end, after = piece.rpartition(b"\n")
                if end:
                    self._write(rest + whole + end)
                    rest = after
                else:
                    rest += piece

    def _write(self, lines: bytes) -> None:
        left = memoryview(lines)
        with self._lock:
            while left and not self.is_broken:
                try:
                    left = left[os.write(self._out, left) :]
                except OSError:
                    self.is_broken = True


class WorkerProcess:
    """Starts `command` with `--worker NUMBER` behind its verb."""

    def __init__(self, command: Sequence[str], number: int, lines: WholeLines) -> None:
        # a file takes each write whole, wherever it comes from
        shared = stat.S_ISREG(os.fstat(_OUT).st_mode)
        place = command.index("run") + 1
        self._popen = subprocess.Popen(
            [*command[:place], "--worker", str(number), *command[place:]],
            stdin=subprocess.PIPE,
            stdout=None if shared else subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, NUMBER: str(number)},
        )
        self._passing = None
        if self._popen.stdout is not None:
            self._passing = lines.follow(os.dup(self._popen.stdout.fileno()))
            self._popen.stdout.close()

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._popen.pid

    def poll(self) -> int | None:
        """Its exit code, once all that it wrote was passed on; None while it runs."""
        code = self._popen.poll()
        if code is not None:
            if self._popen.stdin is not None:
                self._popen.stdin.close()
            if self._passing is not None:
                self._passing.join()
        return code

    def signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        self._popen.send_signal(number)


def own_command() -> list[str]:
    """How this process was started, to be started so again."""
    return [sys.executable, *sys.orig_argv[1:]]


def end_with_supervisor() -> None:
    """Have this process end, as by SIGTERM, when nobody holds the other end of its standard input any more."""
    threading.Thread(target=_wait_for_end, daemon=True, name="cep-supervisor").start()


def _wait_for_end() -> None:
    # nothing is ever written to it
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
