"""The sources of a job as the shard is told about them."""

from __future__ import annotations

from collections.abc import Sequence

from cep.connectors.formats.json_record import TYPE_NAME
from cep.connectors.job.model import FileSource, Job, TopicSource, TypeFilter
from cep.connectors.names import find_declared
from cep.language.diagnostics import CheckFailed, Span
from cep.language.findings import Findings
from cep.language.model import RuleSet
from cep.language.spelling import did_you_mean, listed
from cep.runtime.source import Match, Source
from cep.runtime.wiring import has_time


def declare_sources(job: Job, rules: RuleSet) -> tuple[Source, ...]:
    """What the shard is told about the job's sources. Raises `CheckFailed` where they name no declared event type."""
    findings = Findings()
    topics = job.kafka or job.copied
    specs: Sequence[FileSource | TopicSource] = job.sources if topics is None else topics.sources
    sources = tuple(_declare(spec, job, rules, findings) for spec in specs)
    if found := findings.sorted():
        raise CheckFailed(found, {**rules.sources, **job.sources_text})
    return sources


def _declare(spec: FileSource | TopicSource, job: Job, rules: RuleSet, findings: Findings) -> Source:
    def event(name: str, span: Span) -> str:
        return find_declared(findings, "event type", name, rules.events, span) or name

    def match(of: TypeFilter) -> Match:
        return Match(event(of.event, of.span), of.fields)

    matches = tuple(match(of) for of in spec.types)
    if matches:
        events = tuple(dict.fromkeys(of.event for of in matches))
    elif spec.event is not None:
        events = (event(spec.event, spec.span),)
    else:
        events = tuple(name for name, of in rules.events.items() if has_time(of))
    type_field, future = spec.type_field, None
    if isinstance(spec, TopicSource):
        _check_key(spec, events, rules, findings)
        future = spec.max_future
        if spec.type_header is not None or spec.type_by is not None:
            type_field = TYPE_NAME
    return Source(spec.name, events, type_field, matches, unknown_types=job.unknown_types, max_future=future)


def _check_key(spec: TopicSource, events: Sequence[str], rules: RuleSet, findings: Findings) -> None:
    """Of a field that no event has, every rule's key would differ."""
    names = sorted({field.name for event in events if event in rules.events for field in rules.events[event].fields})
    for field in spec.key or ():
        if names and field.text.split(".")[0] not in names:
            fix = did_you_mean(field.text, names, f"there are {listed(names)}")
            message = (
                f"no event of source `{spec.name}` has a field `{field.text}`, of which its record key would be made"
            )
            findings.error("C0274", message, field.span, fix)
