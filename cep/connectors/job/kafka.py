"""What a job file says of Kafka: the `kafka:` section, topics as outputs, `commit`, `guarantee`, the changelog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cep.connectors.job.document import Document
from cep.connectors.job.model import REGISTRY_FORMATS, FileSource, KafkaPart, TopicSink, TopicSource
from cep.connectors.job.properties import read_properties
from cep.connectors.job.spans import read_span
from cep.connectors.kafka.properties import FIXED, PYTHON_ONLY, longest_commit
from cep.language.diagnostics import Span

SERVERS = "bootstrap.servers"
CHANGELOG = "-changelog"
"""What follows a job's name in the name of the topic that holds its state, unless it is named."""
_NAMES = "take up to 249 letters, digits, dots, dashes and underscores"


def _is_topic(name: str) -> bool:
    """Whether brokers take it: Kafka's own rule."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name) is not None and name not in (".", "..")


class KafkaReader:
    """Collects what a job says of Kafka while its keys are read, and puts it together at the end."""

    def __init__(self, document: Document, folder: Path) -> None:
        """`folder`: where paths start."""
        self._document = document
        self._folder = folder
        self._present: dict[str, Span] = {}
        self._values: dict[str, Any] = {}
        self._sinks: dict[str, TopicSink] = {}
        self.named: Span | None = None
        """Where the job's name stands, if it has one of its own."""

    def properties(self, node: yaml.Node) -> None:
        """The `kafka:` section."""
        self._present["`kafka`"] = self._document.span(node)
        entries = self._document.entries(node, "`kafka`")
        found = read_properties(self._document, entries, self._folder)
        for name, (key, _) in entries.items():
            if name in FIXED and found[name].text not in ("", FIXED[name].value):
                message = f"`{name}` is set by the run itself: {FIXED[name].why}"
                self._document.error("C0282", message, key, f"leave `{name}` out")
            if name in PYTHON_ONLY:
                message = f"`{name}` is for programs that use the client, and no property of librdkafka"
                self._document.error("C0246", message, key, f"leave `{name}` out")
        if SERVERS not in found and isinstance(node, yaml.MappingNode):
            self._document.error("C0283", f"`kafka` has no `{SERVERS}`", node, f"add `{SERVERS}: HOST:PORT`")
        self._values["properties"] = found

    def registry(self, node: yaml.Node) -> None:
        """The `schema_registry:` section."""
        self._present["`schema_registry`"] = self._document.span(node)
        entries = self._document.entries(node, "`schema_registry`")
        self._values["registry"] = read_properties(self._document, entries, self._folder)
        if "url" not in entries and isinstance(node, yaml.MappingNode):
            self._document.error("C0224", "`schema_registry` has no `url`", node, "add `url: http://HOST:PORT`")

    def commit(self, node: yaml.Node) -> None:
        """How often is committed."""
        self._present["`commit`"] = self._document.span(node)
        span = read_span(self._document, node, "`commit`")
        if span is not None:
            self._values["commit"] = span

    def align(self, node: yaml.Node) -> None:
        """How far partitions may run ahead of each other."""
        self._present["`align`"] = self._document.span(node)
        span = read_span(self._document, node, "`align`")
        if span is not None:
            self._values["align"] = span

    def guarantee(self, node: yaml.Node) -> None:
        """What becomes of alerts when a run breaks off."""
        word = self._document.choice(node, "`guarantee`", ("at_least_once", "exactly_once"))
        if word == "exactly_once":
            self._present["`guarantee: exactly_once`"] = self._document.span(node)
        self._values["guarantee"] = word

    def changelog(self, node: yaml.Node) -> None:
        """The topic that holds the state."""
        self._present["the topic of `state`"] = self._document.span(node)
        self._values["changelog"] = self._document.text(node, "the topic of `state`")

    def sink(self, kind: str, node: yaml.Node) -> None:
        """A topic as output."""
        self._present[f"the topic of `{kind}`"] = self._document.span(node)
        text = self._document.text(node, f"the topic of `{kind}`")
        if text:
            self._sinks[kind] = TopicSink(text, self._document.span(node))

    def put_together(self, job: dict[str, Any]) -> None:
        """Split the job's sources by their kind, and add its Kafka part if it reads topics; errors are recorded."""
        sources: tuple[FileSource | TopicSource, ...] = job.get("sources", ())
        topics = tuple(source for source in sources if isinstance(source, TopicSource))
        job["sources"] = tuple(source for source in sources if isinstance(source, FileSource))
        if not topics:
            self._refuse_without_topics()
            return
        self._check(job, topics)
        span = self._present.get("`kafka`", topics[0].span)
        job["kafka"] = KafkaPart(sources=topics, sinks=self._sinks, span=span, **self._values)

    def _refuse_without_topics(self) -> None:
        for what, span in self._present.items():
            fix = "leave it out, or read topics: `topic: NAME` for `file:`"
            self._document.findings.error("C0284", f"{what} is for jobs that read topics", span, fix)

    def _check(self, job: dict[str, Any], topics: tuple[TopicSource, ...]) -> None:
        findings = self._document.findings
        for source in job["sources"]:
            message = f"source `{source.name}` is a file, and `{topics[0].name}` a topic"
            findings.error("C0285", message, source.span, "read all sources of a job from files, or all from topics")
        if "`kafka`" not in self._present:
            fix = f'add `kafka: {{{SERVERS}: "HOST:PORT"}}`'
            findings.error("C0283", "the job reads topics and does not say of which cluster", topics[0].span, fix)
        for source in topics:
            if source.format in REGISTRY_FORMATS and "registry" not in self._values:
                message = f"the records of `{source.name}` name their schemas, and the job names no registry"
                findings.error("C0224", message, source.span, "add `schema_registry: {url: http://HOST:PORT}`")
        if "state" in job:
            fix = "leave `dir` out; `state: {topic: NAME}` names that topic if its usual name does not suit"
            message = "the state of a job over Kafka is in a topic, not in a folder"
            findings.error("C0286", message, job["state"].span, fix)
        for kind in ("alerts", "shadow", "late", "dead_letters"):
            if kind in job and self._values.get("guarantee") == "exactly_once":
                message = f"`{kind}` goes to a file, and `exactly_once` is from topics to topics"
                findings.error("C0287", message, job[kind].span, "write it to a topic, or take `at_least_once`")
        self._check_commit()
        self._check_names(job, topics)
        self._check_topics(topics)

    def _check_commit(self) -> None:
        """See that transactions end before the brokers end them."""
        if self._values.get("guarantee") != "exactly_once" or "commit" not in self._values:
            return
        given = self._values.get("properties", {}).get("transaction.timeout.ms")
        longest = longest_commit(given.text if given else None)
        if self._values["commit"] > longest * 1000:
            why = "half of `transaction.timeout.ms`" if given else "the most that brokers allow"
            message = f"`commit` is longer than {longest} ms, {why}: a transaction is open from one commit to the next"
            fix = "commit more often, or say a longer `transaction.timeout.ms` if the brokers allow it"
            self._document.findings.error("C0243", message, self._present["`commit`"], fix)

    def _check_names(self, job: Mapping[str, Any], topics: tuple[TopicSource, ...]) -> None:
        """See that brokers take the names of topics."""
        changelog = self._values.get("changelog")
        named = [(source.topic, source.span) for source in topics]
        named += [(sink.topic, sink.span) for sink in self._sinks.values()]
        named += [] if changelog is None else [(changelog, self._present["the topic of `state`"])]
        for name, span in named:
            if not _is_topic(name):
                self._document.findings.error("C0244", f"`{name}` is no name of a topic", span, _NAMES)
        if changelog is None and not _is_topic(f"{job['name']}{CHANGELOG}"):
            message = f"the job is called `{job['name']}`, after which no topic can be called, and its state needs one"
            fix = f"{_NAMES}; or name it apart: `state: {{topic: NAME}}`"
            self._document.findings.error("C0244", message, self.named or topics[0].span, fix)

    def _check_topics(self, topics: tuple[TopicSource, ...]) -> None:
        taken: dict[str, str] = {}
        for source in topics:
            if source.topic in taken:
                message = f"the topic `{source.topic}` is read by `{taken[source.topic]}` already"
                fix = "make one source of both: `types` or `type_field` tell its event types apart"
                self._document.findings.error("C0288", message, source.span, fix)
            taken.setdefault(source.topic, source.name)
        for kind, sink in self._sinks.items():
            if sink.topic in taken:
                message = f"`{kind}` goes to the topic `{sink.topic}`, which the job reads"
                self._document.findings.error("C0289", message, sink.span, "give it a topic of its own")
