"""Which cluster a verb talks to: a job file's `kafka:` section, properties of the command line, or both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.kafka import SERVERS
from cep.connectors.job.model import Job
from cep.connectors.job.reader import read_job
from cep.connectors.kafka.plan import common_settings
from cep.connectors.kafka.properties import FIXED

JOB_FILES = (".yaml", ".yml")


def is_job_file(target: str) -> bool:
    """Whether a word of the command line is the path of a job file."""
    return target.lower().endswith(JOB_FILES)


def kafka_job(path: str) -> Job:
    """The job in a file, which reads topics. Raises `CheckFailed`, `ConfigurationError`."""
    job = read_job(Path(path))
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
