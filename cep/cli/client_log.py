"""What Kafka's client has to say, said as the rest of the run is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cep.cli.telling import tell
from cep.runtime.notice import Level, Notice

CLIENT = "cep.kafka"
"""The logger that the client writes to."""


@contextmanager
def client_heard() -> Iterator[None]:
    """Say warnings and errors of the client while the block lasts."""
    handler = _Handler(logging.WARNING)
    log = logging.getLogger(CLIENT)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        tell(Notice(record.getMessage(), level))
