"""How the records of a job's topics are read, by topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from cep.connectors.errors import ConfigurationError
from cep.connectors.formats.csv_record import CsvRecords
from cep.connectors.formats.declared import Declared
from cep.connectors.formats.framed import Compile, FramedRecords
from cep.connectors.formats.json_record import JsonRecords
from cep.connectors.formats.reading import RecordFormat, TopicReader
from cep.connectors.formats.registry import Kind
from cep.connectors.formats.schemas import Schemas
from cep.connectors.job.model import Job, TopicSource
from cep.connectors.rows import row_encoder
from cep.runtime.wiring import Wiring

SchemasOf = Callable[[Kind], Schemas]
"""The schemas of one kind."""

_KINDS: dict[str, Kind] = {"avro": "AVRO", "protobuf": "PROTOBUF", "json_schema": "JSON"}


def topic_readers(job: Job, wiring: Wiring, schemas: SchemasOf | None = None) -> dict[str, TopicReader]:
    """Readers by topic. A topic without one holds JSON objects that say all there is to say themselves.

    `schemas`: where they come from if not from the job's registry. Raises `ConfigurationError` for a registry whose
    settings cannot be, or whose packages are not installed."""
    assert job.kafka is not None
    # One registry for all sources of a format: their schemas have one numbering.
    found = cache(schemas or (lambda kind: _schemas(job, kind)))
    readers: dict[str, TopicReader] = {}
    for spec in job.kafka.sources:
        if spec.format != "json" or spec.type_header is not None:
            readers[spec.topic] = TopicReader(_format(spec, wiring, found), spec.type_header)
    return readers


def schemas_in(readers: Mapping[str, TopicReader]) -> SchemasOf:
    """The schemas that readers have by now, for others in their place: what is known is not asked for again."""
    forms = [reader.form for reader in readers.values()]
    known = {form.kind: form.schemas for form in forms if isinstance(form, FramedRecords)}
    return lambda kind: known[kind]


def _format(spec: TopicSource, wiring: Wiring, schemas: SchemasOf) -> RecordFormat:
    if spec.format == "csv":
        encode = row_encoder(wiring.sources[spec.name], wiring.rules.events)
        return CsvRecords(spec.columns, spec.delimiter or ",", encode)
    if spec.format == "json":
        return JsonRecords()
    declared = Declared([wiring.rules.events[name] for name in wiring.sources[spec.name].events])
    kind = _KINDS[spec.format]
    return FramedRecords(schemas(kind), kind, compiler(kind, declared, by_name=spec.type_by is not None))


def compiler(kind: Kind, declared: Declared, *, by_name: bool) -> Compile:
    """What makes schemas of a kind ready. Raises `ConfigurationError` where its packages are not installed."""
    try:
        match kind:
            case "AVRO":
                from cep.connectors.formats.avro_record import AvroRecords

                return AvroRecords(declared, by_name=by_name)
            case "PROTOBUF":
                from cep.connectors.formats.protobuf_record import ProtobufRecords

                return ProtobufRecords(declared, by_name=by_name)
            case "JSON":
                from cep.connectors.formats.json_schema_record import JsonSchemaRecords

                return JsonSchemaRecords(declared, by_name=by_name)
    except ImportError as error:
        raise _not_installed() from error


def _schemas(job: Job, kind: Kind) -> Schemas:
    try:
        from cep.connectors.formats.confluent_registry import ConfluentRegistry
    except ImportError as error:
        raise _not_installed() from error
    assert job.kafka is not None and job.kafka.registry is not None, "the job file was checked"
    settings = {name: written.text for name, written in job.kafka.registry.items()}
    try:
        return Schemas(ConfluentRegistry(settings, kind))
    except ValueError as error:
        fix = "see confluent-kafka's `SchemaRegistryClient` for its properties"
        raise ConfigurationError("C0298", f"the schema registry cannot be used: {error}", fix, job.name) from None


def _not_installed() -> ConfigurationError:
    fix = 'install them: `pip install "cep-engine[kafka,registry]"`'
    return ConfigurationError("C0297", "the packages for schema registries are not installed", fix)
