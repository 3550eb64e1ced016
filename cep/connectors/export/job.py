"""A job over topics as a job over their export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cep.connectors.errors import ConfigurationError
from cep.connectors.files import Input
from cep.connectors.formats.topics import topic_readers
from cep.connectors.job.model import FileSink, FileSource, Job, TopicSource
from cep.connectors.text_feed import TextFeed
from cep.runtime.wiring import Wiring

LINE_LIMIT = 1 << 30
"""Bytes of a line: as long as one may be that was exported, which is longer than its record."""

_PACKED = ("", ".gz", ".bz2", ".xz", ".zst", ".zip")


def file_of(topic: str) -> str:
    """What the file of a topic is called in a folder of exports."""
    return f"{topic}.jsonl"


def over_export(job: Job, place: Path) -> Job:
    """The job with the files at `place` for its topics: a folder as `cep export` makes it, packed or not, or the one
    file of a job that reads one topic. Alerts go to standard output, nothing else is written, no state is kept.

    Raises `ConfigurationError` where there is no such file.
    """
    if job.kafka is None:
        message = "`--exported` is for jobs that read topics, and this one reads files"
        raise ConfigurationError("C0325", message, "leave the option out", "--exported")
    sources = tuple(_source(source, place, job.kafka.sources) for source in job.kafka.sources)
    return replace(
        job,
        kafka=None,
        copied=job.kafka,
        sources=sources,
        alerts=FileSink(None),
        shadow=None,
        shadow_rules=None,
        late=None,
        dead_letters=None,
        metrics=None,
    )


def read_as_topics(job: Job, wiring: Wiring, inputs: Sequence[Input]) -> None:
    """Have the inputs of a job over an export read by the formats of its topics."""
    assert job.copied is not None
    readers = topic_readers(replace(job, kafka=job.copied), wiring)
    for spec, one in zip(job.copied.sources, inputs, strict=True):
        if spec.topic in readers:
            assert isinstance(one.feed, TextFeed)
            one.feed.read_by(readers[spec.topic])


def _source(source: TopicSource, place: Path, all_of_them: Sequence[TopicSource]) -> FileSource:
    path = _path(source.topic, place, alone=len(all_of_them) == 1)
    return FileSource(source.name, path, format="json", line_limit=LINE_LIMIT, span=source.span)


def _path(topic: str, place: Path, *, alone: bool) -> Path:
    if alone and place.is_file():
        return place
    for ending in _PACKED:
        path = place / (file_of(topic) + ending)
        if path.is_file():
            return path
    fix = "export all topics of the job: `cep export JOB.yaml --out FOLDER`"
    raise ConfigurationError("C0326", f"`{place}` holds no export of the topic `{topic}`", fix, str(place))
