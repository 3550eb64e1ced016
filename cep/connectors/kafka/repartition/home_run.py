"""The shard of a group at the home of its keys, as a worker runs it: fed by one partition of the group's topic.

Its events bear the places where they were read, in partitions of the sources; what is committed is an offset of the
group's topic: the lowest parcel that holds an event which still waits for its place in the order.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping, Sequence

import msgspec

from cep.connectors.kafka.changelog import Pending
from cep.connectors.kafka.pieces import Cutter
from cep.connectors.kafka.port import Fetched, KafkaFailure, Place, Position, Trouble
from cep.connectors.kafka.repartition.division import Group
from cep.connectors.kafka.repartition.parcels import read_parcel
from cep.engine.values import Values
from cep.runtime.carried import Section
from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.homecoming import carry, carry_again, end_replay
from cep.runtime.key_home import home
from cep.runtime.output import Output
from cep.runtime.redaction import Name
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError

CARRIED = b"carried"
"""The part of the state that says where the group's topic is read: the next offset, and the first to read again."""

_OFFSETS = struct.Struct(">qq")


class HomeRun:
    """A group's shard that is owned. `sequence`: number of its last commit. `touched`: whether there is something to
    commit. `cutter`: how its parts are written."""

    def __init__(
        self, number: int, group: Group, home: int, values: Values, cutter: Cutter, redact: Sequence[Name] = ()
    ) -> None:
        self.number = number
        self.name = f"{group.topic}/{home}"
        self.cutter = cutter
        self.place: Place = (group.topic, home)
        self.places: tuple[Place, ...] = (self.place,)
        self.shard = Shard(group.wiring, values, redact=redact)
        self.shard.track()
        self._own(group)
        self.redaction = self.shard.places.redaction()
        self.sequence = 0
        self.touched = False
        self.pending: tuple[Pending, ...] = ()
        self._topics = f"`{group.topic}` and `{group.changelog}`"
        self._next = self._start = 0
        self._told = self._safe = 0
        self._ended: dict[Place, bool] = {}
        self._kept: dict[Place, deque[tuple[int, int]]] = {place: deque() for place in group.places}

    def restore(
        self, parts: Mapping[bytes, bytes], allow_reset: bool = False, find: FunctionFinder | None = None
    ) -> ChangeReport:
        """Take over a state. Raises `SnapshotError`."""
        own = dict(parts)
        try:
            self._next, self._start = _OFFSETS.unpack(own.pop(CARRIED))
        except (LookupError, struct.error) as error:
            raise SnapshotError(f"the state of `{self.place[0]}` is damaged: {error}", self._fix) from error
        report = self.shard.restore(own, allow_reset=allow_reset, find=find)
        self.redaction = self.shard.places.redaction()
        return report

    def change(self, after: Shard, group: Group) -> None:
        """Go on with another shard in the same state, by other rules of the group."""
        self.shard = after
        self._own(group)
        self.redaction = after.places.redaction()
        self.touched = True

    def _own(self, group: Group) -> None:
        if group.shared:
            number = self.place[1]
            self.shard.own(lambda key: home(key, group.homes) == number)

    def start_at(self, offset: int) -> None:
        """Without a state: begin at an offset of the group's topic."""
        self._next = self._start = offset

    @property
    def start(self) -> Position:
        """Where to begin to read."""
        return Position(*self.place, self._start)

    @property
    def is_catching_up(self) -> bool:
        """Whether parcels are still read again that the shard has seen before."""
        return self._start < self._next

    @property
    def replaying(self) -> tuple[Place, ...]:
        """Partitions of which that is so."""
        return self.places if self.is_catching_up else ()

    @property
    def size(self) -> int:
        """Nothing is carried on from here."""
        return 0

    def begin(self) -> Output:
        """What is due before anything is read."""
        return Output() if self.is_catching_up else end_replay(self.shard)

    def has_ended(self, place: Place) -> bool:
        """Whether a partition of the sources was read to its end when it was heard of last, or was not heard of yet."""
        return self._ended.get(place, True)

    def next_offset(self, place: Place) -> int:
        """How far the group's topic was read."""
        return self._next

    def feed(self, fetched: Fetched, arrived: int | None) -> Output:
        """Parcels as they were fetched. Raises `KafkaFailure` for offsets that go back, `SnapshotError` for parcels
        that do not follow on what is known."""
        self.touched = True
        output = Output()
        for offset, value in zip(fetched.offsets, fetched.values, strict=True):
            sections = self._read(offset, value)
            if offset >= self._next:
                output.add(self.reached(self.place, offset))
                self._check(offset, sections)
                output.add(carry(self.shard, sections, arrived))
                self._next = self._start = offset + 1
            elif self.is_catching_up:
                carry_again(self.shard, sections)
            else:
                raise KafkaFailure(
                    Trouble.UNKNOWN_PLACE, "OFFSETS_WENT_BACK", f"{self.place[0]}/{self.place[1]} was made anew"
                )
            for section in sections:
                self._ended[section.place] = section.ended
                if section.offsets:
                    self._kept[section.place].append((offset, section.offsets[-1] + 1))
        return output

    def reached(self, place: Place, offset: int) -> Output:
        """There is nothing to read before `offset` any more."""
        if not self.is_catching_up or offset < self._next:
            return Output()
        self._start = self._next
        self.touched = True
        return end_replay(self.shard)

    def passed(self, place: Place, offset: int) -> None:
        """There are no parcels before `offset`."""
        if not self.is_catching_up:
            self._next = self._start = max(self._next, offset)

    def delta(self) -> dict[bytes, bytes | None]:
        """What has changed of the state."""
        parts = self.shard.delta()
        self._told = self._needed()
        parts[CARRIED] = _OFFSETS.pack(self._next, self._told)
        return parts

    def positions(self, metadata: str = "") -> list[Position]:
        """Where to go on reading after a restart."""
        return [Position(*self.place, self._needed(), metadata)]

    def committed(self) -> None:
        """What was told by `delta` and `positions` is safe."""
        self.touched = False
        self._safe = self._told

    @property
    def needless(self) -> list[Position]:
        """Up to where the group's topic will never be read again."""
        return [Position(*self.place, self._safe)]

    def _needed(self) -> int:
        """The first parcel with an event that the state does not hold since it waits for its place in the order."""
        if self.is_catching_up:
            return self._start
        starts = self.shard.replay_starts()
        needed = self._next
        for place, kept in self._kept.items():
            while kept and kept[0][1] <= starts[place]:
                kept.popleft()
            if kept:
                needed = min(needed, kept[0][0])
        return needed

    def _read(self, offset: int, value: bytes | None) -> list[Section]:
        try:
            sections = read_parcel(value or b"")
        except msgspec.DecodeError as error:
            message = f"{self.place[0]}/{self.place[1]}/{offset} was not written by this job: {error}"
            raise SnapshotError(message, self._fix) from error
        if any(section.place not in self._kept for section in sections):
            message = f"{self.place[0]}/{self.place[1]}/{offset} comes from a partition that the job does not read"
            raise SnapshotError(message, self._fix)
        return sections

    def _check(self, offset: int, sections: Sequence[Section]) -> None:
        """Each section goes on where the one before it ended: else records would be missing, or come twice."""
        ends: dict[Place, int] = {}
        for section in sections:
            known = ends.get(section.place, self.shard.partitions[section.place].next_offset)
            if known and section.begin != known:
                where = f"{section.topic}/{section.partition}"
                message = (
                    f"{self.place[0]}/{self.place[1]}/{offset} goes on with {where} at {section.begin}, not {known}"
                )
                raise SnapshotError(message, self._fix)
            ends[section.place] = section.next_offset

    @property
    def _fix(self) -> str:
        return f"with all workers stopped, delete the topics {self._topics}: the rules of this key then begin anew"

    def lost(self, low: int) -> SnapshotError:
        """The group's topic begins at `low`, behind what would have to be read."""
        message = f"{self.place[0]}/{self.place[1]} begins at {low}, and was read up to {self._start}"
        return SnapshotError(message, self._fix)
