"""One shard as a worker runs it: its partitions, its commits, and the records that it reads again after a restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from cep.connectors.kafka.changelog import Pending
from cep.connectors.kafka.intake import Decoded
from cep.connectors.kafka.pieces import Cutter
from cep.connectors.kafka.port import Fetched, KafkaFailure, Place, Position, Trouble
from cep.connectors.kafka.repartition.parcels import waiting
from cep.engine.values import Values
from cep.runtime.output import Output
from cep.runtime.redaction import Name
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk
from cep.runtime.wiring import Wiring


def new_shard(
    wiring: Wiring, values: Values, places: Sequence[Place], sources: Mapping[str, str], redact: Iterable[Name] = ()
) -> Shard:
    """A shard over these partitions, which keeps track of its changes; `sources` by topic."""
    shard = Shard(own_wiring(wiring, places, sources), values, redact=redact)
    shard.track()
    return shard


def own_wiring(wiring: Wiring, places: Sequence[Place], sources: Mapping[str, str]) -> Wiring:
    """The rules over these partitions alone; `sources` by topic."""
    by_source = {sources[topic]: (topic, number) for topic, number in places}
    own = {
        name: replace(source, partitions=(by_source[name],))
        for name, source in wiring.sources.items()
        if name in by_source
    }
    return replace(wiring, sources=own)


class ShardRun:
    """A shard that is owned. `sequence`: number of its last commit. `touched`: whether there is something to commit.
    `cutter`: how its parts are written.

    After a restore the records that waited for their place in the order are read again, from `Shard.replay_from` on.
    Until they are all back in every partition, new ones are put aside: the watermark must not move without them.
    """

    def __init__(
        self,
        number: int,
        places: Sequence[Place],
        shard: Shard,
        sequence: int,
        cutter: Cutter,
        steps: Sequence[Pending] = (),
    ) -> None:
        self.number = number
        self.places = tuple(places)
        self.shard = shard
        self.sequence = sequence
        self.cutter = cutter
        self.touched = False
        self.redaction = shard.places.redaction()
        self._begin_outlets()
        self._steps = list(steps)
        self._aside: list[Chunk] = []
        self._passed: dict[Place, int] = {}
        self._missing = {
            place: shard.partitions[place].next_offset
            for place in self.places
            if shard.replay_from(*place) < shard.partitions[place].next_offset
        }

    @property
    def is_catching_up(self) -> bool:
        """Whether records are still read again that the shard has seen before."""
        return bool(self._missing)

    @property
    def replaying(self) -> Collection[Place]:
        """Partitions of which that is so."""
        return self._missing.keys()

    @property
    def pending(self) -> tuple[Pending, ...]:
        """Steps that were recorded with the state and are not taken yet, since records are still read again."""
        return tuple(self._steps)

    def begin(self) -> Output:
        """What is due before anything is read: steps recorded with the state, unless records are read again first."""
        return Output() if self._missing else self._caught_up()

    @property
    def size(self) -> int:
        """Bytes of events that wait to be carried to the homes of their keys."""
        return waiting(self.shard)

    @property
    def name(self) -> str:
        """What it is called among the shards of the job."""
        return str(self.number)

    def next_offset(self, place: Place) -> int:
        """How far a partition was read."""
        return self.shard.partitions[place].next_offset

    def delta(self) -> dict[bytes, bytes | None]:
        """What has changed of the state."""
        return self.shard.delta()

    def positions(self, metadata: str = "") -> list[Position]:
        """Where to go on reading after a restart."""
        return [Position(*place, self.shard.replay_from(*place), metadata) for place in self.places]

    def committed(self) -> None:
        """What was told by `delta` and `positions` is safe."""
        self.touched = False

    def change(self, after: Shard) -> None:
        """Go on with another shard in the same state."""
        self.shard = after
        self.redaction = after.places.redaction()
        self.touched = True
        self._begin_outlets()

    def _begin_outlets(self) -> None:
        for outlet in self.shard.outlets:
            for place in self.places:
                outlet.begin(self.shard.partitions[place])

    @property
    def needless(self) -> list[Position]:
        """Nothing is deleted of sources."""
        return []

    def feed(self, fetched: Fetched, arrived: int | None) -> Output:
        """Records as they were fetched; `arrived`: the wall clock, microseconds, where rules follow it.

        Raises `KafkaFailure`, as `take`."""
        chunk = chunk_of(self.shard.partitions[fetched.place].source.name, fetched, arrived)
        output = self.take(chunk) if chunk.offsets else Output()
        if len(chunk.offsets) < len(fetched.offsets):
            self.passed(fetched.place, fetched.offsets[-1] + 1)
        return output

    def take(self, chunk: Chunk) -> Output:
        """Records of one of its partitions. What comes of them is to be written before the next commit.

        Raises `KafkaFailure` for offsets that go back: a topic that was deleted and made anew is read without a word
        from its beginning, and its records would be taken for some that are known."""
        self.touched = True
        place = chunk.topic, chunk.partition
        limit = self._missing.get(place)
        if limit is None and chunk.offsets[0] < self.shard.partitions[place].next_offset:
            raise KafkaFailure(Trouble.UNKNOWN_PLACE, "OFFSETS_WENT_BACK", f"{place[0]}/{place[1]} was made anew")
        if not self._missing:
            return self.shard.push([chunk])
        if limit is None:
            self._aside.append(chunk)
            return Output()
        known = sum(offset < limit for offset in chunk.offsets)
        output = self.shard.push([part_of(chunk, 0, known)]) if known else Output()
        if known < len(chunk.offsets):
            self._aside.append(part_of(chunk, known, len(chunk.offsets)))
            output.add(self.reached(place, chunk.offsets[known]))
        else:
            output.add(self.reached(place, chunk.offsets[-1] + 1))
        return output

    def reached(self, place: Place, offset: int) -> Output:
        """There is nothing to read before `offset` in a partition any more."""
        output = Output()
        if place in self._missing and offset >= self._missing[place]:
            del self._missing[place]
            self.touched = True
            output.add(self.shard.end_replay(*place))
            if not self._missing:
                output.add(self._caught_up())
        return output

    def passed(self, place: Place, offset: int) -> None:
        """The records before `offset` in a partition that are not brought are no events."""
        if self._missing:
            self._passed[place] = offset
        elif offset > self.shard.partitions[place].next_offset:
            self.shard.pass_over(*place, offset)
            self.touched = True

    def _caught_up(self) -> Output:
        output = Output()
        for pending in self._steps:
            output.add(self.shard.apply(pending.step))
        self._steps = []
        if self._aside:
            output.add(self.shard.push(self._aside))
            self._aside = []
        for place, offset in self._passed.items():
            self.passed(place, offset)
        self._passed.clear()
        return output


def chunk_of(source: str, fetched: Fetched, arrived: int | None) -> Chunk:
    """Fetched records as a chunk. Tombstones are left out: they say that there is nothing, which is no event."""
    offsets, values, stamps = fetched.offsets, fetched.values, fetched.stamps
    if None in values:
        kept = [index for index, value in enumerate(values) if value is not None]
        offsets = [offsets[index] for index in kept]
        stamps = [stamps[index] for index in kept]
    raws = [value for value in values if value is not None]
    chunk = Chunk(source, fetched.topic, fetched.partition, offsets, raws, stamps, arrived)
    if isinstance(fetched, Decoded):
        chunk.received = [value for value in fetched.received if value is not None]
        chunk.refused = fetched.refused
    return chunk


def part_of(chunk: Chunk, first: int, last: int) -> Chunk:
    """Some of a chunk's records."""
    stamps = None if chunk.stamps is None else chunk.stamps[first:last]
    received = None if chunk.received is None else chunk.received[first:last]
    return replace(
        chunk, offsets=chunk.offsets[first:last], raws=chunk.raws[first:last], stamps=stamps, received=received
    )
