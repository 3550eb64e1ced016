"""Where an export begins and ends: a time, an offset, or an end of the log, as offsets of each partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from cep.connectors.errors import ConfigurationError
from cep.connectors.kafka.port import END_OF_LOG, Consumer, Place
from cep.connectors.kafka.retrying import Retrying
from cep.language.literals import BadLiteral, parse_timestamp

SECONDS = 10.0
"""How long the cluster may take to tell of a partition."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A point in a topic. `value`: the offset, or the broker's timestamp in microseconds."""

    kind: OneOf["earliest", "latest", "offset", "time"]
    value: int = 0


EARLIEST, LATEST = Bound("earliest"), Bound("latest")


@dataclass(frozen=True, slots=True)
class Range:
    """What is read of a partition: from `first` on, up to but not with `end`. `asked`: where it would have begun if the
    topic still held it."""

    place: Place
    first: int
    end: int
    asked: int

    @property
    def count(self) -> int:
        """Offsets in it; there may be fewer records."""
        return max(0, self.end - self.first)


def parse_bound(text: str, option: str) -> Bound:
    """A bound as it is written: `earliest`, `latest`, an offset, or a time. Raises `ConfigurationError`."""
    if text == "earliest":
        return EARLIEST
    if text == "latest":
        return LATEST
    if text.isascii() and text.isdecimal():
        return Bound("offset", int(text))
    try:
        return Bound("time", parse_timestamp(text))
    except BadLiteral as error:
        fix = "write `earliest`, `latest`, an offset, or a time as in `2026-11-20T10:00:00Z`"
        message = f"`{text}` is no place in a topic: {error.message}"
        raise ConfigurationError("C0320", message, fix, option) from error


def ranges(consumer: Consumer, places: Sequence[Place], since: Bound, until: Bound, retrying: Retrying) -> list[Range]:
    """What is to be read of each partition, which is fixed by what there is now.

    A time stands for the first record with a timestamp at it or later, wherever earlier timestamps may follow.
    Raises `KafkaFailure`, `GaveUp`.
    """
    return [_range(consumer, place, since, until, retrying) for place in places]


def _range(consumer: Consumer, place: Place, since: Bound, until: Bound, retrying: Retrying) -> Range:
    what = f"looking where {place[0]}/{place[1]} begins and ends"
    low, high = retrying.call(what, lambda: consumer.limits(place, SECONDS))

    def offset(bound: Bound) -> int:
        if bound.kind == "earliest":
            return low
        if bound.kind == "latest":
            return high
        if bound.kind == "offset":
            return bound.value
        found = retrying.call(what, lambda: consumer.at_time([place], bound.value, SECONDS))[place]
        return high if found == END_OF_LOG else found

    asked = offset(since)
    return Range(place, min(max(asked, low), high), max(low, min(offset(until), high)), asked)
