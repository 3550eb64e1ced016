"""The `sources:` of a job file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from cep.connectors.job.document import Document
from cep.connectors.job.model import STANDARD_STREAM, FileSource, TopicSource, TypeFilter, Written
from cep.connectors.job.spans import read_span
from cep.language.literals import BadLiteral, parse_timestamp
from cep.runtime.source import Scalar

_NUMBERS: dict[str, Callable[[str], Scalar]] = {"tag:yaml.org,2002:int": int, "tag:yaml.org,2002:float": float}
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_OF_TOPICS = ("topic", "event", "type_field", "types", "start", "max_future", "key")


_FILE_ONLY = ("delimiter", "max_line")
_TOPIC_ONLY = ("start", "max_future", "key")


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
            "format": self._format,
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
        if {"types", "type_field"} <= present:
            message = f"{what} has both `types` and `type_field`"
            self._document.error("C0219", message, self._node, "keep the one that tells a record's type")
        if not present & {"types", "type_field"}:
            self._values["event"] = self._name
        self._check_kind(present, what)
        span = self._document.span(self._node)
        if "topic" in present:
            return TopicSource(self._name, span=span, **{k: v for k, v in self._values.items() if k in _OF_TOPICS})
        return FileSource(self._name, span=span, **{k: v for k, v in self._values.items() if k not in _TOPIC_ONLY})

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

    def _file(self, node: yaml.Node) -> None:
        text = self._document.text(node, "a source's file")
        self._values["path"] = None if text is None or text == STANDARD_STREAM else self._folder / text

    def _topic(self, node: yaml.Node) -> None:
        self._values["topic"] = self._document.text(node, "a source's topic") or self._name

    def _start(self, node: yaml.Node) -> None:
        text = self._document.text(node, "`start`")
        if text is None or text in ("earliest", "latest"):
            self._values["start"] = text or "earliest"
            return
        try:
            self._values["start"] = parse_timestamp(text)
        except BadLiteral as error:
            fix = "write `earliest`, `latest` or a time, as in `2026-11-20T10:00:00Z`"
            self._document.error("C0207", f"`{text}` is not possible for `start`: {error.message}", node, fix)

    def _max_future(self, node: yaml.Node) -> None:
        self._values["max_future"] = read_span(self._document, node, "`max_future`")

    def _key(self, node: yaml.Node) -> None:
        found = [(self._document.text(item, "a field of `key`"), item) for item in self._document.items(node, "`key`")]
        self._values["key"] = tuple(Written(text, self._document.span(item)) for text, item in found if text)

    def _type_field(self, node: yaml.Node) -> None:
        self._values["type_field"] = self._document.text(node, "`type_field`")

    def _format(self, node: yaml.Node) -> None:
        word = self._document.text(node, "`format`")
        if word in ("avro", "protobuf"):
            message = f"the format `{word}` is not available in this version"
            self._document.error("C0215", message, node, "convert the records to JSON lines, CSV or Parquet")
        else:
            self._values["format"] = self._document.choice(node, "`format`", ("json", "csv", "parquet"))

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
