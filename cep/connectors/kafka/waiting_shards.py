"""Shards that cannot be taken up, since their changelog does not hold what the group's offsets go with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cep.connectors.kafka.topology import Topology
from cep.runtime.notice import Notice

LACKING = 60.0
"""Seconds after which it is said that a changelog lacks a commit: an open transaction hides it for less."""


class WaitingShards:
    """Says which shards wait. `say`: under a word that tells what is the same; `now`: seconds since some moment."""

    def __init__(self, topology: Topology, say: Callable[[str, str], None], now: Callable[[], float]) -> None:
        self._topology = topology
        self._say = say
        self._now = now
        self._since: dict[int, float] = {}

    def look(self, lacking: Mapping[int, int]) -> None:
        """Those that wait now, each with the number of the commit that it waits for."""
        now = self._now()
        self._since = {shard: self._since.get(shard, now) for shard in lacking}
        for shard, since in self._since.items():
            if now - since >= LACKING:
                message = (
                    f"shard {shard} waits: commit {lacking[shard]}, with which the group's offsets go, is not in "
                    f"`{self._topology.changelog_of(shard)[0]}`; if that is another one or was emptied, name another "
                    "`group.id`"
                )
                self._say(f"lacking {shard}", Notice(message, "warning", "C0344", shard))
