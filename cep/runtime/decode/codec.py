"""One event type's way from bytes to a decoded event and its time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from cep.language.model import EventType
from cep.runtime.decode.finish import finisher
from cep.runtime.decode.shapes import shape
from cep.runtime.decode.text import without_duplicates
from cep.runtime.order import order_reader


class EventCodec:
    """Decodes JSON objects of one event type.

    `struct` is what `decoder` makes; `finish` must see each struct once, before anyone reads it. `order` gives the
    `order by` values in comparable form, and is None for a type without them.
    """

    __slots__ = ("_tagged", "decode", "event", "finish", "order", "shape", "struct")

    def __init__(self, event: EventType) -> None:
        self.event = event
        self.shape = shape(event.name, ((field.name, field.source, field.type) for field in event.fields))
        self.struct = self.shape.struct()
        self.decode = msgspec.json.Decoder(self.struct, float_hook=Decimal).decode
        self.finish = finisher(event, self.shape)
        self.order = order_reader(event)
        self._tagged: dict[str, type[msgspec.Struct]] = {}

    def tagged(self, type_field: str) -> type[msgspec.Struct]:
        """A struct of the same attributes for a union told apart by the text in `type_field`."""
        # Every shard of a job and every restart asks for it again; making it is most of what a shard costs.
        if type_field not in self._tagged:
            self._tagged[type_field] = self.shape.struct(type_field, self.event.name)
        return self._tagged[type_field]

    def read(self, raw: bytes) -> tuple[Any, int | None]:
        """The finished event and its event time (None: not in the event). Raises what `TROUBLE` lists."""
        try:
            data = self.decode(raw)
        except msgspec.ValidationError:
            # The decoder checks every occurrence of a repeated key, but only the last one counts.
            once = without_duplicates(raw)
            if once is None:
                raise
            data = self.decode(once)
        return data, self.finish(data)
