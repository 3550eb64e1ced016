"""From a record to the event type it is of: by the text in its type field, by other fields, or there is only one.

A router has a fast way and a slow way. The fast one decodes at once and raises at the first oddity; the slow one then
starts over with that record, and either makes an event of it after all or says why not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from cep.runtime.decode.codec import EventCodec
from cep.runtime.decode.malformed import TROUBLE, Malformed
from cep.runtime.decode.reasons import reason
from cep.runtime.decode.text import check_text
from cep.runtime.source import Match, Source

LEARN_AFTER = 8
"""An unknown type seen this often is added to the decoder, which then skips it without raising."""
LEARN_LIMIT = 256
"""How many unknown types are learnt; a producer that makes up names stays on the slow way."""
_COUNTED = 10_000


class Unrouted(msgspec.Struct):
    """What an object of no declared type decodes to."""


UNROUTED = Unrouted()
Event = tuple[EventCodec, Any, int | None]
"""A codec, the finished event, its event time (None: not in the event)."""


class Router(ABC):
    """Decodes the records of one source. `structs` leads from a decoded struct's class to its codec; a class that is
    missing there is of no declared type. `decode` is the fast way; read it anew after `slow`, which may improve it.
    """

    def __init__(self, codecs: Sequence[EventCodec]) -> None:
        self.structs: dict[type, EventCodec] = {codec.struct: codec for codec in codecs}
        self.decode: Callable[[bytes], Any]

    def slow(self, raw: bytes) -> Event | None:
        """The event of a record that failed; None if it is of no declared type. Raises `Malformed`."""
        codec: EventCodec | None = None
        try:
            check_text(raw)
            codec = self._codec(raw)
            if codec is None:
                return None
            return codec, *codec.read(raw)
        except TROUBLE as error:
            raise Malformed(reason(error, raw, codec.event if codec else None)) from None

    def unknown_types(self, skipped: Counter[type]) -> Counter[str]:
        """Names of the unknown types and how often each came. `skipped`: how often `decode` gave a class that is not
        in `structs`; `NoneType` stands for records that only `slow` found to be of no declared type.
        """
        return Counter({"(none that fits)": skipped.total()}) if skipped else Counter()

    @abstractmethod
    def _codec(self, raw: bytes) -> EventCodec | None:
        """The codec for a record, None for an unknown type. Raises what `TROUBLE` lists."""


class SingleType(Router):
    """A source of one event type."""

    def __init__(self, codec: EventCodec) -> None:
        super().__init__([codec])
        self._only = codec
        self.decode = codec.decode

    def _codec(self, raw: bytes) -> EventCodec:
        return self._only


class ByTypeField(Router):
    """The type's name stands in the field `type_field`: one pass over a tagged union decodes it.

    An event that declares that very field has to be decoded in two passes.
    """

    def __init__(self, codecs: Sequence[EventCodec], type_field: str) -> None:
        super().__init__(codecs)
        self._field = type_field
        self._names = {codec.event.name: codec for codec in codecs}
        name = msgspec.defstruct("name", [("name", Any, UNSET)], rename={"name": type_field})
        self._name: Callable[[bytes], Any] = msgspec.json.Decoder(name).decode
        self._unknown: Counter[str] = Counter()
        # A union of one would not ask for the field at all, hence a first unknown type: the empty name.
        self._union: list[type] = [self._unrouted("")]
        self._two_passes = any(type_field in _keys(codec) for codec in codecs)
        if self._two_passes:
            self.decode = self._decode_twice
            return
        for codec in codecs:
            tagged = codec.tagged(type_field)
            self.structs[tagged] = codec
            self._union.append(tagged)
        self._build()

    def _build(self) -> None:
        union: Any = self._union[0]
        for struct in self._union[1:]:
            union = union | struct
        self.decode = msgspec.json.Decoder(union, float_hook=Decimal).decode

    def _decode_twice(self, raw: bytes) -> Any:
        codec = self._codec(raw)
        return UNROUTED if codec is None else codec.decode(raw)

    def _codec(self, raw: bytes) -> EventCodec | None:
        name = self._name(raw).name
        if not isinstance(name, str):
            found = "is missing" if name is UNSET else "is no text"
            raise Malformed(f"field `{self._field}`, which names the event type, {found}")
        codec = self._names.get(name)
        if codec is None:
            self._learn(name)
        return codec

    def _learn(self, name: str) -> None:
        unknown = self._unknown
        if name not in unknown and len(unknown) >= _COUNTED:
            return
        unknown[name] += 1
        if self._two_passes:
            return
        if unknown[name] == LEARN_AFTER and len(self._union) < len(self._names) + LEARN_LIMIT and name:
            self._union.append(self._unrouted(name))
            self._build()

    def unknown_types(self, skipped: Counter[type]) -> Counter[str]:
        """As counted by name on the slow way, and by the class of its name once it was learnt."""
        tags = {of: getattr(of, "__struct_config__").tag for of in self._union}  # noqa: B009 - set by msgspec
        learnt = {of: str(tag) for of, tag in tags.items() if of not in self.structs}
        found = Counter(self._unknown)
        for of, count in skipped.items():
            if of in learnt:
                found[learnt[of]] += count
        return found

    def _unrouted(self, name: str) -> type[msgspec.Struct]:
        return msgspec.defstruct("Unrouted", [], tag_field=self._field, tag=name)


def _keys(codec: EventCodec) -> set[str]:
    return {entry.source for entry in codec.shape.entries} | {root.key for root in codec.shape.roots}


class ByFields(Router):
    """The first of several descriptions that a record's fields fit tells its type."""

    def __init__(self, codecs: Mapping[str, EventCodec], matches: Sequence[Match]) -> None:
        super().__init__([codecs[match.event] for match in matches])
        paths = list(dict.fromkeys(path for match in matches for path, _ in match.fields))
        self._look = _looker(paths)
        self._matches = [_test(match, paths, codecs[match.event]) for match in matches]
        self._shortcut = _shared_index(self._matches)
        self.decode = self._decode

    def _decode(self, raw: bytes) -> Any:
        codec = self._codec(raw)
        return UNROUTED if codec is None else codec.decode(raw)

    def _codec(self, raw: bytes) -> EventCodec | None:
        values = self._look(raw)
        matches: Sequence[_Test] = self._matches
        if self._shortcut is not None:
            index, by_value = self._shortcut
            matches = by_value.get(values[index], ())
        for tests, codec in matches:
            for index, allowed in tests:
                if values[index] not in allowed:
                    break
            else:
                return codec
        return None


