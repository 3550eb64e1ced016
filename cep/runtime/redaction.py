"""Named fields kept out of what is written of events: evidence in alerts, late events, dead letters, the shown state.

A redacted field's value is replaced by `"***"`; everything else stays digit for digit. What a rule's author puts into
the key and the output fields is not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from cep.language.model import EventType

MASK = msgspec.Raw(b'"***"')
"""What stands in the place of a value."""
NULL = msgspec.Raw(b"null")
_WITHHELD = b"***"
"""What stands in the place of a record that is no JSON object, and may hold anything."""

Path = tuple[str, ...]
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_FIELD = re.compile(r"(field `(?P<path>[^`]+)`: .*?, got ).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Redaction:
    """Which fields are redacted: `received`: by event type the paths in the record, `declared`: the declared names."""

    received: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    declared: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Mapping[str, EventType], fields: Iterable[tuple[str, str]]) -> Redaction:
        """Of declared fields, as pairs of event type and field."""
        received: dict[str, tuple[Path, ...]] = {}
        declared: dict[str, tuple[Path, ...]] = {}
        for event, name in fields:
            source = next(of.source for of in events[event].fields if of.name == name)
            # A field of that literal name wins over a path; the record may have both.
            paths = dict.fromkeys([(source,), tuple(source.split("."))])
            received[event] = (*received.get(event, ()), *paths)
            declared[event] = (*declared.get(event, ()), (name,))
        return cls(received, declared)

    def joined(self, other: Redaction) -> Redaction:
        """What this or the other one redacts: an event may be read by two declarations."""
        return Redaction(_joined(self.received, other.received), _joined(self.declared, other.declared))

    def __bool__(self) -> bool:
        return bool(self.received)

    def record(self, event: str, raw: bytes) -> bytes:
        """A record of an event type, as received."""
        return masked(raw, self.received.get(event, ()))

    def fields(self, event: str, rendered: bytes) -> bytes:
        """An event by its declared fields, as rendered."""
        return masked(rendered, self.declared.get(event, ()))

    def refused(self, raw: bytes) -> bytes:
        """A record that became no event, and may be of any type."""
        if not self:
            return raw
        try:
            return masked(raw, [path for paths in self.received.values() for path in paths])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _WITHHELD

    def reason(self, text: str) -> str:
        """Why a record became no event, without the value of a redacted field."""
        found = _FIELD.fullmatch(text)
        sources = {".".join(path) for paths in self.received.values() for path in paths}
        hidden = found is not None and any(_is_in(found["path"], source) for source in sources)
        return found[1] + _WITHHELD.decode() if found is not None and hidden else text


def _is_in(path: str, source: str) -> bool:
    """Whether a place is a field or inside it."""
    return path == source or path.startswith((f"{source}.", f"{source}["))


def _joined(one: Mapping[str, tuple[Path, ...]], other: Mapping[str, tuple[Path, ...]]) -> dict[str, tuple[Path, ...]]:
    return {event: tuple(dict.fromkeys([*one.get(event, ()), *other.get(event, ())])) for event in {**one, **other}}


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
