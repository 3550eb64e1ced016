"""What has been read of the topics between shards, and is needed no more, is deleted now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cep.connectors.kafka.port import Admin, KafkaFailure, Place, Position
from cep.runtime.notice import Notice

EVERY = 60.0
"""Seconds between two deletions."""
SECONDS = 2.0
"""How long one may take: the other work stands still meanwhile."""


class Sweeper:
    """Deletes through `admin`. `say` hears once that it does not work: it is tried again, and the topics grow
    meanwhile. `now`: seconds since some moment."""

    def __init__(self, admin: Admin, say: Callable[[str], None], now: Callable[[], float]) -> None:
        self._admin = admin
        self._say = say
        self._now = now
        self._due = now() + EVERY
        self._swept: dict[Place, int] = {}
        self._failed = False

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return self._now() >= self._due

    def sweep(self, positions: Iterable[Position]) -> None:
        """Delete what stands before these, which have been committed: no restart reads it again."""
        self._due = self._now() + EVERY
        wanted = [each for each in positions if each.offset > self._swept.get(each.place, 0)]
        if not wanted:
            return
        try:
            self._admin.delete_before(wanted, SECONDS)
        except KafkaFailure as failure:
            if not self._failed:
                topics = ", ".join(sorted({f"`{each.topic}`" for each in wanted}))
                message = f"what was read of {topics} cannot be deleted: {failure.message} ({failure.code}); they grow"
                self._say(Notice(message, "warning", "C0348"))
            self._failed = True
        else:
            self._failed = False
            self._swept |= {each.place: each.offset for each in wanted}
