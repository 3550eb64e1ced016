"""The `sources:` of a job file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from cep.connectors.job.document import Document
from cep.connectors.job.model import (
    REGISTRY_FORMATS,
    STANDARD_STREAM,
    FileSource,
    TopicSource,
    TypeFilter,
    Written,
)
from cep.connectors.job.spans import read_span
from cep.language.literals import BadLiteral, parse_timestamp
from cep.language.spelling import listed
from cep.runtime.source import Scalar

_NUMBERS: dict[str, Callable[[str], Scalar]] = {"tag:yaml.org,2002:int": int, "tag:yaml.org,2002:float": float}
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_FILE_FORMATS = ("json", "csv", "parquet")
_TOPIC_FORMATS = ("json", "csv", "avro", "protobuf", "json_schema")
_FILE_ONLY = ("max_line",)
_TOPIC_ONLY = ("start", "max_future", "columns", "type_header", "type_by", "key")
_TYPES_TOLD = ("types", "type_field", "type_header", "type_by")
"""Keys that say how a record's type is told; a source has one of them, or is called like its one type."""
_BOTH = ("event", "type_field", "types", "format", "delimiter")
_OF_TOPICS = (*_BOTH, *_TOPIC_ONLY, "topic")
_OF_FILES = (*_BOTH, "path", "line_limit")


def read_sources(document: Document, node: yaml.Node, folder: Path) -> tuple[FileSource | TopicSource, ...]:
    """Read every source; paths start at `folder`. Errors are recorded in the document."""
    entries = document.entries(node, "`sources`")
    if not entries and isinstance(node, yaml.MappingNode):
        document.error("C0216", "the job has no source", node, "add one, as in `CardAuth: {file: auth.jsonl}`")
    sources = tuple(_SourceReader(document, name, value, folder).read() for name, (_, value) in entries.items())
    standard = [source for source in sources if isinstance(source, FileSource) and source.path is None]
    if len(standard) > 1:
        message = f"standard input can be one source only, and `{standard[0].name}` reads it already"
        document.findings.error("C0217", message, standard[1].span, "give this source a file")
    return sources