_Value = tuple[bool, object]
"""A scalar that compares as JSON does: true is not 1. Objects and lists are all alike, and equal no scalar."""
_Test = tuple[list[tuple[int, frozenset[_Value]]], EventCodec]
_NESTED = object()


def _comparable(value: object) -> _Value:
    if isinstance(value, dict | list):
        value = _NESTED
    return isinstance(value, bool), value


def _test(match: Match, paths: list[str], codec: EventCodec) -> _Test:
    return [(paths.index(path), frozenset(map(_comparable, values))) for path, values in match.fields], codec


def _shared_index(tests: list[_Test]) -> tuple[int, dict[_Value, list[_Test]]] | None:
    """Candidates by the value of one field that every description names; None if there is no such field."""
    shared = set.intersection(*({index for index, _ in test} for test, _ in tests)) if tests else set()
    if not shared:
        return None
    chosen = min(shared)
    by_value: dict[_Value, list[_Test]] = {}
    for test in tests:
        for value in next(allowed for index, allowed in test[0] if index == chosen):
            by_value.setdefault(value, []).append(test)
    return chosen, by_value


def _looker(paths: Sequence[str]) -> Callable[[bytes], list[_Value]]:
    """A function that reads the values at `paths`, in their order; an absent one is null."""
    keys = list(dict.fromkeys(key for path in paths for key in (path, path.partition(".")[0])))
    places = {key: f"k{index}" for index, key in enumerate(keys)}
    struct = msgspec.defstruct(
        "looked", [(name, Any, None) for name in places.values()], rename={name: key for key, name in places.items()}
    )
    decode = msgspec.json.Decoder(struct).decode

    def look(raw: bytes) -> list[_Value]:
        found = decode(raw)
        values: list[_Value] = []
        for path in paths:
            value = getattr(found, places[path])
            if value is None and "." in path:
                key, _, rest = path.partition(".")
                value = _inside(getattr(found, places[key]), rest)
            values.append(_comparable(value))
        return values

    return look


def _inside(value: object, path: str) -> object:
    while isinstance(value, dict):
        if path in value:
            return value[path]
        key, found, path = path.partition(".")
        if not found:
            return None
        value = value.get(key)
    return None


def router(source: Source, codecs: Mapping[str, EventCodec]) -> Router:
    """The router for a source. Raises `ValueError` for a source that names no way to tell its types apart."""
    if source.matches:
        return ByFields(codecs, source.matches)
    own = [codecs[name] for name in source.events]
    if source.type_field is not None:
        return ByTypeField(own, source.type_field)
    if len(own) != 1:
        raise ValueError(f"source `{source.name}` holds {len(own)} event types and no field that tells them apart")
    return SingleType(own[0])
