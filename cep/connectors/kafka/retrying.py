"""Calls that are made again until the cluster answers: it is told once, waited for, and never spun on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.runtime.notice import Notice

T = TypeVar("T")

FIRST, LONGEST = 0.1, 10.0
"""Seconds between two tries: the first time, and at most."""


class GaveUp(Exception):
    """The run was asked to stop while a call failed again and again; `failure`: how it failed last."""

    def __init__(self, failure: KafkaFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Retrying:
    """Makes calls again while they fail in a way that passes.

    `stop`: whether the run was asked to stop, which ends the tries. `tell` hears that the cluster does not answer, and
    that it answers again. `wait` lets seconds pass.
    """

    def __init__(
        self, stop: Callable[[], bool], tell: Callable[[str], None], wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._stop = stop
        self._tell = tell
        self._wait = wait

    def call(self, what: str, call: Callable[[], T], until: Callable[[], bool] = lambda: False) -> T:
        """What `call` gives in the end; `what` names it in messages.

        Raises `GaveUp` once the run was asked to stop, or `until` says so, and `KafkaFailure` for what does not pass.
        """
        pause, told = FIRST, False
        while True:
            try:
                found = call()
            except KafkaFailure as failure:
                if failure.trouble is not Trouble.RETRIABLE:
                    raise
                if self._stop() or until():
                    raise GaveUp(failure) from failure
                if not told and pause > FIRST:
                    message = f"{what} fails: {failure.message} ({failure.code}); it is tried again"
                    self._tell(Notice(message, "warning", "C0340"))
                    told = True
                self._wait(pause)
                pause = min(2 * pause, LONGEST)
            else:
                if told:
                    self._tell(f"{what} works again")
                return found
