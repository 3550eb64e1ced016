"""What Kafka's client has to say, said as the rest of the run is."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cep.cli.telling import tell
from cep.connectors.secrets import struck
from cep.runtime.notice import Notice

CLIENT = "cep.kafka"
"""The logger that the client writes to."""
SILENCE = 60.0
"""Seconds for which the same is not said again."""
_MOST = 1_000
_VARYING = re.compile(r"\([^)]*\)|\d+")
"""What differs from one time to the next: numbers, and what stands in brackets."""


@contextmanager
def client_heard() -> Iterator[None]:
    """Say warnings and errors of the client while the block lasts."""
    handler = Quieter()
    log = logging.getLogger(CLIENT)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class Quieter(logging.Handler):
    """Says a message once a minute, and then how often it was told: while brokers are away the client tells of each try
    to connect, by the hundred. An `error` of the client is none of the run's, which goes on.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._now = now
        self._said: dict[str, _Said] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, or count it."""
        message, now = struck(record.getMessage()), self._now()
        key = _VARYING.sub("", message)
        before = self._said.get(key)
        if before is not None and now - before.at < SILENCE:
            before.again += 1
            return
        more = f" (told {before.again} more times in the last minutes)" if before is not None and before.again else ""
        if len(self._said) >= _MOST:
            self._said = {of: said for of, said in self._said.items() if now - said.at < SILENCE}
        self._said[key] = _Said(now)
        tell(Notice(f"{message}{more}", "warning", "C0347"))


@dataclass(slots=True)
class _Said:
    at: float
    again: int = 0
