"""One `cep export` from its options to its exit code."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cep.cli import kafka_session
from cep.cli.guarding import FAILED, guarded
from cep.cli.interruption import Interruption
from cep.cli.job_file import is_job_file
from cep.cli.kafka_options import cluster_failures, cluster_settings, counted, kafka_job
from cep.cli.telling import tell, warn
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.export.bounds import Range, parse_bound, ranges
from cep.connectors.export.exporter import Exporter
from cep.connectors.export.job import file_of
from cep.connectors.export.sinks import Copies, Copy, FileCopies, StandardOutput
from cep.connectors.job.kafka import SERVERS
from cep.connectors.kafka.plan import for_reading
from cep.connectors.kafka.port import Consumer, Kafka, KafkaFailure, Place
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.kafka.troubles import Troubles
from cep.connectors.lines import LINE_LIMIT
from cep.runtime.timestamps import format_timestamp

DONE = 0
EVERY = 0.5
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What was written on the command line."""

    targets: tuple[str, ...]
    kafka: tuple[str, ...] = ()
    since: str = "earliest"
    until: str = "latest"
    partitions: tuple[int, ...] = ()
    out: Path | None = None
    as_json: bool = False
    quiet: bool = False


class ExportSession:
    """Looks at the topics, copies them, and says what it has copied."""

    def __init__(self, options: ExportOptions, interruption: Interruption) -> None:
        self._options = options
        self._interruption = interruption
        self._shown = 0.0

    def run(self) -> int:
        """Do it all; returns the exit code."""
        return guarded(self._run, as_json=self._options.as_json)

    def _run(self) -> int:
        options = self._options
        since, until = parse_bound(options.since, "--from"), parse_bound(options.until, "--to")
        topics, settings = self._asked_for()
        paths = destinations(topics, options.out)
        kafka = kafka_session.client()
        with ExitStack() as opened:
            with cluster_failures(settings[SERVERS]):
                places = self._places(kafka, settings, topics)
                consumer = kafka.consumer({**for_reading(settings), "group.id": "cep-export"}, headers=True)
                opened.callback(consumer.close)
                retrying = Retrying(self._interruption.asked, self._say)
                wanted = ranges(consumer, places, since, until, retrying)
            self._tell_cuts(wanted)
            copies: Copies = StandardOutput(topics[0]) if paths is None else FileCopies(paths)
            opened.callback(copies.close)
            self._copy(consumer, wanted, copies, settings[SERVERS])
            if self._interruption.exit_code is not None:
                self._say("stopped before the end" + ("" if paths is None else ": no file was left"))
                # after SIGTERM too: whoever waits for the file must not take it for written
                return self._interruption.exit_code or FAILED
            copies.finish()
        self._report(copies.copies, wanted, paths)
        return DONE

    def _asked_for(self) -> tuple[list[str], dict[str, str]]:
        """The topics, and the cluster they are of. Raises `CheckFailed`, `ConfigurationError`."""
        targets = self._options.targets
        files = [target for target in targets if is_job_file(target)]
        topics = [target for target in targets if target not in files]
        if len(files) > 1:
            raise ConfigurationError("C0250", "a job file stands alone", "name one", files[1])
        job = kafka_job(files[0]) if files else None
        if job is not None and job.kafka is not None:
            topics = topics or [source.topic for source in job.kafka.sources]
        return list(dict.fromkeys(topics)), cluster_settings(job, self._options.kafka)

    def _places(self, kafka: Kafka, settings: Mapping[str, str], topics: Sequence[str]) -> list[Place]:
        found = counted(kafka, settings, topics)
        places: list[Place] = []
        for topic in topics:
            if topic not in found:
                fix = "correct its name, or the cluster's"
                raise ConfigurationError("C0290", f"the topic `{topic}` is not there", fix, topic)
            numbers = range(found[topic])
            for number in self._options.partitions:
                if number not in numbers:
                    message = f"the topic `{topic}` has no partition {number}, but {len(numbers)} from 0 on"
                    raise ConfigurationError("C0323", message, "name one that is there", "--partition")
            places += [(topic, number) for number in self._options.partitions or numbers]
        return places

    def _copy(self, consumer: Consumer, wanted: Sequence[Range], copies: Copies, servers: str) -> None:
        troubles = Troubles(self._say, time.monotonic)
        exporter = Exporter(consumer, wanted, troubles.heard)
        total = sum(each.count for each in wanted)
        self._interruption.begin()
        try:
            for records in exporter.records(self._interruption.asked):
                copies.write(records)
                self._progress(copies.copies, total)
        except KafkaFailure as failure:
            fix = "see that the topic still holds the range, and run it again"
            message = f"Kafka: {failure.message} ({failure.code})"
            raise ConnectorFailure("C0310", message, fix, servers) from failure
        finally:
            self._clear()

    def _tell_cuts(self, wanted: Sequence[Range]) -> None:
        for each in wanted:
            if each.asked < each.first:
                topic, number = each.place
                self._say(f"{topic}/{number} begins at {each.first} by now: what was before is gone")

    def _progress(self, copies: Mapping[str, Copy], total: int) -> None:
        now = time.monotonic()
        if self._options.quiet or not sys.stderr.isatty() or now - self._shown < EVERY:
            return
        self._shown = now
        done = sum(copy.records for copy in copies.values())
        last = max((copy.last for copy in copies.values() if copy.last is not None), default=None)
        reached = "-" if last is None else format_timestamp(last)[:19] + "Z"
        sys.stderr.write(f"\r\x1b[2K{done:,} of at most {total:,} records, up to {reached}")
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _say(self, message: str) -> None:
        if not self._options.quiet:
            tell(str(message))

    def _report(self, copies: Mapping[str, Copy], wanted: Sequence[Range], paths: Mapping[str, Path] | None) -> None:
        if self._options.quiet:
            return
        if self._options.as_json:
            print(json.dumps(_summary(copies, wanted, paths)), file=sys.stderr)
            return
        for topic, copy in copies.items():
            where = "" if paths is None else f" to `{paths[topic]}`"
            span = ""
            if copy.first is not None and copy.last is not None:
                span = f", {format_timestamp(copy.first)} to {format_timestamp(copy.last)}"
            partitions = sum(each.place[0] == topic for each in wanted)
            print(f"{topic}: {copy.records:,} records of {partitions} partitions{where}{span}", file=sys.stderr)
            if copy.longest > LINE_LIMIT:
                message = f"its longest line has {copy.longest} bytes: say `max_line: {copy.longest}` where it is read"
                warn(f"{topic}: {message}")


