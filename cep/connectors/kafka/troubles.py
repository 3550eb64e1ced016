"""Troubles that a client tells again and again while they last: said once in a while, and never passed over."""

from __future__ import annotations

from collections.abc import Callable

from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.runtime.notice import Notice

SILENCE = 60.0
"""Seconds for which the same trouble is not said again."""

LASTING = (Trouble.RETRIABLE, Trouble.UNKNOWN_PLACE)
"""What a client goes on by itself with, once it is over."""


class Troubles:
    """Says what a poll has told of. `now`: seconds since some moment."""

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._said: dict[str, float] = {}

    def heard(self, failure: KafkaFailure) -> None:
        """One failure of a poll. Raises it where the client does not go on by itself."""
        if failure.trouble not in LASTING:
            raise failure
        waited = "; it is waited for" if failure.trouble is Trouble.UNKNOWN_PLACE else ""
        message = f"{failure.message} ({failure.code}){waited}"
        self.say(message, message)

    def say(self, what: str, message: str) -> None:
        """Say something, unless it was said of late; `what` tells what is the same."""
        now = self._now()
        if now - self._said.get(what, -SILENCE) >= SILENCE:
            self._said[what] = now
            self._tell(message if isinstance(message, Notice) else Notice(message, "warning", "C0341"))
