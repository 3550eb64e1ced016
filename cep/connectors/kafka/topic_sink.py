"""Lines of one kind of output as records of a topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cep.connectors.kafka.port import Headers, KafkaFailure, Trouble
from cep.runtime.alert import Alert

ALERT_ID = "cep-alert-id"
"""The header that bears an alert's id, by which a consumer keeps each alert once."""


class Write(Protocol):
    """Writes a record to a topic."""

    def __call__(self, topic: str, value: bytes | None, key: bytes | None = None, *, headers: Headers = ()) -> None:
        """Raises `KafkaFailure`."""


class TopicSink:
    """Writes records to `topic`. Alerts are keyed by the rule's key, so that those of one key stay in order; late
    events and dead letters bear none. `refused` hears of lines that are larger than the topic takes."""

    def __init__(self, topic: str, write: Write, refused: Callable[[str, int], None]) -> None:
        self.topic = topic
        self._write = write
        self._refused = refused

    def write(self, lines: Sequence[bytes], of: Sequence[Alert] | None = None) -> None:
        """Write the lines. Raises `KafkaFailure` for anything but a line that is too large."""
        if of is None:
            for line in lines:
                self._put(line, None, ())
            return
        for line, alert in zip(lines, of, strict=True):
            self._put(line, alert.key_json(), ((ALERT_ID, alert.alert_id.encode()),))

    def _put(self, line: bytes, key: bytes | None, headers: Headers) -> None:
        try:
            self._write(self.topic, line, key, headers=headers)
        except KafkaFailure as failure:
            if failure.trouble is not Trouble.TOO_LARGE:
                raise
            self._refused(self.topic, len(line))
