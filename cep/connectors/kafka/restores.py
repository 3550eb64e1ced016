"""When the state of shards is read: not right behind transactions that failed, nor while there is nowhere to write."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.kafka.port import Consumer, KafkaFailure, Trouble
from cep.connectors.kafka.restorer import Restored, Restorer
from cep.connectors.kafka.setbacks import Setbacks
from cep.connectors.kafka.troubles import Troubles
from cep.connectors.kafka.waiting_shards import WaitingShards
from cep.runtime.notice import Notice

SECONDS = 5.0
"""How long the cluster may take to tell of a topic before the other work goes on."""


class Restores:
    """Has shards restored, but not right behind transactions that failed, nor while an output is not there.

    `outputs`: topics. `waiting` says which shards cannot be restored."""

    def __init__(
        self,
        restorer: Restorer,
        group: Consumer,
        outputs: Sequence[str],
        setbacks: Setbacks,
        troubles: Troubles,
        waiting: WaitingShards,
    ) -> None:
        self._restorer = restorer
        self._group = group
        self._outputs = outputs
        self._setbacks = setbacks
        self._troubles = troubles
        self._waiting = waiting

    def step(self, seconds: float) -> list[Restored]:
        """Read on, waiting up to `seconds`; the shards that are whole now. Raises `KafkaFailure`."""
        if not self._may():
            return []
        found = self._restorer.step(seconds)
        self._waiting.look(self._restorer.lacking)
        return found

    def _may(self) -> bool:
        if self._setbacks.is_waiting:
            return False
        if self._setbacks.is_retry:
            if (gone := self._missing()) is not None:
                self._setbacks.wait()
                message = f"the topic `{gone}` is not there; it is waited for"
                self._troubles.say(f"no output {gone}", Notice(message, "warning", "C0345"))
                return False
            self._setbacks.tried()
        return True

    def _missing(self) -> str | None:
        """A topic that outputs go to and that is not there, if the cluster says so."""
        for topic in self._outputs:
            try:
                self._group.limits((topic, 0), SECONDS)
            except KafkaFailure as failure:
                return topic if failure.trouble is Trouble.UNKNOWN_PLACE else None
        return None
