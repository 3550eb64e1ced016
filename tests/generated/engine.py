"""The engine on a rule file and a log, in several ways that must make no difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from random import Random
from sys import maxsize
from typing import Any

from cep.api import Alert, Engine, Rules
from cep.engine import indexed as waits
from cep.engine import machine
from cep.engine.values import Values
from cep.language.model import RuleSet
from cep.runtime.functions import function_values
from cep.runtime.objects import ObjectEncoder
from cep.runtime.output import Output
from cep.runtime.settings import list_values
from cep.runtime.shard import Shard
from cep.runtime.source import TYPE_FIELD, Chunk, Source
from cep.runtime.wiring import Wiring, wire
from tests.generated.changelog import follow
from tests.generated.declared import FUNCTIONS, LISTED
from tests.generated.expected import MILLISECOND, Played
from tests.generated.logs import ALONE, SOURCE, Place, Sent
from tests.generated.pairs import checked
from tests.oracle import Coordinate


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine gave: its alerts in order, and the late events."""

    alerts: tuple[Alert, ...]
    late: tuple[Coordinate, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule file, planned for the partitions of its logs."""

    rules: Rules
    wiring: Wiring
    values: Values


def compiled(played: Played) -> Compiled:
    """The rule file. Pairs of one rule share it, and with it the plan. Raises `CheckFailed`."""
    return _compiled(played.text, played.log.places)


@lru_cache(maxsize=8)
def _compiled(text: str, places: tuple[Place, ...]) -> Compiled:
    # The rules have been read already, and are planned once: drawn rules are small, but there are many.
    ruleset = checked(text)
    values = Values({}, list_values(ruleset, dict.fromkeys(ruleset.lists, LISTED)))
    rules = Rules(ruleset, values, FUNCTIONS)
    wiring = rules.engine(source=SOURCE)._shard.wiring if places == ALONE else wire(ruleset, sources(ruleset, places))
    return Compiled(rules, wiring, Values({}, values.lists, function_values(ruleset, FUNCTIONS)))


def sources(ruleset: RuleSet, places: tuple[Place, ...]) -> list[Source]:
    """One source for each topic, all of them with all event types."""
    topics = dict.fromkeys(topic for topic, _ in places)
    events = tuple(ruleset.events)
    return [Source(t, events, TYPE_FIELD, partitions=tuple(p for p in places if p[0] == t)) for t in topics]


# ---------------------------------------------------------------- ways through a log


def one_by_one(rules: Compiled, played: Played) -> Outcome:
    """Every event a batch of its own; through the public face where there is one partition."""
    if played.log.places != ALONE:
        return _run(rules, played, ([record] for record in records(played)))
    engine = rules.rules.engine(source=SOURCE)
    alerts = [alert for sent in played.log.events for alert in engine.push([written(sent)])]
    alerts += engine.finish() if played.log.end is None else engine.advance(played.log.end * MILLISECOND)
    return _outcome(alerts, engine)


def indexed(rules: Compiled, played: Played) -> Outcome:
    """With every wait indexed that can be, though logs are too short for an index to be worth it, and for many values
    that must differ."""
    many, wide = machine.MANY, waits.WIDE
    machine.MANY, waits.WIDE = 0, 1
    try:
        return _run(rules, played, ([record] for record in records(played)))
    finally:
        machine.MANY, waits.WIDE = many, wide


def in_batches(rules: Compiled, played: Played, rng: Random) -> Outcome:
    """Events in batches of random sizes."""
    return _run(rules, played, _batches(list(records(played)), rng))


def interleaved(rules: Compiled, played: Played, rng: Random) -> Outcome:
    """The partitions in another interleaving, sometimes one after the other, in batches."""
    left = [list(of) for _, of in groupby(sorted(records(played), key=lambda r: r.place), key=lambda r: r.place)]
    rng.shuffle(left)
    if rng.random() < 0.3:
        order = [record for of in left for record in of]
    else:
        turns = [number for number, of in enumerate(left) for _ in of]
        rng.shuffle(turns)
        order = [left[number].pop(0) for number in turns]
    return _run(rules, played, _batches(order, rng))


def restored(rules: Compiled, played: Played, cuts: Callable[[int], bool]) -> Outcome:
    """State written and read back by a new engine after each event for which `cuts` says so."""
    return _run(rules, played, ([record] for record in records(played)), cuts)


def changed(rules: Compiled, played: Played, rng: Random) -> Outcome:
    """With deltas taken after each batch, which must always make up what a snapshot gives."""
    return _followed(rules, played, rng, lambda shard: None)


def from_changelog(rules: Compiled, played: Played, rng: Random) -> Outcome:
    """Broken off now and then, and gone on with from what deltas have left, records that wait for their order read
    again."""
    shard = Shard(rules.wiring, rules.values)
    shard.track()
    parts: dict[bytes, bytes] = {}
    out, left = Output(), list(records(played))
    while left:
        batch = next(_batches(left, rng))
        left = left[len(batch) :]
        out.add(shard.push(_chunks(batch)))
        follow(shard, parts)
        if rng.random() < 0.15:
            shard = Shard(rules.wiring, rules.values)
            shard.track()
            shard.restore(parts)
            left = [record for record in records(played) if record.offset >= shard.replay_from(*record.place)]
    out.add(_ended(shard, played))
    follow(shard, parts)
    return _outcome(out.alerts, out)


def asleep(rules: Compiled, played: Played, rng: Random) -> Outcome:
    """With all keys that may be asleep put to sleep after most batches."""
    return _followed(rules, played, rng, lambda shard: put_to_sleep(shard) if rng.random() < 0.8 else None)


def _followed(rules: Compiled, played: Played, rng: Random, between: Callable[[Shard], object]) -> Outcome:
    shard = Shard(rules.wiring, rules.values)
    shard.track()
    parts: dict[bytes, bytes] = {}
    out = Output()
    for batch in _batches(list(records(played)), rng):
        out.add(shard.push(_chunks(batch)))
        between(shard)
        follow(shard, parts)
    out.add(_ended(shard, played))
    follow(shard, parts)
    return _outcome(out.alerts, out)


def put_to_sleep(shard: Shard) -> int:
    """Let every key sleep that may; how many they are."""
    rests = [rest for lane in shard.lanes for rest in lane.matcher.rests]
    for rest in rests:
        rest.before = maxsize
        for keyed in list(rest.machine.keys.values()):
            rest.look(keyed)
    return sum(rest.dormitory.number for rest in rests)


# ---------------------------------------------------------------- driving a shard


@dataclass(frozen=True, slots=True)
class Raw:
    """A record: its place, its offset there, its bytes."""

    place: Place
    offset: int
    raw: bytes


def written(sent: Sent) -> dict[str, Any]:
    """An event as a program hands it over."""
    return {TYPE_FIELD: sent.event, **sent.data, "ts": sent.time}


def records(played: Played) -> Iterator[Raw]:
    """The log as records, in order of arrival."""
    encode = ObjectEncoder(TYPE_FIELD).encode
    return (Raw(sent.place, offset, encode(written(sent))) for offset, sent in played.log.offsets())


def _batches(waiting: list[Raw], rng: Random) -> Iterator[list[Raw]]:
    while waiting:
        size = rng.choice((1, 2, 3, 5, len(waiting)))
        yield waiting[:size]
        waiting = waiting[size:]


def _run(
    rules: Compiled, played: Played, batches: Iterable[Sequence[Raw]], cuts: Callable[[int], bool] = lambda _: False
) -> Outcome:
    shard = Shard(rules.wiring, rules.values)
    out = Output()
    for number, batch in enumerate(batches):
        out.add(shard.push(_chunks(batch)))
        if cuts(number):
            parts = shard.snapshot()
            shard = Shard(rules.wiring, rules.values)
            shard.restore(parts)
    out.add(_ended(shard, played))
    return _outcome(out.alerts, out)


def _ended(shard: Shard, played: Played) -> Output:
    end = played.log.end
    return shard.finish() if end is None else shard.advance(end * MILLISECOND)


def _chunks(batch: Sequence[Raw]) -> list[Chunk]:
    return [_chunk(place, list(of)) for place, of in groupby(batch, key=lambda r: r.place)]


def _chunk(place: Place, of: list[Raw]) -> Chunk:
    topic, partition = place
    return Chunk(topic, topic, partition, [record.offset for record in of], [record.raw for record in of])


def _outcome(alerts: Iterable[Alert], out: Output | Engine) -> Outcome:
    if out.dead_letters:
        raise ValueError(f"dead letter: {out.dead_letters[0].reason}")
    return Outcome(tuple(alerts), tuple(sorted((late.topic, late.partition, late.offset) for late in out.late)))
