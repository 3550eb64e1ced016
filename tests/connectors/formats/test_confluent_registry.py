"""The registry behind confluent-kafka's client: what it answers, what befalls it, what must not be seen."""

from __future__ import annotations

import pytest

from cep.connectors.formats.confluent_registry import ConfluentRegistry
from cep.connectors.formats.registry import RegisteredSchema, RegistryTrouble, SchemaUnknown
from tests.connectors.formats.loopback_registry import LoopbackRegistry


def test_a_schema_and_those_it_builds_on(registry: LoopbackRegistry) -> None:
    registry.register("inner", {"schema": '"int"'})
    references = [{"name": "Inner", "subject": "inner", "version": 1}]
    number = registry.register("outer", {"schema": '"string"', "references": references})
    found = ConfluentRegistry({"url": registry.url}, "AVRO").fetch(number)
    assert found == RegisteredSchema("AVRO", '"string"', (("Inner", RegisteredSchema("AVRO", '"int"')),))


def test_protobuf_is_asked_for_as_a_descriptor(registry: LoopbackRegistry) -> None:
    number = registry.register("s", {"schema": "AAAA", "schemaType": "PROTOBUF"})
    assert ConfluentRegistry({"url": registry.url}, "PROTOBUF").fetch(number).kind == "PROTOBUF"
    assert registry.asked == [f"GET schemas/ids/{number} {{'format': ['serialized']}}"]


def test_a_registry_that_does_not_compile_is_in_the_way_until_it_does(registry: LoopbackRegistry) -> None:
    """Were it a dead letter, a whole topic would become one."""
    number = registry.register("s", {"schema": 'syntax = "proto3"; message E {}', "schemaType": "PROTOBUF"})
    client = ConfluentRegistry({"url": registry.url}, "PROTOBUF")
    with pytest.raises(RegistryTrouble, match="does not know `format=serialized`"):
        client.fetch(number)
    registry.schemas[number - 1]["schema"] = "AAAA"
    assert client.fetch(number).text == "AAAA"


def test_a_number_that_is_not_there(registry: LoopbackRegistry) -> None:
    with pytest.raises(SchemaUnknown):
        ConfluentRegistry({"url": registry.url}, "AVRO").fetch(7)


def test_a_registry_that_is_away_or_refuses(registry: LoopbackRegistry) -> None:
    number = registry.register("s", {"schema": '"int"'})
    client = ConfluentRegistry({"url": registry.url}, "AVRO")
    registry.is_away = True
    with pytest.raises(RegistryTrouble, match=r"^the schema registry answers 503: leader not known$"):
        client.fetch(number)
    registry.is_away, registry.user = False, "me:hunter22"
    with pytest.raises(RegistryTrouble, match=r"^the schema registry answers 401: Unauthorized$"):
        client.fetch(number)
    allowed = ConfluentRegistry({"url": registry.url, "basic.auth.user.info": "me:hunter22"}, "AVRO")
    assert allowed.fetch(number).text == '"int"'


def test_somebody_who_is_no_registry_does_not_know_of_schemas(registry: LoopbackRegistry) -> None:
    """Were a 404 of a proxy taken for the registry's, a wrong address would make dead letters of all records."""
    registry.answer = lambda method, path, body: (404, {"message": "no route"})  # type: ignore[method-assign]
    with pytest.raises(RegistryTrouble, match=r"^the schema registry answers 404, which a registry would explain$"):
        ConfluentRegistry({"url": registry.url}, "AVRO").fetch(1)
    registry.answer = lambda method, path, body: (200, {"hello": "world"})  # type: ignore[method-assign]
    with pytest.raises(RegistryTrouble, match="does not answer"):
        ConfluentRegistry({"url": registry.url}, "AVRO").fetch(1)


def test_an_error_without_words(registry: LoopbackRegistry) -> None:
    registry.answer = lambda method, path, body: (500, {"error_code": 50001, "message": ""})  # type: ignore[method-assign]
    with pytest.raises(RegistryTrouble, match=r"^the schema registry answers 500: its error 50001$"):
        ConfluentRegistry({"url": registry.url}, "AVRO").fetch(1)


def test_nobody_is_there() -> None:
    settings = {"url": "http://me:hunter22@127.0.0.1:1", "proxy": "http://you:hunter23@127.0.0.1:1"}
    with pytest.raises(RegistryTrouble, match="does not answer") as failed:
        ConfluentRegistry(settings, "AVRO").fetch(1)
    assert "hunter" not in str(failed.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"url": "ftp://x"}, "ftp"),
        ({"url": "http://x", "no.such.thing": "1"}, "no.such.thing"),
        ({"url": "http://x", "timeout": "soon"}, "timeout"),
        ({"url": "http://x", "ssl.ca.location": "/none.pem"}, "o such file"),
        ({"url": "http://a:hunter22@x", "basic.auth.user.info": "me:hunter22"}, "basic.auth.user.info"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        ConfluentRegistry(settings, "AVRO")
    assert "hunter" not in str(refused.value)


def test_what_a_registry_says_shows_no_secret(registry: LoopbackRegistry) -> None:
    registry.answer = lambda method, path, body: (403, {"error_code": 1, "message": "not hunter22 of me"})  # type: ignore[method-assign]
    client = ConfluentRegistry({"url": registry.url, "basic.auth.user.info": "me:hunter22"}, "AVRO")
    with pytest.raises(RegistryTrouble, match=r"403: not \*\*\* of me"):
        client.fetch(1)
