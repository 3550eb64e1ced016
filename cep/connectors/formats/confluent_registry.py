"""A schema registry over confluent-kafka's client."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from confluent_kafka.schema_registry import SchemaRegistryClient, SchemaRegistryError

from cep.connectors.formats.registry import Kind, RegisteredSchema, RegistryTrouble, SchemaUnknown
from cep.connectors.secrets import without

_NOT_FOUND = (40401, 40402, 40403)
"""The registry's own numbers for a subject, a version, a schema that is not there. Another 404 comes from somebody who
is no registry, or from a wrong path."""
_NUMBERS = (
    "timeout",
    "cache.capacity",
    "cache.latest.ttl.sec",
    "max.retries",
    "retries.wait.ms",
    "retries.max.wait.ms",
)
_SECRETS = ("basic.auth.user.info", "bearer.auth.token", "bearer.auth.client.secret", "ssl.key.password")
_DEFAULTS: dict[str, Any] = {"timeout": 10, "max.retries": 0}
"""Tries are made by who asks."""


class ConfluentRegistry:
    """Asks for schemas of one kind. Raises `ValueError` for settings that the client refuses."""

    def __init__(self, settings: Mapping[str, str], kind: Kind) -> None:
        given: dict[str, Any] = {name: _value(name, text) for name, text in settings.items()}
        self._secrets = [text for name, text in settings.items() if name in _SECRETS and text]
        self._secrets += [part for text in self._secrets for part in text.split(":") if len(part) > 2]
        urls = (text for name in ("url", "proxy") for text in settings.get(name, "").split(","))
        self._secrets += [password for url in urls if (password := urlsplit(url).password)]
        # The text of a `.proto` file would need a compiler; a registry that has one gives what comes of it.
        self._form = "serialized" if kind == "PROTOBUF" else None
        try:
            self._client: Any = SchemaRegistryClient({**_DEFAULTS, **given})
        except Exception as error:  # of many kinds, down to those of files with certificates
            raise ValueError(self._hidden(str(error))) from None

    def fetch(self, number: int) -> RegisteredSchema:
        """The schema with this number, and those it builds on. Raises `SchemaUnknown`, `RegistryTrouble`."""
        try:
            return self._whole(self._client.get_schema(number, fmt=self._form))
        except RegistryTrouble:
            # What was answered is kept by the client, and would be its answer for good.
            self._client.clear_caches()
            raise
        except SchemaRegistryError as error:
            if error.http_status_code == 404 and error.error_code in _NOT_FOUND:
                raise SchemaUnknown from None
            raise RegistryTrouble(self._hidden(f"the schema registry answers {_said(error)}")) from None
        except Exception as error:  # the client's own, those of HTTP and TLS, and what a strange answer makes of them
            detail = str(error).splitlines()[0] if str(error) else ""
            told = f"{type(error).__name__}: {detail}" if detail else type(error).__name__
            raise RegistryTrouble(self._hidden(f"the schema registry does not answer ({told})")) from None

    def _whole(self, schema: Any) -> RegisteredSchema:
        if not isinstance(schema.schema_str, str):
            raise ValueError("an answer without a schema")
        kind = schema.schema_type or "AVRO"
        if kind == "PROTOBUF" and self._form is not None and not _is_compiled(schema.schema_str):
            raise RegistryTrouble("the schema registry gives texts of Protobuf, and does not know `format=serialized`")
        references = []
        for each in schema.references or ():
            found = self._client.get_version(each.subject, each.version, True, self._form)
            references.append((str(each.name), self._whole(found.schema)))
        return RegisteredSchema(kind, schema.schema_str, tuple(references))

    def _hidden(self, text: str) -> str:
        """Without what nobody may see."""
        return without(self._secrets, text)


def _said(error: Any) -> str:
    """Status and words of an answer. One without a number of the registry's own comes from a proxy, or a wrong path."""
    if error.error_code in (None, -1):
        return f"{error.http_status_code}, which a registry would explain"
    words = str(error.error_message or "").partition("\n")[0][:200]
    return f"{error.http_status_code}: {words or f'its error {error.error_code}'}"


def _is_compiled(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _value(name: str, text: str) -> Any:
    if name not in _NUMBERS:
        return text
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise ValueError(f"`{name}` is a number, and `{text}` is none") from None
