"""Partitions that belong to nobody since a static member came back.

Where a member has `group.instance.id`, the broker gives who comes back under its name what the one before had, without
a rebalance (KIP-345). If that one died just when it was told to let go of partitions, they go to nobody: the rebalance
in which another member would have got them (KIP-429) is the dead one's to ask for, and no later one comes by itself.
Kafka Streams had the same (KAFKA-9821).

So who has such a name looks, behind its start, whether all partitions are owned. Where some are not for a while, a
member without a name joins and leaves: that has all of them share anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cep.connectors.kafka.bystander import Bystander
from cep.connectors.kafka.plan import WorkerPlan, admin_settings, group_settings
from cep.connectors.kafka.port import Consumer, Kafka, KafkaFailure, Place

EVERY = 10.0
"""Seconds between two looks."""
PATIENCE = 5.0
"""Seconds that one may take."""
JOINING = 60.0
"""Seconds that the nameless member waits for its share, before it leaves all the same."""
NAME = "group.instance.id"


def may_strand(plan: WorkerPlan) -> bool:
    """Whether the worker is a member of the kind that it befalls."""
    settings = group_settings(plan)
    return NAME in settings and settings.get("group.protocol", "classic") == "classic"


class Stranded:
    """Looks after the start of a worker, until all partitions were seen owned. `now`: seconds since some moment."""

    def __init__(self, kafka: Kafka, plan: WorkerPlan, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._kafka = kafka
        self._plan = plan
        self._settings = group_settings(plan)
        self._tell = tell
        self._now = now
        self._due = now() + EVERY
        self._before: frozenset[Place] = frozenset()
        self._is_done = False
        self._member: Consumer | None = None
        self._heard = Bystander()

    def look(self) -> None:
        """To be called now and then. What fails is tried again at the next look."""
        if self._is_done or (self._member is None and self._now() < self._due):
            return
        with suppress(KafkaFailure):
            if self._member is not None:
                self._wait(self._member)
            else:
                self._due = self._now() + EVERY
                self._compare()

    def close(self) -> None:
        """Look no more."""
        self._is_done = True
        self._leave()

    def _compare(self) -> None:
        owned = self._owned()
        if owned is None:
            return
        topology = self._plan.topology
        missing = frozenset((topology.lead, number) for number in range(topology.shards)) - owned
        self._is_done = not missing
        # between the two rebalances in which a partition changes hands it is nobody's for a moment
        if again := sorted(missing & self._before):
            told = ", ".join(f"{topic}/{number}" for topic, number in again)
            self._tell(f"{told}: nobody's since a worker came back under its name; all share anew")
            self._join()
        self._before = missing

    def _owned(self) -> frozenset[Place] | None:
        admin = self._kafka.admin(admin_settings(self._plan.properties))
        try:
            return admin.owned(self._settings["group.id"], PATIENCE)
        finally:
            admin.close()

    def _join(self) -> None:
        self._heard = Bystander()
        self._member = self._kafka.consumer({key: value for key, value in self._settings.items() if key != NAME})
        self._due = self._now() + JOINING
        self._member.subscribe([self._plan.topology.lead], self._heard)

    def _wait(self, member: Consumer) -> None:
        member.poll(1, 0.0)
        if self._heard.is_in or self._now() >= self._due:
            self._leave()
            self._due = self._now() + EVERY
            self._before = frozenset()

    def _leave(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            with suppress(KafkaFailure):
                member.close()
