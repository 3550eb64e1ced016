"""Records on their way to their shards, held while a schema is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.formats.reading import SchemaAwaited, TopicReader
from cep.connectors.kafka.intake import Decoded, Intake
from cep.connectors.kafka.port import Consumer, Fetched, Place, Polled, Position
from cep.connectors.kafka.shard_run import chunk_of, part_of
from cep.runtime.decode.malformed import Malformed


class Schemas:
    """A record is the number of its schema, in a text: unknown, or known."""

    def __init__(self) -> None:
        self.known: set[int] = set()
        self.trouble: str | None = None

    def read(self, value: bytes, event: str | None) -> bytes:
        number = int(value)
        if number < 0:
            raise Malformed("below zero")
        if number not in self.known:
            raise SchemaAwaited(number, self.trouble)
        return b'{"n":%d}' % number


class Pauses(Consumer):
    """Notes which partitions stand still."""

    def __init__(self) -> None:
        self.paused: set[Place] = set()

    def pause(self, places: Sequence[Place]) -> None:
        self.paused.update(places)

    def resume(self, places: Sequence[Place]) -> None:
        self.paused.difference_update(places)


class Setting:
    """An intake over the topic `t`, whose records have schemas, and `j` of JSON."""

    def __init__(self) -> None:
        self.schemas, self.group = Schemas(), Pauses()
        self.said: list[str] = []
        self.intake = Intake(
            {"t": TopicReader(self.schemas)}, self.group, lambda what, message: self.said.append(message)
        )

    def poll(self, *parts: Fetched | Position, owned: Sequence[int] = (0, 1)) -> Polled:
        fetched = [part for part in parts if isinstance(part, Fetched)]
        return self.intake.taken(Polled(fetched, [part for part in parts if isinstance(part, Position)]), owned)


def fetched(topic: str, first: int, *values: bytes | None, partition: int = 0) -> Fetched:
    count = len(values)
    offsets = list(range(first, first + count))
    return Fetched(topic, partition, offsets, [None] * count, list(values), [1000 + each for each in offsets])


def test_what_can_be_read_goes_on_and_the_rest_stands_still() -> None:
    setting = Setting()
    setting.schemas.known = {1}
    polled = setting.poll(fetched("t", 5, b"1", None, b"-1", b"2", b"1"), Position("t", 0, 10))
    (part,) = polled.fetched
    assert isinstance(part, Decoded)
    assert (part.offsets, part.values, part.stamps) == ([5, 6, 7], [b'{"n":1}', None, b""], [1005, 1006, 1007])
    assert (part.received, part.refused) == ([b"1", None, b"-1"], {7: "below zero"})
    assert polled.ends == []
    assert setting.group.paused == set(setting.intake.held) == {("t", 0)}
    # what was under way when it was paused
    assert setting.poll(fetched("t", 10, b"1")).fetched == []
    setting.schemas.known = {1, 2}
    polled = setting.poll(Position("t", 0, 11))
    assert [part.offsets for part in polled.fetched] == [[8, 9], [10]]
    assert polled.ends == [Position("t", 0, 11)]
    assert setting.group.paused == set(setting.intake.held) == set()


def test_an_end_before_records_that_came_later_is_none() -> None:
    setting = Setting()
    setting.poll(fetched("t", 0, b"1"), Position("t", 0, 1))
    setting.poll(fetched("t", 1, b"1"))
    setting.schemas.known = {1}
    polled = setting.poll()
    assert ([part.offsets for part in polled.fetched], polled.ends) == ([[0], [1]], [])


def test_other_partitions_and_topics_go_on() -> None:
    setting = Setting()
    setting.schemas.known = {1}
    polled = setting.poll(
        fetched("t", 0, b"2"), fetched("t", 0, b"1", partition=1), fetched("j", 0, b"{}"), Position("j", 0, 1)
    )
    assert [(part.place, part.values) for part in polled.fetched] == [(("t", 1), [b'{"n":1}']), (("j", 0), [b"{}"])]
    assert polled.ends == [Position("j", 0, 1)]


def test_it_is_said_once_there_is_a_trouble_and_when_it_is_over() -> None:
    setting = Setting()
    setting.poll(fetched("t", 0, b"7"))
    assert setting.said == []
    setting.schemas.trouble = "the registry does not answer"
    setting.poll()
    assert setting.said == ["t/0 waits for schema 7: the registry does not answer; it is asked for again"]
    assert setting.intake.lacks == ("t/0 waits for schema 7: the registry does not answer",)
    setting.schemas.known = {7}
    setting.poll()
    assert setting.said[1:] == ["t/0 is read on"]
    assert setting.intake.lacks == ()


def test_a_partition_that_went_away_is_forgotten() -> None:
    setting = Setting()
    setting.poll(fetched("t", 0, b"7"))
    setting.intake.forget([("t", 0), ("t", 1)])
    setting.schemas.known = {7}
    assert setting.poll().fetched == []
    assert setting.poll(fetched("t", 0, b"1", partition=3)).fetched == []


def test_a_chunk_keeps_what_was_received() -> None:
    setting = Setting()
    setting.schemas.known = {1}
    (part,) = setting.poll(fetched("t", 5, b"1", None, b"-1", b"01")).fetched
    chunk = chunk_of("source", part, None)
    assert (chunk.offsets, chunk.raws, chunk.received) == (
        [5, 7, 8],
        [b'{"n":1}', b"", b'{"n":1}'],
        [b"1", b"-1", b"01"],
    )
    last = part_of(chunk, 1, 3)
    assert (last.received, last.refused) == ([b"-1", b"01"], {7: "below zero"})
    assert last.as_received(8, b"read") == b"01"
