"""`cep dlq replay` from its options to its exit code."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from cep.cli.dlq_session import DONE, NONE, Chosen, Opened, opened, say
from cep.cli.guarding import guarded
from cep.cli.interruption import Interruption
from cep.cli.kafka_options import cluster_failures, counted
from cep.connectors.dlq.letters import Letter, Note
from cep.connectors.dlq.originals import Originals
from cep.connectors.dlq.reading import FileLetters
from cep.connectors.dlq.replay import BATCH, Going, Replayer, Terms, Verdict, judged
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.job.kafka import SERVERS
from cep.connectors.kafka.plan import for_reading, for_writing
from cep.connectors.kafka.port import Kafka, KafkaFailure
from cep.connectors.kafka.retrying import GaveUp, Retrying
from cep.connectors.kafka.troubles import Troubles


def replayed(
    where: str,
    given: Sequence[str],
    chosen: Chosen,
    terms: Terms,
    limit: int,
    interruption: Interruption,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    """Look which may go, ask, and write them; the exit code."""

    def work() -> int:
        chosen.check()
        retrying = Retrying(interruption.asked, say)
        heard = Troubles(say, time.monotonic).heard
        with (
            cluster_failures(where),
            opened(where, given, retrying, interruption.asked, heard) as found,
            ExitStack() as stack,
        ):
            kafka, settings = _cluster(found, where)
            reader = kafka.consumer({**for_reading(settings), "group.id": "cep-dlq"}, headers=True)
            stack.callback(reader.close)
            run = _Replay(found, Originals(reader, retrying, heard), chosen, terms, limit)
            if not yes:
                run.look()
                if not run.counts[Verdict.READY]:
                    return _told(run.counts, as_json=as_json, plan=True)
                _ask(run.counts, where)
            name = f"cep-dlq-replay-{found.topic or found.letters.name}"
            producer = kafka.producer({**for_writing(settings), "transactional.id": name})
            stack.callback(producer.close)
            noted = partial(_note_beside, found.letters.notes) if isinstance(found.letters, FileLetters) else _nothing
            replayer = Replayer(producer, retrying, found.topic, noted)
            # from here on no other replay of these letters can write anything: what it has done is read below
            replayer.start()
            interruption.begin()
            with _on_the_way(replayer, settings[SERVERS]):
                run.write(replayer, interruption)
            code = _told(run.counts, as_json=as_json, plan=False)
            return code if interruption.exit_code is None else interruption.exit_code

    return guarded(work, as_json=as_json)


def _cluster(found: Opened, where: str) -> tuple[Kafka, Mapping[str, str]]:
    if found.kafka is None or found.settings is None:
        fix = "name a job over Kafka, or add `--kafka bootstrap.servers=HOST:PORT`"
        raise ConfigurationError("C0332", "records are replayed into topics, and there is no cluster", fix, where)
    return found.kafka, found.settings


@contextmanager
def _on_the_way(replayer: Replayer, servers: str) -> Iterator[None]:
    """What goes wrong once something may have been written."""
    try:
        yield
    except (KafkaFailure, GaveUp) as error:
        failure = error.failure if isinstance(error, GaveUp) else error
        done = replayer.count[Verdict.READY]
        message = f"Kafka: {failure.message} ({failure.code}); {done} records were replayed before"
        fix = "run it again: what was replayed is not replayed twice"
        raise ConnectorFailure("C0333", message, fix, servers) from error


class _Replay:
    """Goes through the letters, once to see what may go, once to have it go."""

    def __init__(self, found: Opened, originals: Originals, chosen: Chosen, terms: Terms, limit: int) -> None:
        self._found = found
        self._originals = originals
        self._chosen = chosen
        self._terms = terms
        self._limit = limit
        self._partitions: dict[str, int] = {}
        self.counts: Counter[Verdict] = Counter()

    def look(self) -> None:
        """Count what may go."""
        for _ in self._batches():
            pass

    def write(self, replayer: Replayer, interruption: Interruption) -> None:
        """Have it go, until asked to stop."""
        for batch in self._batches():
            if interruption.asked():
                return
            replayer.write(batch)

    def _batches(self) -> Iterator[list[Going]]:
        self.counts.clear()
        replayed = {entry.place for entry in self._found.letters.entries() if isinstance(entry, Note)}
        letters = (
            entry for entry in self._found.letters.entries() if isinstance(entry, Letter) and self._chosen.fits(entry)
        )
        seen: set[str] = set()
        while portion := list(islice(letters, BATCH)):
            left = self._limit - self.counts[Verdict.READY]
            if left <= 0:
                return
            batch: list[Going] = []
            for going in self._judged(portion, replayed, seen):
                if isinstance(going, Verdict):
                    self.counts[going] += 1
                elif len(batch) < left:
                    batch.append(going)
            self.counts[Verdict.READY] += len(batch)
            yield batch

    def _judged(self, letters: Sequence[Letter], replayed: set[str], seen: set[str]) -> Iterator[Going | Verdict]:
        self._count({letter.topic for letter in letters} | ({self._terms.to} if self._terms.to else set()))
        there = [letter for letter in letters if letter.partition < self._partitions[letter.topic]]
        wanted = [
            ((letter.topic, letter.partition), letter.offset)
            for letter in there
            if letter.place not in replayed or self._terms.again
        ]
        found = self._originals.of(wanted)
        for letter in letters:
            if letter.place in seen:
                continue  # told twice by a job that is `at_least_once`
            seen.add(letter.place)
            original = found.get(((letter.topic, letter.partition), letter.offset))
            yield judged(letter, original, self._terms, letter.place in replayed, self._partitions)

    def _count(self, topics: set[str]) -> None:
        """Look how many partitions topics have; none: they are not there. Raises `ConfigurationError`."""
        assert self._found.kafka is not None and self._found.settings is not None
        if new := sorted(topics - self._partitions.keys()):
            there = counted(self._found.kafka, self._found.settings, new)
            self._partitions |= {topic: there.get(topic, 0) for topic in new}
        if self._terms.to and not self._partitions.get(self._terms.to):
            message = f"the topic `{self._terms.to}` is not there"
            raise ConfigurationError("C0290", message, "make it, or correct its name", "--to")


def _ask(counts: Counter[Verdict], where: str) -> None:
    """Have a person say yes. Raises `ConfigurationError` where there is none, or it says no."""
    print(_sentence(counts, plan=True), file=sys.stderr)
    if sys.stdin.isatty():
        print("Replay them? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
    raise ConfigurationError("C0334", "nothing was written", "add `--yes` to have them replayed", where)


def _told(counts: Counter[Verdict], *, as_json: bool, plan: bool) -> int:
    if as_json:
        print(json.dumps({"version": 1, "counts": {verdict.name.lower(): counts[verdict] for verdict in Verdict}}))
    else:
        print(_sentence(counts, plan=plan))
    return DONE if counts[Verdict.READY] else NONE


def _sentence(counts: Counter[Verdict], *, plan: bool) -> str:
    lines = [f"{counts[Verdict.READY]:,} can be replayed" if plan else f"{counts[Verdict.READY]:,} replayed"]
    lines += [f"{counts[of]:,} not: {of.value}" for of in Verdict if of is not Verdict.READY and counts[of]]
    return "\n".join(lines)


def _note_beside(path: Path, notes: Sequence[Note]) -> None:
    """Append notes to the file beside the letters. Raises `ConnectorFailure`."""
    try:
        with path.open("ab") as file:
            file.write(b"".join(note.json() + b"\n" for note in notes))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"`{path}` cannot be written, and {len(notes)} records were replayed: {error.strerror or error}"
        raise ConnectorFailure(
            "C0302", message, "make room: the next replay would write them once more", str(path)
        ) from error


def _nothing(notes: Sequence[Note]) -> None:
    """Notes are kept in the topic."""
