"""What a job says, as data. Paths are as the reader resolved them; values are still the text that was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal as OneOf

from cep.connectors.lines import LINE_LIMIT
from cep.language.diagnostics import Span
from cep.runtime.source import Scalar

STANDARD_STREAM = "-"
"""The name of standard input or output in place of a file."""

COMMAND_LINE = Span("<command line>", 1, 1, 1, 1)
"""The place of what comes from options instead of a job file."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value as written in the job: its text and its place."""

    text: str
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class TypeFilter:
    """One entry of `types:`: records are of this event type if each named field equals its value (none: all are).

    `fields` are (name or dotted path in the data, its values, one of which fits).
    """

    event: str
    fields: tuple[tuple[str, tuple[Scalar, ...]], ...]
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file or standard input to read, and how its records find their event type.

    `event` names the one type of all records; otherwise the field `type_field` names it, or the first of `types`
    that fits. `path` None: standard input. `format` None: told by the file's name and first bytes.
    """

    name: str
    path: Path | None
    event: str | None = None
    type_field: str | None = None
    types: tuple[TypeFilter, ...] = ()
    format: OneOf["json", "csv", "parquet"] | None = None
    delimiter: str | None = None
    line_limit: int = LINE_LIMIT
    span: Span = COMMAND_LINE

    @property
    def shown(self) -> str:
        """The source as a person knows it: its path, or `stdin`."""
        return "stdin" if self.path is None else str(self.path)


@dataclass(frozen=True, slots=True)
class FileSink:
    """Where one kind of output goes; `path` None: standard output."""

    path: Path | None
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where a job keeps its state, and how often: microseconds between two snapshots. `oldest`: microseconds that the
    last one may be old where no later one can be written; None: any."""

    path: Path
    every: int = 60_000_000
    oldest: int | None = None
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class ListSource:
    """The values of a declared list: inline, or one a line in `path`."""

    values: tuple[Written, ...] = ()
    path: Path | None = None
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class ShadowRules:
    """Another version of the rules to run beside the live one: its files (none: those of the job), and the params and
    lists in which it differs."""

    rules: tuple[str, ...] = ()
    params: dict[str, Written] = field(default_factory=dict)
    lists: dict[str, ListSource] = field(default_factory=dict)


Guarantee = OneOf["at_least_once", "exactly_once"]
"""What becomes of alerts when a run over Kafka breaks off; either way the state is exact."""


TopicFormat = OneOf["json", "csv", "avro", "protobuf", "json_schema"]
"""The format of a topic's records."""
REGISTRY_FORMATS = ("avro", "protobuf", "json_schema")
"""Formats whose records name a schema, which a registry has."""


@dataclass(frozen=True, slots=True)
class TopicSource:
    """A topic to read, and how its records find their event type: as for `FileSource`.

    Or the header `type_header` names it, or (`type_by`) the name of the record in its schema does. `columns` and
    `delimiter`: of CSV, whose records are rows without a header row.
    `start`: where a job without state begins: `earliest`, `latest`, the first record with a timestamp at this time (µs)
    or later, or in each partition the record with this offset; those that are not named begin with their first one.
    `max_future`: how far (µs) an event's time may lie after its record's timestamp; None: any.
    `key`: the fields that the record key is made of, which tell an event's partition; none of them: the partition says
    nothing of an event. None: it is not said.
    """

    name: str
    topic: str
    event: str | None = None
    type_field: str | None = None
    types: tuple[TypeFilter, ...] = ()
    type_header: str | None = None
    type_by: OneOf["record_name"] | None = None
    format: TopicFormat = "json"
    columns: tuple[str, ...] = ()
    delimiter: str | None = None
    start: OneOf["earliest", "latest"] | int | Mapping[int, int] = "earliest"
    max_future: int | None = None
    key: tuple[Written, ...] | None = None
    span: Span = COMMAND_LINE

    @property
    def shown(self) -> str:
        """The source as a person knows it."""
        return f"topic {self.topic}"


@dataclass(frozen=True, slots=True)
class TopicSink:
    """The topic that one kind of output goes to."""

    topic: str
    span: Span = COMMAND_LINE


@dataclass(frozen=True, slots=True)
class KafkaPart:
    """What a job over Kafka says besides. `properties` are librdkafka's, for all clients; `registry`: those of a schema
    registry, if there is one. Both may hold secrets, and are not shown. `sinks`: topics by kind of
    output. `commit`: microseconds between two commits. `changelog`: the topic that holds the state; None: named after
    the job. `align`: how far (µs of event time) a partition may be ahead of the slowest of those whose events meet its
    own in a rule."""

    properties: Mapping[str, Written] = field(default_factory=dict, repr=False)
    sources: tuple[TopicSource, ...] = ()
    sinks: Mapping[str, TopicSink] = field(default_factory=dict)
    commit: int = 100_000
    guarantee: Guarantee = "at_least_once"
    changelog: str | None = None
    registry: Mapping[str, Written] | None = field(default=None, repr=False)
    align: int = 60_000_000
    span: Span = COMMAND_LINE

    @property
    def settings(self) -> dict[str, str]:
        """librdkafka's properties as text."""
        return {name: written.text for name, written in self.properties.items()}


@dataclass(frozen=True, slots=True)
class MetricsAddress:
    """Where numbers and health of a run are served. `port` is that of the first worker on a machine, and the next has
    the next one; 0: any that is free. `host` None: what the environment says, or this machine alone."""

    port: int
    host: str | None = None
    span: Span = COMMAND_LINE


Evidence = OneOf["full", "fields", "ids"]
"""What an alert holds of its events: all data as received, only the fields the rule reads, or only coordinates."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything `cep run` needs beside the rules themselves. Sinks that are None: the output is only counted.
    Without `state` a run begins at the start of its inputs."""

    name: str
    rules: tuple[str, ...]
    sources: tuple[FileSource, ...]
    params: dict[str, Written] = field(default_factory=dict)
    lists: dict[str, ListSource] = field(default_factory=dict)
    alerts: FileSink | None = None
    shadow: FileSink | None = None
    shadow_rules: ShadowRules | None = None
    late: FileSink | None = None
    dead_letters: FileSink | None = None
    state: StateFolder | None = None
    kafka: KafkaPart | None = None
    """None: a job over files."""
    copied: KafkaPart | None = None
    """Of a job over topics that is run over what was exported of them: what it says of the topics, source by source."""
    metrics: MetricsAddress | None = None
    evidence: Evidence = "full"
    unknown_types: OneOf["count", "dead_letter"] = "count"
    allowed_modules: tuple[str, ...] = ()
    redacted: tuple[Written, ...] = ()
    """Fields kept out of the outputs, as `Type.field`, or `field` for all types that declare it."""
    sources_text: dict[str, str] = field(default_factory=dict)
    """The text of the job file by the name in its spans, for diagnostics."""
