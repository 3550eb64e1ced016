"""The fields that a job keeps out of its outputs, by what the rules declare; and where rules show them all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from cep.connectors.job.model import Job, Written
from cep.connectors.names import find_declared
from cep.language.diagnostics import CheckFailed
from cep.language.findings import Findings
from cep.language.model import Rule, RuleSet, Step
from cep.language.resolved import FieldOf
from cep.language.spelling import did_you_mean, listed
from cep.plan.edits.meaning import nodes
from cep.runtime.redaction import Name

Field = tuple[str, str]
"""An event type and one of its fields."""


def job_names(job: Job, rules: RuleSet) -> tuple[Name, ...]:
    """What the job redacts, by qualified event type. Raises `CheckFailed` for names that the rules do not declare."""
    redacted_fields(job, rules)
    findings = Findings()
    found = []
    for written in job.redacted:
        event, dot, name = written.text.rpartition(".")
        found.append((find_declared(findings, "event type", event, rules.events, written.span) if dot else None, name))
    return tuple(dict.fromkeys(found))


def redacted_fields(job: Job, rules: RuleSet) -> list[Field]:
    """The fields that the job names. Raises `CheckFailed`."""
    findings = Findings()
    found = [field for written in job.redacted for field in _fields(written, rules, findings)]
    if wrong := findings.sorted():
        raise CheckFailed(wrong, {**rules.sources, **job.sources_text})
    return list(dict.fromkeys(found))


def declared_names(job: Job, rules: RuleSet) -> tuple[Name, ...]:
    """What the job redacts, as far as these rules declare it."""
    found: list[Name] = []
    for written in job.redacted:
        with contextlib.suppress(CheckFailed):
            found += job_names(replace(job, redacted=(written,)), rules)
    return tuple(dict.fromkeys(found))


def _fields(written: Written, rules: RuleSet, findings: Findings) -> list[Field]:
    event, dot, name = written.text.rpartition(".")
    types = list(rules.events)
    if dot:
        qualified = find_declared(findings, "event type", event, rules.events, written.span)
        if qualified is None:
            return []
        types = [qualified]
    found = [(of, name) for of in types if any(field.name == name for field in rules.events[of].fields)]
    if not found:
        names = sorted({field.name for of in types for field in rules.events[of].fields})
        where = f"`{types[0]}` has" if dot else "the event types have"
        fix = did_you_mean(name, names, f"there are {listed(names)}")
        findings.error("C0268", f"{where} no field `{name}` to redact", written.span, fix)
    return found


def shown_fields(rules: RuleSet, redacted: list[Field]) -> Iterator[tuple[str, str, Field]]:
    """Rules that put a redacted field into their key or output fields: rule, where, field."""
    for rule in rules.rules:
        for event, name in redacted:
            if any((event, name) == field for field in _keys(rule)):
                yield rule.name, "key", (event, name)
            emits = (rule.emit, rule.on_timeout)
            if any(isinstance(node, FieldOf) and (node.event, node.path[0]) == (event, name) for node in nodes(emits)):
                yield rule.name, "emit", (event, name)


def _keys(rule: Rule) -> Iterator[Field]:
    for node in nodes(rule.items):
        if isinstance(node, Step):
            yield from ((node.event, path[0]) for path in node.key.paths)
