"""A job file's text to a `Job`: each section by a function of its own, all errors at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.document import Document
from cep.connectors.job.kafka import KafkaReader
from cep.connectors.job.metrics import read_metrics
from cep.connectors.job.model import STANDARD_STREAM, FileSink, Job, ListSource, ShadowRules, StateFolder, Written
from cep.connectors.job.sources import read_sources
from cep.connectors.job.spans import read_span


def read_job(path: Path, variables: Mapping[str, str] | None = None) -> Job:
    """Read the job file at `path`; relative paths in it start at its folder, `${NAME}` are environment variables.

    Raises `ConfigurationError` when it cannot be read, `CheckFailed` with every finding when it is not right.
    """
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"the job file `{name}` cannot be read: {error.strerror or error}"
        raise ConfigurationError("C0210", message, "check the path of the job file", name) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            "C0211", f"the job file `{name}` is not UTF-8 text", "save it as UTF-8", name
        ) from error
    return parse_job(text, name, path.parent, variables)


def parse_job(text: str, file: str, folder: Path, variables: Mapping[str, str] | None = None) -> Job:
    """As `read_job`, from the text of a file called `file` whose relative paths start at `folder`."""
    document = Document(file, text, variables)
    reader = _JobReader(document, folder)
    root = document.root()
    present = document.section(root, "the job", reader.readers())
    for required in ("rules", "sources"):
        if required not in present and isinstance(root, yaml.MappingNode):
            document.error("C0212", f"the job has no `{required}`", root, f"add `{required}: …`")
    reader.kafka.put_together(reader.values)
    _check_replay(document, reader.values)
    if document.findings.sorted():
        raise document.failed()
    return Job(sources_text={file: text}, **reader.values)


def _check_replay(document: Document, values: Mapping[str, Any]) -> None:
    """A run that goes on after a crash reads its inputs again."""
    live = [source for source in values.get("sources", ()) if source.path is None]
    if "state" in values and live:
        message = f"`{live[0].name}` is standard input, which cannot be read again after a crash"
        document.findings.error("C0263", message, live[0].span, "give this source a file, or leave out `state`")


class _JobReader:
    """Collects the values of the job's keys."""

    def __init__(self, document: Document, folder: Path) -> None:
        self._document = document
        self._folder = folder
        self.kafka = KafkaReader(document, folder)
        self.values: dict[str, Any] = {"name": Path(document.file).stem}

    def readers(self) -> dict[str, Callable[[yaml.Node], object]]:
        """A reader for each key a job may have."""
        readers: dict[str, Callable[[yaml.Node], object]] = {
            "job": self._name,
            "rules": self._rules,
            "sources": self._sources,
            "lists": self._lists,
            "params": self._params,
            "alerts": self._alerts,
            "unknown_types": self._unknown_types,
            "functions": self._functions,
            "guarantee": self.kafka.guarantee,
            "kafka": self.kafka.properties,
            "schema_registry": self.kafka.registry,
            "commit": self.kafka.commit,
            "align": self.kafka.align,
            "state": self._state,
            "redact": self._redact,
            "metrics": self._metrics,
            "shadow": self._shadow,
        }
        readers |= {key: self._sink(key) for key in ("late", "dead_letters")}
        return readers

    def _name(self, node: yaml.Node) -> None:
        self.values["name"] = self._document.text(node, "the job's name")
        self.kafka.named = self._document.span(node)

    def _rules(self, node: yaml.Node) -> None:
        self.values["rules"] = self._read_rules(node)

    def _read_rules(self, node: yaml.Node) -> tuple[str, ...]:
        texts = [self._document.text(item, "a path of rules") for item in self._document.items(node, "`rules`")]
        if not texts:
            self._document.error("C0213", "the job names no rules", node, "name a folder or file, as in `[rules/]`")
        return tuple(str(self._folder / text) for text in texts if text is not None)

    def _shadow(self, node: yaml.Node) -> None:
        """The output of shadow alerts, and another version of the rules."""
        found: dict[str, Any] = {}

        def kept(key: str, read: Callable[[yaml.Node], object]) -> Callable[[yaml.Node], None]:
            return lambda value: found.update({key: read(value)})

        readers = {"rules": self._read_rules, "params": self._read_params, "lists": self._read_lists}
        self._read_sink("shadow", node, {key: kept(key, read) for key, read in readers.items()})
        if found:
            self.values["shadow_rules"] = ShadowRules(**found)

    def _sources(self, node: yaml.Node) -> None:
        self.values["sources"] = read_sources(self._document, node, self._folder)

    def _params(self, node: yaml.Node) -> None:
        self.values["params"] = self._read_params(node)

    def _read_params(self, node: yaml.Node) -> dict[str, Written]:
        entries = self._document.entries(node, "`params`")
        return {name: self._written(value, f"param `{name}`") for name, (_, value) in entries.items()}

    def _lists(self, node: yaml.Node) -> None:
        self.values["lists"] = self._read_lists(node)

    def _read_lists(self, node: yaml.Node) -> dict[str, ListSource]:
        entries = self._document.entries(node, "`lists`")
        return {name: self._list(name, value) for name, (_, value) in entries.items()}

    def _list(self, name: str, node: yaml.Node) -> ListSource:
        span = self._document.span(node)
        what = f"list `{name}`"
        if not isinstance(node, yaml.MappingNode):
            items = self._document.items(node, what)
            return ListSource(tuple(self._written(item, f"a value of {what}") for item in items), span=span)
        paths: list[Path] = []
        readers = {"file": lambda value: paths.extend(self._path(value, "a list's file"))}
        if not self._document.section(node, what, readers):
            self._document.error("C0214", f"{what} has no file", node, "write `{file: values.txt}`")
        return ListSource(path=paths[0] if paths else None, span=span)

    def _written(self, node: yaml.Node, what: str) -> Written:
        return Written(self._document.text(node, what) or "", self._document.span(node))

    def _alerts(self, node: yaml.Node) -> None:
        self._read_sink("alerts", node, {"evidence": self._evidence})

    def _evidence(self, node: yaml.Node) -> None:
        self.values["evidence"] = self._document.choice(node, "`evidence`", ("full", "fields", "ids"))

    def _sink(self, key: str) -> Callable[[yaml.Node], None]:
        return lambda node: self._read_sink(key, node, {})

    def _read_sink(self, key: str, node: yaml.Node, more: Mapping[str, Callable[[yaml.Node], object]]) -> None:
        paths: list[Path | None] = []

        def file(value: yaml.Node) -> None:
            text = self._document.text(value, f"the file of `{key}`")
            paths.append(None if text is None or text == STANDARD_STREAM else self._folder / text)

        def topic(value: yaml.Node) -> None:
            self.kafka.sink(key, value)

        present = self._document.section(node, f"`{key}`", {"file": file, "topic": topic, **more})
        if {"file", "topic"} <= present:
            self._document.error("C0280", f"`{key}` has both a file and a topic", node, "keep one of them")
        elif paths:
            self.values[key] = FileSink(paths[0], self._document.span(node))
        elif not present & {"topic", "rules", "params", "lists"} and isinstance(node, yaml.MappingNode):
            self._document.error("C0214", f"`{key}` has no file", node, f"write `{key}: {{file: {key}.jsonl}}`")

    def _state(self, node: yaml.Node) -> None:
        found: dict[str, Any] = {}

        def folder(value: yaml.Node) -> None:
            if text := self._document.text(value, "the folder of `state`"):
                found["path"] = self._folder / text

        def span(field: str, key: str) -> Callable[[yaml.Node], None]:
            return lambda value: self._span(value, f"`{key}`", field, found)

        spans = {"every": span("every", "every"), "max_snapshot_age": span("oldest", "max_snapshot_age")}
        present = self._document.section(node, "`state`", {"dir": folder, "topic": self.kafka.changelog, **spans})
        if not present & {"dir", "topic"} and isinstance(node, yaml.MappingNode):
            self._document.error("C0214", "`state` has no folder", node, "write `state: {dir: state}`")
        if "path" in found:
            self.values["state"] = StateFolder(**found, span=self._document.span(node))

    def _span(self, node: yaml.Node, what: str, field: str, found: dict[str, Any]) -> None:
        """A duration, as the rule language writes it."""
        if (span := read_span(self._document, node, what)) is not None:
            found[field] = span

    def _path(self, node: yaml.Node, what: str) -> list[Path]:
        text = self._document.text(node, what)
        return [] if text is None else [self._folder / text]

    def _unknown_types(self, node: yaml.Node) -> None:
        self.values["unknown_types"] = self._document.choice(node, "`unknown_types`", ("count", "dead_letter"))

    def _functions(self, node: yaml.Node) -> None:
        self.values["allowed_modules"] = ()
        self._document.section(node, "`functions`", {"allow": self._allow})

    def _allow(self, node: yaml.Node) -> None:
        texts = [self._document.text(item, "a module's name") for item in self._document.items(node, "`allow`")]
        self.values["allowed_modules"] = tuple(text for text in texts if text is not None)

    def _redact(self, node: yaml.Node) -> None:
        written = [self._written(item, "a field") for item in self._document.items(node, "`redact`")]
        self.values["redacted"] = tuple(of for of in written if of.text)

    def _metrics(self, node: yaml.Node) -> None:
        self.values["metrics"] = read_metrics(self._document, node)
