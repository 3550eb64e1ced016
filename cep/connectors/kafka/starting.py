"""Where a shard without state begins to read."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.job.model import TopicSource
from cep.connectors.kafka.port import END_OF_LOG, Consumer, Place, Position
from cep.connectors.kafka.retrying import Retrying

SECONDS = 10.0
"""How long the cluster may take to tell of a partition."""


def first_positions(
    group: Consumer, places: Sequence[Place], sources: Sequence[TopicSource], retrying: Retrying
) -> list[Position]:
    """The first offset to read of each partition, as its source says: an offset, never a word, so that a restart before
    the first record begins there too. Raises `KafkaFailure`, `GaveUp`."""
    by_topic = {source.topic: source for source in sources}
    return [_first(group, place, by_topic[place[0]], retrying) for place in places]


def _first(group: Consumer, place: Place, source: TopicSource, retrying: Retrying) -> Position:
    what = f"looking where {place[0]}/{place[1]} begins"
    low, high = retrying.call(what, lambda: group.limits(place, SECONDS))
    if source.start == "earliest":
        return Position(*place, low)
    if source.start == "latest":
        return Position(*place, high)
    time = source.start
    assert isinstance(time, int)
    found = retrying.call(what, lambda: group.at_time([place], time, SECONDS))[place]
    return Position(*place, high if found == END_OF_LOG else found)
