"""Members of a group read, with what the group gives them, partitions that it knows nothing of."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import pytest

from cep.connectors.kafka.port import (
    KafkaFailure,
    Place,
    Position,
    Producer,
    Trouble,
)
from tests.kafka.support import SECONDS, RealKafka, values

pytestmark = pytest.mark.kafka


class _Member:
    """A member of a group that reads, with each partition of the topic it subscribes to, that of another topic."""

    def __init__(self, kafka: RealKafka, group: str, protocol: str, lead: str, other: str) -> None:
        self.consumer = kafka.consumer(group, {"group.protocol": protocol})
        self.lead, self.other = lead, other
        self.owned: set[int] = set()
        self.read: list[str] = []
        self.consumer.subscribe([lead], self)

    def assigned(self, places: Sequence[Place]) -> None:
        """Read on from what was committed."""
        assert {topic for topic, _ in places} == {self.lead}
        numbers = {number for _, number in places}
        self.owned |= numbers
        self.start(numbers)

    def start(self, numbers: Iterable[int]) -> None:
        """Read these of both topics, from where they were committed on."""
        both = [(topic, number) for topic in (self.lead, self.other) for number in numbers]
        known = self.consumer.committed(both, SECONDS)
        self.consumer.start([known.get(place, Position(*place, 0)) for place in both])

    def revoked(self, places: Sequence[Place]) -> None:
        """Let go of the other topic's partitions too."""
        assert {topic for topic, _ in places} == {self.lead}
        numbers = [number for _, number in places]
        self.owned.difference_update(numbers)
        self.consumer.stop([(self.other, number) for number in numbers])

    def lost(self, places: Sequence[Place]) -> None:
        """What was read and not committed comes again to whoever owns them now."""
        self.revoked(places)

    def poll(self, committer: Producer) -> None:
        """Read, and commit the offsets of both topics in a transaction; in the middle of a rebalance it may be refused,
        also to a member that loses nothing."""
        polled = self.consumer.poll(100, 0.05)
        if not polled.fetched:
            return
        committer.begin()
        positions = [Position(*each.place, each.offsets[-1] + 1) for each in polled.fetched]
        try:
            committer.send_offsets(positions, self.consumer.group(), SECONDS)
            committer.commit(SECONDS)
        except KafkaFailure as failed:
            assert failed.trouble is Trouble.ABORTABLE
            committer.abort(SECONDS)
            self.start(self.owned)
        else:
            self.read += values(polled)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_partitions_that_are_not_of_the_group_go_with_those_that_are(kafka: RealKafka, protocol: str) -> None:
    lead, other, group = kafka.topic(4, stem="lead"), kafka.topic(4, stem="other"), kafka.name("group")
    committer = kafka.producer(kafka.name("tx"))
    written: list[str] = []

    def write(word: str) -> None:
        for topic in (lead, other):
            for number in range(4):
                kafka.write(topic, [f"{topic}-{number}-{word}"], number)
                written.append(f"{topic}-{number}-{word}")

    def settle(members: list[_Member], *owned: int) -> None:
        """Poll until the group is shared so, and everything that was written has been read."""
        limit = time.monotonic() + SECONDS
        while sorted(len(each.owned) for each in members) != list(owned) or sum(map(len, reads)) < len(written):
            assert time.monotonic() < limit, ([each.owned for each in members], reads)
            for each in members:
                each.poll(committer)

    first = _Member(kafka, group, protocol, lead, other)
    reads = [first.read]
    write("alone")
    settle([first], 4)
    second = _Member(kafka, group, protocol, lead, other)
    reads.append(second.read)
    settle([first, second], 2, 2)
    write("both")
    settle([first, second], 2, 2)
    assert {each.rpartition("-")[0] for each in second.read} == {
        f"{topic}-{number}" for topic in (lead, other) for number in second.owned
    }
    second.consumer.close()
    write("alone again")
    settle([first], 4)
    assert sorted(first.read + second.read) == sorted(written)
