"""The admin client."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.kafka.port import Place, Position, TopicInfo
from cep.testing.simulated_kafka.client import Client
from cep.testing.simulated_kafka.failures import failure


class SimulatedAdmin(Client):
    """Looks at topics and makes them."""

    kind = "admin"

    def topics(self, names: Sequence[str], seconds: float, settings: Sequence[str] = ()) -> dict[str, TopicInfo]:
        """Those of the topics that are there."""

        def look() -> dict[str, TopicInfo]:
            for name in names:
                self.cluster.check_access(name)
            there = {name: self.cluster.topics[name] for name in names if name in self.cluster.topics}
            return {name: topic.info(settings) for name, topic in there.items()}

        return self.remote("topics", seconds, look)

    def create(self, topic: TopicInfo, seconds: float, replication: int | None = None) -> bool:
        """Make a topic; False: it is there already."""

        def make() -> bool:
            if topic.name in self.cluster.topics:
                return False
            self.cluster.create(topic.name, topic.partitions, topic.settings)
            return True

        return self.remote("create", seconds, make)

    def delete_before(self, positions: Sequence[Position], seconds: float) -> None:
        """Delete all records before these offsets."""

        def delete() -> None:
            for each in positions:
                self.cluster.check_access(each.topic)
                log = self.cluster.log(each.place)
                if log is None:
                    raise failure("UNKNOWN_TOPIC_OR_PARTITION", f"{each.topic}/{each.partition}")
                if self.cluster.topics[each.topic].is_compacted:
                    raise failure("POLICY_VIOLATION", f"records of `{each.topic}`, which is compacted")
                if each.offset > log.end:
                    raise failure("OFFSET_OUT_OF_RANGE", f"{each.topic}/{each.partition} ends at {log.end}")
                log.delete_before(each.offset)

        self.remote("delete_before", seconds, delete)

    def owned(self, group: str, seconds: float) -> frozenset[Place] | None:
        """The partitions that members of a group own."""
        return self.remote("owned", seconds, lambda: self.cluster.groups.owned(group))

    def close(self) -> None:
        """Let go of it."""
        self.call("close", lambda: None)
