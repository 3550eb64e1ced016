"""Values of a topic's records to JSON objects, as many at a time as a poll brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cep.runtime.decode.malformed import Malformed

Headers = Sequence[tuple[str, bytes | None]]
"""A record's headers, in their order; a name may come twice."""


class SchemaAwaited(Exception):
    """A record cannot be read yet: the schema with this `number` is still being asked for. `trouble`: what stands in
    the way of an answer; None: nothing so far."""

    def __init__(self, number: int, trouble: str | None = None) -> None:
        super().__init__(f"schema {number} is not known yet")
        self.number = number
        self.trouble = trouble


class RecordFormat(Protocol):
    """The format of one source's records."""

    def read(self, value: bytes, event: str | None) -> bytes:
        """A record as a JSON object. `event`: the name of its type where a header tells it, which goes into the object.

        Raises `Malformed` for what is no record of the format, `SchemaAwaited`."""


@dataclass(slots=True)
class Reading:
    """Records that were read: JSON objects, None for tombstones, empty for those refused; by index why they were.

    `awaited`: the schema without which the record behind them cannot be read; None: all were read."""

    raws: list[bytes | None] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    awaited: SchemaAwaited | None = None


class TopicReader:
    """Reads the records of one source. `type_header`: the header that names a record's event type."""

    def __init__(self, form: RecordFormat, type_header: str | None = None) -> None:
        self.form = form
        self.type_header = type_header

    def read(self, values: Sequence[bytes | None], headers: Sequence[Headers] | None) -> Reading:
        """Read until the end, or until a schema is missing. `headers` are needed where one of them names the type."""
        out = Reading()
        raws, read, named = out.raws, self.form.read, self.type_header is not None
        event: str | None = None
        for index, value in enumerate(values):
            if value is None:
                raws.append(None)
                continue
            try:
                if named:
                    event = self._event(() if headers is None else headers[index])
                raws.append(read(value, event))
            except Malformed as error:
                raws.append(b"")
                out.refused[index] = error.reason
            except SchemaAwaited as error:
                out.awaited = error
                return out
        return out

    def _event(self, headers: Headers) -> str:
        """The type's name; of a header that comes twice the last one counts, as in Kafka's own clients."""
        found = [value for name, value in headers if name == self.type_header]
        place = f"header `{self.type_header}`, which names the event type,"
        if not found or found[-1] is None:
            raise Malformed(f"{place} is missing")
        try:
            return found[-1].decode()
        except UnicodeDecodeError:
            raise Malformed(f"{place} is no text") from None
