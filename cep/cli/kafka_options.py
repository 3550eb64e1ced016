"""Which cluster a verb talks to: a job file's `kafka:` section, properties of the command line, or both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from cep.cli.job_file import whole_job
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.kafka import SERVERS
from cep.connectors.job.model import Job
from cep.connectors.kafka.plan import common_settings
from cep.connectors.kafka.port import Kafka, KafkaFailure, Trouble
from cep.connectors.kafka.properties import FIXED
from cep.connectors.kafka.retrying import GaveUp
from cep.connectors.kafka.topology import told
from cep.language.diagnostics import CheckFailed
from cep.language.findings import Findings

SECONDS = 30.0
"""How long the cluster may take to tell of a topic."""


def kafka_job(path: str) -> Job:
    """The job in a file, which reads topics. Raises `CheckFailed`, `ConfigurationError`."""
    job = whole_job(path)
    if job.kafka is None:
        raise ConfigurationError("C0321", f"the job `{path}` reads no topics", "name a job over Kafka", path)
    return job


def cluster_settings(job: Job | None, given: Sequence[str], option: str = "--kafka") -> dict[str, str]:
    """librdkafka's properties for a client in no group: the job's, and those given as `NAME=VALUE`, which count first.

    Raises `ConfigurationError`."""
    found = {} if job is None or job.kafka is None else dict(job.kafka.settings)
    for text in given:
        name, sign, value = text.partition("=")
        if not (name and sign):
            fix = f"write {option} {SERVERS}=HOST:PORT"
            raise ConfigurationError("C0322", f"`{text}` sets no property", fix, option)
        if name in FIXED and value != FIXED[name].value:
            raise ConfigurationError("C0322", f"`{name}` is set by the program itself", f"leave `{name}` out", option)
        found[name] = value
    if SERVERS not in found:
        fix = f"name a job file, or write {option} {SERVERS}=HOST:PORT"
        raise ConfigurationError("C0322", "it is not said which cluster is meant", fix, option)
    return common_settings(found)


def counted(kafka: Kafka, settings: Mapping[str, str], topics: Sequence[str]) -> dict[str, int]:
    """The number of partitions of those topics that are there. Raises `KafkaFailure`."""
    admin = kafka.admin(settings)
    try:
        return {name: of.partitions for name, of in admin.topics(topics, SECONDS).items()}
    finally:
        admin.close()


@contextmanager
def refused_properties(job: Job) -> Iterator[None]:
    """What a client refuses of a job's properties, at its place in the job file.

    Raises `CheckFailed` where the failure names a property of the job, and the `KafkaFailure` itself where it does not.
    """
    try:
        yield
    except KafkaFailure as failure:
        properties = {} if job.kafka is None else job.kafka.properties
        named = [name for name in sorted(properties, key=len, reverse=True) if speaks_of(failure.message, name)]
        if failure.trouble is not Trouble.FATAL or not named:
            raise
        findings = Findings()
        fix = "see librdkafka's list of properties for its name, and what it may be"
        message = f"the client does not take `{named[0]}`: {failure.message}"
        findings.error("C0299", message, properties[named[0]].span, fix)
        raise CheckFailed(findings.sorted(), job.sources_text) from failure


def speaks_of(message: str, name: str) -> bool:
    """Whether a client's message names a property, by its own name or the head of it, which may be an alias."""
    return name in message or any(name.startswith(quoted) for quoted in re.findall(r'"([\w.]{8,})"', message))


@contextmanager
def cluster_failures(place: str) -> Iterator[None]:
    """What the cluster does not do, as a `ConfigurationError`. `place`: its address, or what was asked for."""
    try:
        yield
    except GaveUp as gave_up:
        raise told(gave_up.failure, place) from gave_up
    except KafkaFailure as failure:
        raise told(failure, place) from failure
