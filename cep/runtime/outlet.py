"""Where events leave a shard for the homes of their keys: those of rules whose key does not decide the partition.

An outlet stands beside the lanes: a partition gives it the events of its types, judged as for all rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from cep.engine.record import Record
from cep.language.model import RoleKey
from cep.plan.attributes import attribute
from cep.runtime.carried import Section
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.key_home import Homes
from cep.runtime.output import Output, TimeKind
from cep.runtime.partition import Partition
from cep.runtime.watermark import Progress

Place = tuple[str, int]
_Row = tuple[int, int, bytes]
"""Offset, time, record."""
Key = Callable[[Any], Any]
"""From an event to its key, None where it has none: a tuple, or of one part its value."""


@dataclass(frozen=True, slots=True)
class OutletPlan:
    """What leaves for one set of `homes`, which all shards of a process look up together: the events of `roles`, which
    say where they have a key, from `sources`.

    `rules`: those that see them there, each with the number of its roles by event type. `largest`: bytes of a record
    that can be carried. `ranks`: the order of all rules of the job, in which a late event names them."""

    name: str
    sources: tuple[str, ...]
    roles: Mapping[str, tuple[RoleKey, ...]]
    rules: Mapping[str, Mapping[str, int]]
    homes: Homes
    largest: int
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the homes know of a partition. `clocks` None: nothing yet."""

    next_offset: int
    clocks: dict[TimeKind, int] | None
    silent: int | None
    ended: bool


class Outlet:
    """Keeps events by partition and home until they are taken. `fresh`: those of the batch under way.
    `size`: bytes that it keeps."""

    def __init__(self, plan: OutletPlan) -> None:
        self.plan = plan
        self.events = tuple(plan.roles)
        self.fresh: list[Record] = []
        self.size = 0
        self._homes = plan.homes
        self._keys = [[_key(role) for role in plan.roles[event]] for event in self.events]
        self._kept: dict[Place, list[list[_Row]]] = {}
        self._told: dict[Place, _Told] = {}
        self._sources: dict[str, str] = {}
        self._without: Counter[str] = Counter()

    def begin(self, partition: Partition) -> None:
        """A partition is read from where it stands; where that is, is told with the next sections."""
        self._sources[partition.topic] = partition.source.name
        self._told[partition.topic, partition.number] = _Told(partition.next_offset, None, None, False)

    def settle(self, out: Output) -> None:
        """The end of a batch: sort its events by their homes. What is too large to be carried is refused.

        Every event that leaves goes through this loop, so that it is written out for those of one key."""
        if not self.fresh:
            return
        largest, known, keys, size = self.plan.largest, self._homes.known, self._keys, 0
        topic, number, homes = "", -1, list[list[_Row]]()
        for time, _, of, at, offset, event, data, raw in self.fresh:
            if at != number or of != topic:
                topic, number, homes = of, at, self._rows(of, at)
            reads = keys[event]
            if len(reads) == 1:
                key = reads[0](data)
                home = None if key is None else known.get(key)
                found: Sequence[int] = () if key is None else (self._homes.of(key) if home is None else home,)
            else:
                found = [*{self._homes.of(key) for read in reads if (key := read(data)) is not None}]
            if not found:
                self._without[self.events[event]] += 1
            elif len(raw) > largest:
                reason = f"its {len(raw)} bytes are too many to be carried to the rules with another key than its own"
                out.dead_letters.append(DeadLetter(self._sources[topic], topic, number, offset, reason, raw))
            else:
                size += len(raw) * len(found)
                for home in found:
                    homes[home].append((offset, time, raw))
        self.size += size
        self.fresh.clear()

    def _rows(self, topic: str, number: int) -> list[list[_Row]]:
        """The events of a partition by their home."""
        rows = self._kept.get((topic, number))
        if rows is None:
            rows = self._kept[topic, number] = [[] for _ in range(self._homes.number)]
        return rows

    def take(
        self, partitions: Iterable[Partition], has_ended: Callable[[Place], bool] = lambda place: False
    ) -> list[list[Section]]:
        """By home what has left since the last call; each home hears how far each partition has come.

        `has_ended`: whether a partition was read to its end."""
        found: list[list[Section]] = [[] for _ in range(self._homes.number)]
        for partition in partitions:
            if partition.source.name not in self.plan.sources:
                continue
            place = partition.topic, partition.number
            told, kept = self._told[place], self._kept.pop(place, None)
            clocks = {kind: clock.watermark for kind, clock in partition.clocks.items()}
            silent = partition.silent if partition.progress is Progress.IDLE else None
            now = _Told(partition.next_offset, clocks, silent, has_ended(place))
            if now == told:
                continue
            self._told[place] = now
            for number, sections in enumerate(found):
                section = Section(
                    *place, told.next_offset, now.next_offset, clocks=clocks, silent=silent, ended=now.ended
                )
                if kept is not None and kept[number]:
                    section.offsets, section.times, section.raws = map(list, zip(*kept[number], strict=True))
                sections.append(section)
        self.size = 0
        return found

    def null_keys(self) -> Counter[str]:
        """By rule how many events had no key in any of its roles."""
        return Counter(
            {rule: sum(self._without[of] * roles for of, roles in own.items()) for rule, own in self.plan.rules.items()}
        )


def _key(role: RoleKey) -> Key:
    parts = [_part([attribute(name) for name in path]) for path in role.paths]
    if not parts:
        return lambda data: ()
    if len(parts) == 1 and not role.null_is_key[0]:
        return parts[0]
    needed = [not null_is_key for null_is_key in role.null_is_key]

    def read(data: Any) -> tuple[object, ...] | None:
        values = tuple(part(data) for part in parts)
        if any(value is None and must for value, must in zip(values, needed, strict=True)):
            return None
        return values

    return read


def _part(names: list[str]) -> Key:
    if len(names) == 1:
        return attrgetter(names[0])

    def read(data: Any) -> Any:
        for name in names:
            data = getattr(data, name)
            if data is None:
                return None
        return data

    return read
