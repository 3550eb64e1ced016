"""A member of the group that is in it for a moment, for what its joining or leaving does."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.kafka.port import Place


class Bystander:
    """Hears of its share, and reads nothing of it."""

    def __init__(self) -> None:
        self.is_in = False
        """Whether it was given a share, be it an empty one."""

    def assigned(self, places: Sequence[Place]) -> None:
        """Its share, which it does not want."""
        self.is_in = True

    def revoked(self, places: Sequence[Place]) -> None:
        """It goes."""

    def lost(self, places: Sequence[Place]) -> None:
        """It is gone."""
