"""Events of a snapshot as records again, also those taken under declarations that were others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from cep.engine.record import Record
from cep.language.model import EventField, EventType
from cep.plan.attributes import attribute
from cep.runtime.decode.codec import EventCodec
from cep.runtime.decode.malformed import TROUBLE
from cep.runtime.shard_parts import HeldEvent


class RecordReader:
    """Rebuilds records from their bytes and coordinates, for a plan over the event types `events`.

    An event that does not fit its declaration any more has those fields that fit one by one, and null for the others.
    No rule goes on with it that reads one of these: what a field's type or place is to rules that read it is looked at
    before (`cep.plan.edits.event_edits`).
    """

    def __init__(self, codecs: Mapping[str, EventCodec], events: Sequence[str]) -> None:
        self._codecs = codecs
        self._numbers = {name: index for index, name in enumerate(events)}
        self._single: dict[tuple[str, str], EventCodec] = {}

    def held(self, event: HeldEvent) -> Record:
        """An event that was held back."""
        return self.bound(event.event, event.time, event.topic, event.partition, event.offset, event.raw)

    def bound(self, event: str, time: int, topic: str, partition: int, offset: int, raw: bytes) -> Record:
        """An event that a partial match has bound."""
        codec = self._codecs[event]
        data = self._data(codec, raw)
        order: tuple[Any, ...] = () if codec.order is None else codec.order(data)
        return (time, order, topic, partition, offset, self._numbers[event], data, raw)

    def data(self, event: str, raw: bytes) -> Any:
        """An event's declared fields, as attributes."""
        return self._data(self._codecs[event], raw)

    def _data(self, codec: EventCodec, raw: bytes) -> Any:
        try:
            return codec.read(raw)[0]
        except TROUBLE:
            fields = codec.event.fields
            return SimpleNamespace(**{attribute(f.name): self._field(codec.event, f, raw) for f in fields})

    def _field(self, event: EventType, field: EventField, raw: bytes) -> Any:
        """One field by itself."""
        codec = self._single.get((event.name, field.name))
        if codec is None:
            codec = self._single[event.name, field.name] = EventCodec(alone(event, field))
        try:
            return getattr(codec.read(raw)[0], attribute(field.name))
        except TROUBLE:
            return None


def alone(event: EventType, field: EventField) -> EventType:
    """The declaration of one field, without a time."""
    one = replace(field, type=field.type.as_nullable())
    return replace(event, fields=(one,), time_kind="ingestion", time=(), order=())


def fits(codec: EventCodec, raw: bytes) -> bool:
    """Whether an event fits its declaration."""
    try:
        codec.read(raw)
    except TROUBLE:
        return False
    return True
