"""Input topics that are given more partitions while a job runs.

The group tells of those of the topic that leads. Nobody reads a new partition of another one before the next start, and
the keys that have moved there are missed: so each worker looks, now and then, how many partitions there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cep.connectors.kafka.port import Admin, KafkaFailure
from cep.connectors.kafka.topology import Topology

EVERY = 60.0
"""Seconds between two looks."""
PATIENCE = 2.0
"""Seconds that one may take: the other work stands still meanwhile."""


class Growth:
    """Looks through clients that `admin` makes. `now`: seconds since some moment."""

    def __init__(self, admin: Callable[[], Admin], topology: Topology, now: Callable[[], float]) -> None:
        self._admin = admin
        self._topology = topology
        self._now = now
        self._due = now() + EVERY

    def look(self) -> None:
        """To be called now and then. What fails is tried again at the next look.

        Raises `ConnectorFailure` for a topic that has grown: the state does not go with its partitions any more."""
        if self._now() < self._due:
            return
        self._due = self._now() + EVERY
        known = self._topology.partitions
        for topic, count in self._counted(sorted(known)).items():
            if count > known[topic]:
                raise self._topology.grown(topic, known[topic])

    def _counted(self, topics: list[str]) -> dict[str, int]:
        with suppress(KafkaFailure):
            admin = self._admin()
            try:
                return {name: found.partitions for name, found in admin.topics(topics, PATIENCE).items()}
            finally:
                admin.close()
        return {}