class _SourceReader:
    """Reads one source."""

    def __init__(self, document: Document, name: str, node: yaml.Node, folder: Path) -> None:
        self._document = document
        self._name = name
        self._node = node
        self._folder = folder
        # Read once it is known; until then anything but standard input, which only one source may be.
        self._values: dict[str, Any] = {"path": folder}

    def read(self) -> FileSource | TopicSource:
        """The source, as far as it can be read."""
        what = f"source `{self._name}`"
        readers: dict[str, Callable[[yaml.Node], object]] = {
            "file": self._file,
            "topic": self._topic,
            "type_field": self._type_field,
            "types": self._types,
            "type_header": self._type_header,
            "type_by": self._type_by,
            "format": self._format,
            "columns": self._columns,
            "delimiter": self._delimiter,
            "max_line": self._max_line,
            "start": self._start,
            "max_future": self._max_future,
            "key": self._key,
        }
        present = self._document.section(self._node, what, readers)
        if not present - (readers.keys() - {"file", "topic"}) and isinstance(self._node, yaml.MappingNode):
            fix = "add `file: PATH`, `file: -` for standard input, or `topic: NAME`"
            self._document.error("C0218", f"{what} has no file and no topic", self._node, fix)
        told = [key for key in _TYPES_TOLD if key in present]
        if len(told) > 1:
            message = f"{what} has both `{told[0]}` and `{told[1]}`"
            self._document.error("C0219", message, self._node, "keep the one that tells a record's type")
        if not told:
            self._values["event"] = self._name
        self._check_kind(present, what)
        span = self._document.span(self._node)
        if "topic" in present:
            self._check_topic(present, what)
            return TopicSource(self._name, span=span, **{k: v for k, v in self._values.items() if k in _OF_TOPICS})
        return FileSource(self._name, span=span, **{k: v for k, v in self._values.items() if k in _OF_FILES})

    def _has_topic(self) -> bool:
        keys = self._node.value if isinstance(self._node, yaml.MappingNode) else []
        return any(isinstance(key, yaml.ScalarNode) and key.value == "topic" for key, _ in keys)

    def _check_kind(self, present: set[str], what: str) -> None:
        """Refuse what goes with the other kind of source only."""
        if {"file", "topic"} <= present:
            message = f"{what} has both a file and a topic"
            self._document.error("C0280", message, self._node, "keep the one that its records come from")
        of_topic = "topic" in present
        for key in _FILE_ONLY if of_topic else _TOPIC_ONLY:
            if key in present:
                kind = "files" if of_topic else "topics"
                self._document.error("C0281", f"`{key}` is for {kind}", self._node, f"leave `{key}` out of {what}")
        form = self._values.get("format")
        if form is not None and form not in (_TOPIC_FORMATS if of_topic else _FILE_FORMATS):
            kind = "files" if of_topic else "topics"
            fix = f"write one of {listed(_TOPIC_FORMATS if of_topic else _FILE_FORMATS)}"
            self._document.error("C0281", f"`format: {form}` is for {kind}", self._node, fix)

    def _check_topic(self, present: set[str], what: str) -> None:
        """What goes with a topic's format."""
        form = self._values.get("format", "json")
        if form == "csv" and "columns" not in present:
            fix = "add `columns: [first, second]`: records have no header row"
            self._document.error("C0222", f"{what} is CSV and does not name its columns", self._node, fix)
        for key in ("columns", "delimiter"):
            if form != "csv" and key in present:
                message = f"`{key}` of {what} is for `format: csv`"
                self._document.error("C0222", message, self._node, f"leave `{key}` out, or add `format: csv`")
        if "type_by" in present and form not in REGISTRY_FORMATS:
            message = f"`type_by` of {what} takes names from a schema, and `format: {form}` has none"
            fix = "write `type_field`, `type_header` or `types`"
            self._document.error("C0223", message, self._node, fix)

    def _file(self, node: yaml.Node) -> None:
        text = self._document.text(node, "a source's file")
        self._values["path"] = None if text is None or text == STANDARD_STREAM else self._folder / text

    def _topic(self, node: yaml.Node) -> None:
        self._values["topic"] = self._document.text(node, "a source's topic") or self._name

    def _start(self, node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            self._values["start"] = self._offsets(node)
            return
        text = self._document.text(node, "`start`")
        if text is None or text in ("earliest", "latest"):
            self._values["start"] = text or "earliest"
            return
        try:
            self._values["start"] = parse_timestamp(text)
        except BadLiteral as error:
            fix = "write `earliest`, `latest`, a time, as in `2026-11-20T10:00:00Z`, or `{PARTITION: OFFSET, …}`"
            self._document.error("C0207", f"`{text}` is not possible for `start`: {error.message}", node, fix)

    def _offsets(self, node: yaml.MappingNode) -> dict[int, int]:
        """The offsets of `start`, by partition."""
        found: dict[int, int] = {}
        for name, (key, value) in self._document.entries(node, "`start`").items():
            partition = self._document.integer(key, "a partition of `start`", 0)
            offset = self._document.integer(value, f"the offset of partition {name}", 0)
            if partition is not None and offset is not None:
                found[partition] = offset
        return found

    def _max_future(self, node: yaml.Node) -> None:
        self._values["max_future"] = read_span(self._document, node, "`max_future`")

    def _key(self, node: yaml.Node) -> None:
        found = [(self._document.text(item, "a field of `key`"), item) for item in self._document.items(node, "`key`")]
        self._values["key"] = tuple(Written(text, self._document.span(item)) for text, item in found if text)

    def _type_field(self, node: yaml.Node) -> None:
        self._values["type_field"] = self._document.text(node, "`type_field`")

    def _format(self, node: yaml.Node) -> None:
        own, others = (_TOPIC_FORMATS, _FILE_FORMATS) if self._has_topic() else (_FILE_FORMATS, _TOPIC_FORMATS)
        is_others = isinstance(node, yaml.ScalarNode) and node.value in others  # said with the kind it is for
        if word := self._document.choice(node, "`format`", (*own, *others) if is_others else own):
            self._values["format"] = word

    def _type_header(self, node: yaml.Node) -> None:
        self._values["type_header"] = self._document.text(node, "`type_header`")

    def _type_by(self, node: yaml.Node) -> None:
        self._values["type_by"] = self._document.choice(node, "`type_by`", ("record_name",))

    def _columns(self, node: yaml.Node) -> None:
        texts = [self._document.text(item, "a column's name") for item in self._document.items(node, "`columns`")]
        columns = tuple(text for text in texts if text)
        if len(set(columns)) < len(texts):
            fix = "give each column a name of its own"
            self._document.error("C0222", "`columns` names one twice, or not at all", node, fix)
        self._values["columns"] = columns

    def _delimiter(self, node: yaml.Node) -> None:
        text = self._document.text(node, "`delimiter`")
        if text is not None and (len(text) != 1 or not text.isascii() or text in '"\r\n'):
            self._document.error("C0220", f"`{text}` cannot separate cells", node, 'write one sign, such as ";"')
        self._values["delimiter"] = text

    def _max_line(self, node: yaml.Node) -> None:
        self._values["line_limit"] = self._document.integer(node, "`max_line`", 1)

    def _types(self, node: yaml.Node) -> None:
        entries = self._document.entries(node, "`types`")
        self._values["types"] = tuple(self._type(name, value) for name, (_, value) in entries.items())
        if not entries and isinstance(node, yaml.MappingNode):
            self._document.error("C0221", "`types` names no event type", node, "write `Event: {field: value}`")

    def _type(self, event: str, node: yaml.Node) -> TypeFilter:
        entries = self._document.entries(node, f"the fields of `{event}`")
        fields = tuple((name, self._values_of(value)) for name, (_, value) in entries.items())
        return TypeFilter(event, fields, self._document.span(node))

    def _values_of(self, node: yaml.Node) -> tuple[Scalar, ...]:
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._value(item) for item in items)

    def _value(self, node: yaml.Node) -> Scalar:
        # Here a value means what YAML says, since it is compared with JSON: 10 is a number, "10" is text.
        if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
            return None
        text = self._document.text(node, "a field's value")
        if text is None or not isinstance(node, yaml.ScalarNode):
            return text
        if node.tag == _BOOL and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            return _NUMBERS[node.tag](text) if node.tag in _NUMBERS else text
        except ValueError:
            return text  # YAML's own forms, such as 0x1F and 1:30, are no JSON numbers