def destinations(topics: Sequence[str], out: Path | None) -> dict[str, Path] | None:
    """The file of each topic; None: standard output. Raises `ConfigurationError`."""
    if out is None:
        if len(topics) > 1:
            fix = "add `--out FOLDER`, which gets a file for each"
            raise ConfigurationError("C0324", f"{len(topics)} topics do not go into one stream", fix, "--out")
        return None
    if len(topics) == 1 and not (out.is_dir() or str(out).endswith(os.sep)):
        return {topics[0]: out}
    return {topic: out / file_of(topic) for topic in topics}


def _summary(
    copies: Mapping[str, Copy], wanted: Sequence[Range], paths: Mapping[str, Path] | None
) -> dict[str, object]:
    def of(topic: str, copy: Copy) -> dict[str, object]:
        partitions = {
            str(each.place[1]): {"from": each.first, "to": each.end, "records": copy.by_partition.get(each.place[1], 0)}
            for each in wanted
            if each.place[0] == topic
        }
        return {
            "topic": topic,
            "file": None if paths is None else str(paths[topic]),
            "records": copy.records,
            "longest_line": copy.longest,
            "first": None if copy.first is None else format_timestamp(copy.first),
            "last": None if copy.last is None else format_timestamp(copy.last),
            "partitions": partitions,
        }

    return {"version": 1, "topics": [of(topic, copy) for topic, copy in copies.items()]}
