"""Shared by the tests of this room: rules from text, shards over them, records by the line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from cep.engine.values import Values
from cep.language.load import load_text
from cep.language.model import EventType, RuleSet
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, has_time, wire


@cache
def rule_set(text: str) -> RuleSet:
    """The rules of a text."""
    return load_text(text, "test.pattern")


def event_type(declaration: str) -> EventType:
    """The one event type that a text declares."""
    (event,) = rule_set(declaration).events.values()
    return event


def source(rules: RuleSet, name: str = "events", **options: Any) -> Source:
    """A source that holds every type of the rules, told apart by `type`."""
    return Source(name, tuple(n for n, event in rules.events.items() if has_time(event)), **options)


@cache
def wiring(text: str) -> Wiring:
    """The rules of a text over one source called `events`."""
    return wire(rule_set(text), [source(rule_set(text))])


def shard(text: str, values: Values | None = None) -> Shard:
    """A new shard of the rules of a text."""
    return Shard(wiring(text), values)


def chunk(
    events: Iterable[dict[str, Any] | bytes],
    first: int = 1,
    source: str = "events",
    topic: str | None = None,
    partition: int = 0,
    stamps: Sequence[int] | None = None,
    arrived: int | None = None,
) -> Chunk:
    """Records of one partition, numbered from `first`."""
    raws = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    offsets = range(first, first + len(raws))
    return Chunk(source, topic or source, partition, offsets, raws, stamps, arrived)


def everything(shard: Shard, batches: Iterable[Sequence[Chunk]], finish: bool = True) -> Output:
    """All that comes of pushing the batches, and of the end of the input."""
    out = Output()
    for batch in batches:
        out.add(shard.push(batch))
    if finish:
        out.add(shard.finish())
    return out


def lines(out: Output) -> list[bytes]:
    """The alerts as they are written."""
    return [alert.json() for alert in out.alerts]
