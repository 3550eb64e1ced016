"""Records on their way from a poll to their shards: read by their format, held while a schema has to be asked for.

What is held is neither fed nor passed over: the partition stands still, and is not taken for a silent one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cep.connectors.formats.reading import SchemaAwaited, TopicReader
from cep.connectors.kafka.pausing import Pauses
from cep.connectors.kafka.port import Fetched, Place, Polled, Position
from cep.runtime.notice import Notice


@dataclass(slots=True)
class Decoded(Fetched):
    """Records whose values were read into JSON objects. `received`: the values as they came; `refused`: by offset why a
    record is none of its format."""

    received: list[bytes | None] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Held:
    """What waits of one partition, and its end where nothing came behind it. `lacks`: why, once that was told."""

    fetched: list[Fetched]
    end: Position | None = None
    lacks: str | None = None


class Intake:
    """Reads what was polled. `readers` by topic; topics without one are JSON. `say` hears why a partition stands still,
    under a word that tells what is the same."""

    def __init__(self, readers: Mapping[str, TopicReader], pauses: Pauses, say: Callable[[str, str], None]) -> None:
        self._readers = readers
        self._pauses = pauses
        self._say = say
        self._held: dict[Place, _Held] = {}
        self.lacks: tuple[str, ...] = ()
        """Why partitions stand still. Another thread may look at it: it is replaced, never changed."""

    @property
    def held(self) -> Collection[Place]:
        """Partitions that stand still."""
        return self._held.keys()

    def taken(self, polled: Polled, owned: Collection[int]) -> Polled:
        """What can go on of that which was held and of that which has come; `owned`: the shards that are fed."""
        if not self._readers:
            return polled
        out = Polled(failures=polled.failures)
        for place in list(self._held):
            self._go_on(place, out)
        for fetched in polled.fetched:
            if fetched.topic not in self._readers:
                out.fetched.append(fetched)
            elif fetched.partition in owned:
                self._take(fetched, out)
        for end in polled.ends:
            if (held := self._held.get(end.place)) is not None:
                held.end = end
            else:
                out.ends.append(end)
        self.lacks = tuple(held.lacks for held in self._held.values() if held.lacks is not None)
        return out

    def change(self, readers: Mapping[str, TopicReader]) -> None:
        """Other rules may read other fields. What is held is read by the new readers."""
        self._readers = readers

    def forget(self, places: Sequence[Place]) -> None:
        """These are not read any more, or read anew."""
        for place in places:
            self._held.pop(place, None)

    def _take(self, fetched: Fetched, out: Polled) -> None:
        if (held := self._held.get(fetched.place)) is not None:
            held.fetched.append(fetched)
            held.end = None
        elif (rest := self._read(fetched, out)) is not None:
            self._pauses.pause([fetched.place])
            self._held[fetched.place] = _Held([rest[0]])
            self._tell(fetched.place, rest[1])

    def _go_on(self, place: Place, out: Polled) -> None:
        held = self._held[place]
        while held.fetched:
            rest = self._read(held.fetched[0], out)
            if rest is not None:
                held.fetched[0] = rest[0]
                self._tell(place, rest[1])
                return
            del held.fetched[0]
        del self._held[place]
        if held.end is not None:
            out.ends.append(held.end)
        if held.lacks is not None:
            self._say(f"read on {place}", Notice(f"{place[0]}/{place[1]} is read on", shard=place[1]))
        self._pauses.resume([place])

    def _read(self, fetched: Fetched, out: Polled) -> tuple[Fetched, SchemaAwaited] | None:
        """Read as far as can be; the records that have to wait, and for what."""
        reader = self._readers.get(fetched.topic)
        if reader is None:
            out.fetched.append(fetched)
            return None
        reading = reader.read(fetched.values, fetched.headers)
        count = len(reading.raws)
        if count:
            done = part_of(fetched, 0, count)
            refused = {fetched.offsets[index]: reason for index, reason in reading.refused.items()}
            out.fetched.append(
                Decoded(
                    done.topic,
                    done.partition,
                    done.offsets,
                    done.keys,
                    reading.raws,
                    done.stamps,
                    None,
                    received=done.values,
                    refused=refused,
                )
            )
        return None if reading.awaited is None else (part_of(fetched, count, len(fetched.offsets)), reading.awaited)

    def _tell(self, place: Place, awaited: SchemaAwaited) -> None:
        """The first answer takes a moment, which is not worth a word."""
        if awaited.trouble is not None:
            lacks = f"{place[0]}/{place[1]} waits for schema {awaited.number}: {awaited.trouble}"
            self._held[place].lacks = lacks
            message = f"{lacks}; it is asked for again"
            self._say(f"schema {place}", Notice(message, "warning", "C0350", place[1]))


def part_of(fetched: Fetched, first: int, last: int) -> Fetched:
    """Some of the records."""
    return Fetched(
        fetched.topic,
        fetched.partition,
        fetched.offsets[first:last],
        fetched.keys[first:last],
        fetched.values[first:last],
        fetched.stamps[first:last],
        None if fetched.headers is None else fetched.headers[first:last],
    )
