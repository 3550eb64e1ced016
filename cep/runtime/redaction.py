"""Named fields kept out of what is written of events: evidence in alerts, late events, dead letters, the shown state.

A redacted field's value is replaced by `"***"`; everything else stays digit for digit. What a rule's author puts into
the key and the output fields is not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from cep.language.model import EventField, EventType
from cep.language.types import Kind, Type

MASK = msgspec.Raw(b'"***"')
"""What stands in the place of a value."""
NULL = msgspec.Raw(b"null")
_WITHHELD = b"***"
"""What stands in the place of a record that is no JSON object, and may hold anything."""

Path = tuple[str, ...]
Name = tuple[str | None, str]
"""A field to redact: an event type, None for all, and the field's name."""
Positions = tuple[tuple[str, int, int], ...]
"""A point in the input: topic, partition and the offset of the first record behind it."""
Where = tuple[str, int, int]
"""A record's topic, partition and offset."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_FIELD = re.compile(r"(field `(?P<path>[^`]+)`: .*?, got ).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spot:
    """A redacted place in the records of an event type; `until`: in those before that point only, None: in all."""

    source: str
    until: Positions | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The ways to it. A field of that literal name wins over a path; a record may have both."""
        return ways(self.source)


@dataclass(frozen=True, slots=True)
class Masks:
    """What is replaced in objects of one form: paths in all of them, and paths in those of records before an offset, by
    topic and partition."""

    always: tuple[Path, ...] = ()
    limited: tuple[tuple[Mapping[tuple[str, int], int], tuple[Path, ...]], ...] = ()

    def applied(self, raw: bytes, where: Where | None) -> bytes:
        """A JSON object without what is redacted; `where`: its record, None for one that is read now. Raises
        `msgspec.DecodeError` for anything else."""
        paths = self.always
        if self.limited and where is not None:
            topic, partition, offset = where
            for until, more in self.limited:
                if offset < until.get((topic, partition), 0):
                    paths += more
        return masked(raw, paths)


@dataclass(frozen=True, slots=True)
class Redaction:
    """Which fields are redacted: `spots` by event type in the records as received, `names` as they are declared."""

    spots: Mapping[str, tuple[Spot, ...]] = field(default_factory=dict)
    names: frozenset[Name] = frozenset()
    _records: dict[str, Masks] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, events: Mapping[str, EventType], names: Iterable[Name]) -> Redaction:
        """Of declared fields."""
        chosen = frozenset(names)
        spots: dict[str, tuple[Spot, ...]] = {}
        for event in events.values():
            found = tuple(Spot(of.source) for of in event.fields if is_named(chosen, event.name, of.name))
            if found:
                spots[event.name] = found
        return cls(spots, chosen)

    def joined(self, other: Redaction) -> Redaction:
        """What this or the other one redacts: an event may be read by two declarations."""
        spots = {
            event: tuple(dict.fromkeys([*self.spots.get(event, ()), *other.spots.get(event, ())]))
            for event in {**self.spots, **other.spots}
        }
        return Redaction(spots, self.names | other.names)

    def __bool__(self) -> bool:
        return bool(self.spots)

    def record(self, event: str, raw: bytes, where: Where | None = None) -> bytes:
        """A record of an event type, as received."""
        found = self._records.get(event)
        if found is None:
            found = self._records[event] = _masks((spot, spot.paths) for spot in self.spots.get(event, ()))
        return found.applied(raw, where)

    def of_fields(self, event: str, fields: Sequence[EventField]) -> Masks:
        """What is replaced in an event that is written by its declared fields: those that bear a redacted name, and
        those that hold what is at a redacted place, or around it."""
        named = tuple((of.name,) for of in fields if is_named(self.names, event, of.name))
        spots = ((spot, tuple(_inside(spot, fields))) for spot in self.spots.get(event, ()))
        found = _masks(spots)
        return Masks((*named, *found.always), found.limited)

    def refused(self, raw: bytes) -> bytes:
        """A record that became no event, and may be of any type."""
        if not self:
            return raw
        try:
            return masked(raw, [path for spot in self._everywhere() for path in spot.paths])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _WITHHELD

    def reason(self, text: str) -> str:
        """Why a record became no event, without the value of a redacted field."""
        found = _FIELD.fullmatch(text)
        if found is None:
            return text
        path = found["path"]
        hidden = any(_is_in(path, spot.source) or _is_in(spot.source, path) for spot in self._everywhere())
        return found[1] + _WITHHELD.decode() if hidden else text

    def _everywhere(self) -> Iterator[Spot]:
        return (spot for spots in self.spots.values() for spot in spots if spot.until is None)


def is_named(names: Iterable[Name], event: str, name: str) -> bool:
    """Whether a field of an event type is among these."""
    return (event, name) in names or (None, name) in names


def ways(source: str) -> tuple[Path, ...]:
    """The paths that a field's source may mean: its literal name, and the way to it."""
    return tuple(dict.fromkeys([(source,), tuple(source.split("."))]))


def _masks(spots: Iterable[tuple[Spot, tuple[Path, ...]]]) -> Masks:
    found = [(spot, paths) for spot, paths in spots if paths]
    always = dict.fromkeys(path for spot, paths in found if spot.until is None for path in paths)
    limited = [
        ({(of, number): offset for of, number, offset in spot.until}, paths) for spot, paths in found if spot.until
    ]
    return Masks(tuple(always), tuple(limited))


def _inside(spot: Spot, fields: Sequence[EventField]) -> Iterator[Path]:
    """Where what is at a redacted place shows in an event by its declared fields."""
    for of in fields:
        for source in ways(of.source):
            for path in spot.paths:
                if source[: len(path)] == path:
                    yield (of.name,)
                elif path[: len(source)] == source:
                    yield from ((of.name, *inner) for inner in _within(of.type, path[len(source) :]))


def _within(type_: Type, path: Path) -> Iterator[Path]:
    """Where what is at a path shows in a value of a declared type, whose fields may have other names there."""
    if type_.kind is not Kind.RECORD:
        yield path
    for of in type_.fields:
        for source in ways(of.source):
            if source[: len(path)] == path:
                yield (of.name,)
            elif path[: len(source)] == source:
                yield from ((of.name, *inner) for inner in _within(of.type, path[len(source) :]))


def _is_in(path: str, source: str) -> bool:
    """Whether a place is a field or inside it."""
    return path == source or path.startswith((f"{source}.", f"{source}["))


def masked(raw: bytes, paths: Iterable[Path]) -> bytes:
    """A JSON object with the values at some paths replaced. Raises `msgspec.DecodeError` for anything else."""
    chosen = list(paths)
    if not chosen:
        return raw
    found = _object(raw)
    changed = [_mask(found, path) for path in chosen]
    return _encode(found) if any(changed) else raw


def _mask(found: dict[str, msgspec.Raw], path: Path) -> bool:
    """Replace one value in an object, if it is there."""
    first, *rest = path
    if first not in found:
        return False
    if not rest:
        found[first] = MASK
        return True
    if found[first] == NULL:
        return False
    try:
        inner = _object(found[first])
    except msgspec.DecodeError:
        # Where an object should be is something else, and nobody can say what is in it.
        found[first] = MASK
        return True
    if not _mask(inner, tuple(rest)):
        return False
    found[first] = msgspec.Raw(_encode(inner))
    return True


NOTHING_REDACTED = Redaction()
"""Every field is shown."""
