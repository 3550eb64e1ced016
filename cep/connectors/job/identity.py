"""What of a job has to be as it was for its state to be gone on with, as fingerprints."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import COMMAND_LINE, FileSource, Job, KafkaPart, Written
from cep.connectors.outputs import outputs_of
from cep.runtime.recovery import Identity
from cep.runtime.snapshot_header import mark
from cep.runtime.wiring import Wiring


def job_identity(job: Job, wiring: Wiring, *, open_end: bool) -> Identity:
    """The identity of a job that has `state`.

    Sources count by how their records are read, not by where their files are, since what was read of them is looked
    at, nor by the event types that the rules declare; outputs by their files. Rules, params and lists may change.
    """
    assert job.state is not None
    settings = source_marks(job, wiring)
    for kind, sink in outputs_of(job).items():
        if sink is not None:
            settings[f"the file of `{kind}`"] = mark(sink.path and _seen_from(job.state.path, sink.path))
    return Identity(job.name, settings, open_end)


def source_marks(job: Job, wiring: Wiring) -> dict[str, str]:
    """Fingerprints of a job's sources by how their records are read."""
    marks = {}
    for spec in job.sources:
        declared = replace(wiring.sources[spec.name], partitions=())
        if declared.type_field is not None:
            declared = replace(declared, events=())
        marks[f"source `{spec.name}`"] = mark((declared, spec.format, spec.delimiter, spec.line_limit))
    return marks


def fixed_settings(job: Job) -> dict[str, object]:
    """What of a job cannot change while it runs, by what it is called, without the places where it was written."""
    found: dict[str, object] = {"`job`": job.name}
    for spec in job.sources:
        types = tuple(replace(of, span=COMMAND_LINE) for of in spec.types)
        found[f"source `{spec.name}`"] = replace(spec, types=types, span=COMMAND_LINE)
    sinks = outputs_of(job).items()
    # What runs in the shadow may change; where its alerts go may not.
    found |= {f"`{kind}`": sink and replace(sink, span=COMMAND_LINE) for kind, sink in sinks}
    found["`state`"] = job.state and replace(job.state, span=COMMAND_LINE)
    if job.kafka is not None:
        found |= _fixed_of_topics(job.kafka)
    found |= {"`evidence`": job.evidence, "`unknown_types`": job.unknown_types}
    return found | {"`redact`": tuple(of.text for of in job.redacted)}


def refuse_fixed(before: Job, now: Job) -> None:
    """Raise `ConfigurationError` where more of a job that runs has changed than rules, params and lists."""
    fixed, found = fixed_settings(before), fixed_settings(now)
    names = [name for name in dict.fromkeys([*fixed, *found]) if fixed.get(name) != found.get(name)]
    if names:
        message = f"{', '.join(names)} of the job cannot change while it runs"
        fix = "stop the run and start it again, or take this edit back; rules, params and lists can change"
        raise ConfigurationError("C0269", message, fix, next(iter(now.sources_text), None))


def _fixed_of_topics(kafka: KafkaPart) -> dict[str, object]:
    """What of a job's topics cannot change while it runs."""
    found: dict[str, object] = {}
    for spec in kafka.sources:
        types = tuple(replace(of, span=COMMAND_LINE) for of in spec.types)
        key = None if spec.key is None else tuple(Written(of.text) for of in spec.key)
        found[f"source `{spec.name}`"] = replace(spec, types=types, key=key, span=COMMAND_LINE)
    found |= {f"`{kind}`": sink.topic for kind, sink in kafka.sinks.items()}
    registry = None if kafka.registry is None else {name: of.text for name, of in kafka.registry.items()}
    found |= {"`kafka`": kafka.settings, "`schema_registry`": registry, "`state`": kafka.changelog}
    return found | {"`commit`": kafka.commit, "`align`": kafka.align, "`guarantee`": kafka.guarantee}


def unreplayable(job: Job) -> FileSource | None:
    """The first source that cannot be read again from its beginning: a pipe or a device."""
    return next((spec for spec in job.sources if spec.path is None or not spec.path.is_file()), None)


def _seen_from(folder: Path, path: Path) -> str:
    """A path that stays the same when a job's folder is moved as a whole."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return str(path.absolute())
