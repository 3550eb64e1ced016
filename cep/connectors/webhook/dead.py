"""Alerts that their receiver has refused, kept as dead letters: `cep dlq` looks through them, and replays them."""

from __future__ import annotations

import os
from pathlib import Path

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.kafka.port import Place, Producer
from cep.connectors.kafka.retrying import Retrying
from cep.runtime.dead_letters import DeadLetter

SECONDS = 30.0


def _line(place: Place, offset: int, reason: str, value: bytes | None) -> bytes:
    return DeadLetter(place[0], *place, offset, reason, value or b"").json()


class DeadFile:
    """Appends them to a file."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigurationError` where it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        except OSError as error:
            message = f"`{path}` cannot be written: {error.strerror or error}"
            raise ConfigurationError("C0115", message, "choose a file that this user may write", str(path)) from error
        self._path = path

    def put(self, place: Place, offset: int, reason: str, value: bytes | None) -> None:
        """Write one, and make it safe."""
        try:
            self._file.write(_line(place, offset, reason, value) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            message = f"`{self._path}` cannot be written: {error.strerror or error}"
            fix = "make room, or write elsewhere, and rerun"
            raise ConnectorFailure("C0302", message, fix, str(self._path)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class DeadTopic:
    """Writes them to a topic."""

    def __init__(self, topic: str, producer: Producer, retrying: Retrying) -> None:
        self._topic = topic
        self._producer = producer
        self._retrying = retrying

    def put(self, place: Place, offset: int, reason: str, value: bytes | None) -> None:
        """Write one, and wait until it is safe."""
        self._producer.produce(self._topic, _line(place, offset, reason, value))
        self._retrying.call("writing dead letters", lambda: self._producer.flush(SECONDS))

    def close(self) -> None:
        """Let go of the producer."""
        self._producer.close()
