"""Readers of a job's topics, where they cannot be made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.formats.framed import FramedRecords
from cep.connectors.formats.reading import TopicReader
from cep.connectors.formats.topics import schemas_in, topic_readers
from cep.connectors.job.reader import parse_job
from cep.language.load import load_text
from cep.runtime.wiring import wire

RULES = "event Order { card: string  at: timestamp } time at\nrule r { match o: Order }\n"


def readers(source: str, registry: str = "url: http://127.0.0.1:1") -> dict[str, TopicReader]:
    text = (
        "rules: [r]\nkafka: {bootstrap.servers: h}\n"
        f"schema_registry: {{{registry}}}\nsources: {{Order: {{topic: t, {source}}}}}\n"
    )
    job, rules = parse_job(text, "job.yaml", Path(), {}), load_text(RULES)
    return topic_readers(job, wire(rules, declare_sources(job, rules)))


def test_plain_json_needs_no_reader() -> None:
    assert readers("format: json") == {}


@pytest.mark.parametrize("form", ["csv, columns: [card, at]", "avro", "protobuf", "json_schema"])
def test_other_formats_have_one(form: str) -> None:
    assert list(readers(f"format: {form}")) == ["t"]


def test_other_rules_know_the_schemas_that_were_known() -> None:
    text = (
        "rules: [r]\nkafka: {bootstrap.servers: h}\nschema_registry: {url: http://127.0.0.1:1}\n"
        "sources: {Order: {topic: t, format: avro}, Login: {topic: l, format: avro},"
        " Other: {topic: c, type_header: h}}\n"
    )
    rules = load_text(RULES + "event Login { at: timestamp } time at\nevent Other { at: timestamp } time at\n")
    job = parse_job(text, "job.yaml", Path(), {})
    wiring = wire(rules, declare_sources(job, rules))
    before = topic_readers(job, wiring)
    after = topic_readers(job, wiring, schemas_in(before))
    forms = [reader.form for reader in (*before.values(), *after.values()) if isinstance(reader.form, FramedRecords)]
    assert len(forms) == 4 and len({id(form) for form in forms}) == 4
    assert len({id(form.schemas) for form in forms}) == 1


@pytest.mark.parametrize(
    ("form", "package", "module"),
    [
        ("avro", "confluent_kafka.schema_registry", "confluent_registry"),
        ("avro", "fastavro", "avro_record"),
        ("protobuf", "google.protobuf", "protobuf_record"),
    ],
)
def test_an_extra_that_is_not_installed_is_told(
    form: str, package: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"cep.connectors.formats.{module}", raising=False)
    with pytest.raises(ConfigurationError) as refused:
        readers(f"format: {form}")
    assert (refused.value.code, refused.value.fix) == (
        "C0297",
        'install them: `pip install "cep-engine[kafka,registry]"`',
    )


def test_a_registry_whose_settings_cannot_be_is_told_without_its_secrets() -> None:
    with pytest.raises(ConfigurationError) as refused:
        readers("format: avro", 'url: http://x, basic.auth.user.info: "hunter22"')
    assert refused.value.code == "C0298"
    assert "hunter22" not in refused.value.message
