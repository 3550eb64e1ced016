"""Records that are JSON objects behind the number of a JSON Schema.

They are not checked against that schema, which their producer did: the rules' declarations say what has to hold.
"""

from __future__ import annotations

import json

from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import HEADER, Read, SchemaUnusable
from cep.connectors.formats.json_record import with_type
from cep.connectors.formats.registry import RegisteredSchema


class JsonSchemaRecords:
    """Makes schemas ready. `by_name`: the title of a schema is the name of its records' event type."""

    def __init__(self, declared: Declared, *, by_name: bool = False) -> None:
        self._declared = declared
        self._by_name = by_name

    def __call__(self, schema: RegisteredSchema, label: str) -> Read:
        """What reads the records of a schema. Raises `SchemaUnusable`."""
        told = self._declared.event_of(_title(schema.text)) if self._by_name else None

        def read(value: bytes, event: str | None) -> bytes:
            raw, name = value[HEADER:], event or told
            return raw if name is None else with_type(raw, name)

        return read


def _title(text: str) -> str:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise SchemaUnusable("is not valid JSON") from None
    title = schema.get("title") if isinstance(schema, dict) else None
    if not isinstance(title, str) or not title:
        raise SchemaUnusable("has no title, by which the type of its records would be told")
    return title
