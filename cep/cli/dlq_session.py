"""`cep dlq ls` and `show`, and what all its verbs share: where dead letters lie, and which of them are meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cep.cli import kafka_session
from cep.cli.dlq_text import group_json, group_text, letter_json, letter_text, many
from cep.cli.guarding import guarded
from cep.cli.job_file import is_job_file, whole_job
from cep.cli.kafka_options import cluster_failures, cluster_settings, counted
from cep.cli.run_rules import load_rules, wired
from cep.cli.telling import tell
from cep.connectors.declared_sources import declare_sources
from cep.connectors.dlq.grouping import Groups
from cep.connectors.dlq.letters import Letter, Note, place_of
from cep.connectors.dlq.reading import DeadLetters, FileLetters, TopicLetters
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job
from cep.connectors.kafka.plan import for_reading
from cep.connectors.kafka.port import Kafka, KafkaFailure
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.kafka.troubles import Troubles

DONE, NONE = 0, 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters are meant; none of the three: all."""

    reason: str | None = None
    source: str | None = None
    places: frozenset[str] = frozenset()

    def check(self) -> None:
        """See that places are places. Raises `ConfigurationError`."""
        for place in sorted(self.places):
            try:
                place_of(place)
            except ValueError as error:
                fix = "write topic/partition/offset, as `cep dlq show` and dead letters do"
                raise ConfigurationError("C0339", f"`{place}` is no place of a record", fix, place) from error

    def fits(self, letter: Letter) -> bool:
        """Whether a letter is."""
        return (
            (self.reason is None or self.reason in letter.reason)
            and (self.source is None or self.source == letter.source)
            and (not self.places or letter.place in self.places)
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """Dead letters, the job and the cluster they are of, as far as there are any. `topic`: that they lie in."""

    letters: DeadLetters
    job: Job | None = None
    kafka: Kafka | None = None
    settings: Mapping[str, str] | None = None
    topic: str | None = None


@contextmanager
def opened(
    where: str,
    given: Sequence[str],
    retrying: Retrying,
    stop: Callable[[], bool],
    heard: Callable[[KafkaFailure], None],
) -> Iterator[Opened]:
    """The dead letters that a word of the command line means. Raises `CheckFailed`, `ConfigurationError`."""
    job = whole_job(where) if is_job_file(where) else None
    sinks = {} if job is None or job.kafka is None else job.kafka.sinks
    topic = sinks["dead_letters"].topic if "dead_letters" in sinks else None
    if job is None and given and not Path(where).is_file():
        topic = where
    is_over_kafka = bool(given) or (job is not None and job.kafka is not None)
    settings = cluster_settings(job, given) if is_over_kafka else None
    if topic is None:
        yield Opened(
            FileLetters(_file(job, where)), job, None if settings is None else kafka_session.client(), settings
        )
        return
    assert settings is not None
    kafka = kafka_session.client()
    with ExitStack() as stack:
        partitions = counted(kafka, settings, [topic]).get(topic)
        if partitions is None:
            raise ConfigurationError("C0290", f"the topic `{topic}` is not there", "correct its name", topic)
        consumer = kafka.consumer({**for_reading(settings), "group.id": "cep-dlq"})
        stack.callback(consumer.close)
        places = [(topic, number) for number in range(partitions)]
        letters = TopicLetters(topic, places, consumer, retrying, stop, heard)
        yield Opened(letters, job, kafka, settings, topic)


def _file(job: Job | None, where: str) -> Path:
    if job is None:
        return Path(where)
    if job.dead_letters is None or job.dead_letters.path is None:
        fix = "add `dead_letters: {topic: …}` or `{file: …}` to it, or name where they lie"
        raise ConfigurationError("C0331", f"the job `{where}` keeps no dead letters", fix, where)
    return job.dead_letters.path


def listed(where: str, given: Sequence[str], chosen: Chosen, *, as_json: bool) -> int:
    """`ls`."""

    def work() -> int:
        groups, replayed = Groups(), set[str]()
        with cluster_failures(where), opened(where, given, Retrying(_never, say), _never, _troubles().heard) as found:
            rules = {} if found.job is None else _rules(found.job)
            # notes stand behind the letters they are of: which were replayed is known at the end only
            letters = found.letters.entries()
            for entry in letters:
                if isinstance(entry, Note):
                    replayed.add(entry.place)
            for entry in found.letters.entries():
                if isinstance(entry, Letter) and chosen.fits(entry):
                    groups.add(entry, replayed=entry.place in replayed)
            _tell_strangers(found.letters)
            if as_json:
                print(group_json(found.letters.name, groups.sorted(), rules))
            else:
                print(group_text(found.letters.name, groups.sorted(), rules), end="")
        return DONE

    return guarded(work, as_json=as_json)


def shown(where: str, given: Sequence[str], chosen: Chosen, limit: int, *, as_json: bool) -> int:
    """`show`."""

    def work() -> int:
        chosen.check()
        count, missing = 0, set(chosen.places)
        with cluster_failures(where), opened(where, given, Retrying(_never, say), _never, _troubles().heard) as found:
            for entry in found.letters.entries():
                if isinstance(entry, Letter) and chosen.fits(entry):
                    count += 1
                    missing.discard(entry.place)
                    if count <= limit:
                        print(letter_json(entry) if as_json else letter_text(entry))
            _tell_strangers(found.letters)
        for place in sorted(missing):
            tell(f"there is no dead letter of {place}{' that fits' if chosen.reason or chosen.source else ''}")
        if count > limit:
            tell(f"{count - limit} more are not shown: `--limit {count}` shows them")
        return DONE if count else NONE

    return guarded(work, as_json=as_json)


def _rules(job: Job) -> dict[str, list[str]]:
    """The rules that read each source."""
    rules = load_rules(job)
    found: dict[str, list[str]] = {}
    for lane in wired(rules, declare_sources(job, rules)).lanes:
        for source in lane.sources:
            found.setdefault(source, []).extend(lane.rules)
    return found


def _tell_strangers(letters: DeadLetters) -> None:
    if letters.strangers:
        tell(f"{many(letters.strangers, 'record')} of `{letters.name}` beside them: no dead letters")


def say(message: str) -> None:
    """To whoever sits before it: without a level, which only a log has."""
    tell(str(message))


def _never() -> bool:
    return False


def _troubles() -> Troubles:
    return Troubles(say, time.monotonic)
