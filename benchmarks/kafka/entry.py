"""`cep` that tells what its worker has used, as JSON on standard output when it ends.

`owns` and how many shards is written when they come or go, `read` and how many records with each commit behind records.
CPU seconds are those of the whole process, from the first record to the last commit behind a record; with `CLOCKED` in
the environment they are told stage by stage, of the worker's own thread, which costs something itself.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from time import perf_counter, process_time, thread_time
from typing import Any

from cep.cli.main import entry
from cep.connectors.kafka.delivery import Delivery
from cep.connectors.kafka.worker import Worker
from cep.engine.matcher import Matcher
from cep.runtime.held import Held
from cep.runtime.partition import Partition

STAGES: dict[str, tuple[type, str]] = {
    "poll": (Worker, "_polled"),
    "take": (Partition, "take"),
    "order": (Held, "take"),
    "feed": (Matcher, "feed"),
    "advance": (Matcher, "advance"),
    "outputs": (Delivery, "take"),
    "commit": (Worker, "commit"),
}

Moment = tuple[float, float, float]
"""CPU seconds of the process and of this thread, and seconds by the clock."""


class Meter:
    """How far a worker has come, and what it had used by then."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._events = 0
        self._owned = 0
        self._is_read = True
        self._behind: Counter[str] = Counter()
        self._last = self._began = self._ended = _now()

    def look(self, worker: Worker) -> None:
        """Behind a round: see whether records have come, or have been committed."""
        if len(worker.runs) != self._owned:
            self._owned = len(worker.runs)
            print(f"owns {self._owned}", flush=True)
        seen = sum(offset for run in worker.runs.values() for _, _, offset in run.shard.positions())
        if seen != self._events:
            if self._events == 0:
                self._began = self._last
            self._events, self._is_read = seen, False
        elif not self._is_read and not any(run.touched for run in worker.runs.values()):
            self._is_read, self._ended, self._behind = True, _now(), Counter(self.spent)
            print(f"read {self._events}", flush=True)
        self._last = _now()

    def told(self) -> dict[str, Any]:
        """The figures."""
        process, thread, wall = (end - begin for begin, end in zip(self._began, self._ended, strict=True))
        spent = dict(self._behind)
        return {"events": self._events, "cpu": process, "thread": thread, "wall": wall, "spent": spent}


def _now() -> Moment:
    return process_time(), thread_time(), perf_counter()


def clocked(spent: Counter[str], stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that adds the CPU seconds that its thread takes for it to those of a stage."""

    @wraps(function)
    def run(*arguments: Any) -> Any:
        begun = thread_time()
        result = function(*arguments)
        spent[stage] += thread_time() - begun  # type: ignore[assignment]
        return result

    return run


def main() -> None:
    """Have the worker measured, and go on as `cep` does."""
    meter = Meter()

    original = Worker.run

    def run(self: Worker, between: Callable[[], None] = lambda: None) -> None:
        def look() -> None:
            between()
            meter.look(self)

        original(self, look)
        print(json.dumps(meter.told()), flush=True)

    Worker.run = run  # type: ignore[method-assign]
    if os.environ.get("CLOCKED"):
        for stage, (owner, name) in STAGES.items():
            setattr(owner, name, clocked(meter.spent, stage, getattr(owner, name)))
    entry()


if __name__ == "__main__":
    main()
