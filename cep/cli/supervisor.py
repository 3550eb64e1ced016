"""Several workers of one job on one machine: started, started again when they die, ended together.

Each is a process of its own, from its own start and not a fork: Kafka's client has threads, which a fork would not take
along. What they share is the job; none knows of the others.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cep.cli.interruption import INTERRUPTED, Interrupted, Interruption
from cep.runtime.host_clock import HostClock

DONE, USAGE, FAILED = 0, 2, 3

FIRST, LONGEST = 1.0, 60.0
"""Seconds between the death of a worker and its next start: at first, and at most; doubled each time."""
STEADY = 60.0
"""Seconds after which a worker that dies is taken to have been well: the next start comes soon again."""
BREATH = 0.1
"""Seconds between two looks at the workers."""
GRACE = 5.0
"""Seconds that workers have to end once they were told to end at once."""


class Process(Protocol):
    """A worker's process."""

    @property
    def pid(self) -> int:
        """Its number in the system."""

    def poll(self) -> int | None:
        """Its exit code; the negative number of the signal that has ended it; None while it runs."""

    def signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""


@dataclass(slots=True)
class _Worker:
    """One place: the process that fills it, or when the next is started (seconds of the clock)."""

    number: int
    process: Process | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = 0.0
    lives: int = 0


class Supervisor:
    """Keeps `count` workers running until it is asked to stop. `start` starts the one of a number; `tell` hears what a
    person should know; `is_over`: whether nobody reads the alerts any more, so that there is nothing left to do."""

    def __init__(
        self,
        count: int,
        start: Callable[[int], Process],
        interruption: Interruption,
        clock: HostClock,
        *,
        tell: Callable[[str], None],
        wait: Callable[[float], None],
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._workers = [_Worker(number) for number in range(count)]
        self._start = start
        self._interruption = interruption
        self._clock = clock
        self._tell = tell
        self._wait = wait
        self._is_over = is_over
        self._failed = False

    def run(self) -> int:
        """Do it all. The exit code: 0 after SIGTERM, 130 after Ctrl-C, 3 if a worker could not end well, 2 if the very
        first start of one has shown that something is wrong with the job.

        Raises `Interrupted` after a second Ctrl-C."""
        self._interruption.begin()
        try:
            return self._run()
        except Interrupted:
            self._send(signal.SIGINT)
            raise
        finally:
            self._end_all()

    def _run(self) -> int:
        while not (self._interruption.asked() or self._is_over()):
            for worker in self._workers:
                if self._look_after(worker) == USAGE:
                    self._tell("the job cannot run as it is: all workers are ended")
                    self._send(signal.SIGTERM)
                    self._drain()
                    return USAGE
            if self._interruption.renewal_asked():
                self._send(signal.SIGHUP)
            self._wait(BREATH)
        code = self._interruption.exit_code
        self._send(signal.SIGINT if code == INTERRUPTED else signal.SIGTERM)
        self._drain()
        return FAILED if self._failed else code or DONE

    def _look_after(self, worker: _Worker) -> int | None:
        """Start a worker, or see what has become of it; its exit code if it has just ended for good."""
        now = self._clock.elapsed()
        if worker.process is None:
            if now >= worker.due:
                worker.process = self._start(worker.number)
                worker.started = now
                worker.lives += 1
            return None
        code = worker.process.poll()
        if code is None:
            return None
        worker.process = None
        if code == USAGE and worker.lives == 1:
            return USAGE
        worker.pause = FIRST if now - worker.started >= STEADY or not worker.pause else min(2 * worker.pause, LONGEST)
        worker.due = now + worker.pause
        self._tell(f"worker {worker.number} {ended(code)}; it is started again in {worker.pause:g} s")
        return None

    def _drain(self) -> None:
        """Wait until all have ended; they commit what they have read."""
        while running := [worker for worker in self._workers if worker.process is not None]:
            for worker in running:
                assert worker.process is not None
                code = worker.process.poll()
                if code is not None:
                    worker.process = None
                    if code not in (DONE, INTERRUPTED, -signal.SIGINT):
                        self._failed = True
                        self._tell(f"worker {worker.number} {ended(code)}")
            self._wait(BREATH)

    def _send(self, number: int) -> None:
        for worker in self._workers:
            if worker.process is not None:
                worker.process.signal(number)

    def _end_all(self) -> None:
        """Whatever happens, none is left behind."""
        until = self._clock.elapsed() + GRACE
        while self._are_left() and self._clock.elapsed() < until:
            self._wait(BREATH)
        if self._are_left():
            self._send(signal.SIGKILL)

    def _are_left(self) -> bool:
        return any(worker.process is not None and worker.process.poll() is None for worker in self._workers)


def ended(code: int) -> str:
    """How a process has ended, in words."""
    if code >= 0:
        return f"has ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"
