"""Dead letters back into the topics that their records came from: which may go, and how they go.

What goes is the record as it lies in its topic: with its key and headers, byte for byte, into the same partition. Each
batch is one transaction: the records, and a note in the dead-letter topic for each of them, so that no run of the
command, however it ends, replays one twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cep.connectors.dlq.letters import NOTE, REPLAY, REPLAY_OF, Letter, Note
from cep.connectors.dlq.originals import Original
from cep.connectors.kafka.port import Headers, KafkaFailure, Producer, Trouble
from cep.connectors.kafka.retrying import Retrying

SECONDS = 30.0
"""How long one call may take before it is made again."""
BATCH = 500
"""Letters of one transaction, at most."""


class Verdict(StrEnum):
    """Whether a letter may be replayed, and if not, why."""

    READY = "replayed"
    DONE = "was replayed before"
    RETURNED = "has come back from a replay"
    GONE = "its record is not in the topic any more"
    WITHHELD = "redacted, and its record is not in the topic any more"
    SHOWN = "redacted, and would be shown in another topic"
    OTHER = "another record stands in its place"
    NOWHERE = "its topic is not there"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms letters are replayed. `to`: another topic than their own. `attempts`: how often a record may be
    replayed in all. `again`: also those that were replayed before. `bare`: where the record is gone, what the letter
    holds of it goes, without key and headers."""

    to: str | None = None
    attempts: int = 1
    again: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Going:
    """A record that is to be written. `partition` None: by its key."""

    letter: Letter
    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers
    attempt: int


def judged(
    letter: Letter, original: Original | None, terms: Terms, replayed: bool, partitions: Mapping[str, int]
) -> Going | Verdict:
    """What is to be written for a letter, or why nothing is. `partitions` by topic, of those that are there."""
    to = terms.to or letter.topic
    if replayed and not terms.again:
        return Verdict.DONE
    if letter.partition >= partitions.get(letter.topic, 0) and not (terms.bare and terms.to):
        return Verdict.NOWHERE
    if letter.redacted and to != letter.topic:
        return Verdict.SHOWN
    partition = letter.partition if to == letter.topic else None
    if original is None:
        if letter.redacted:
            return Verdict.WITHHELD
        if not terms.bare:
            return Verdict.GONE
        return Going(letter, to, partition, None, letter.raw, _marked((), 1, letter), 1)
    if not letter.redacted and original.value != letter.raw:
        return Verdict.OTHER
    attempt = original.attempt + 1
    if attempt > terms.attempts:
        return Verdict.RETURNED
    headers = _marked(original.headers, attempt, letter)
    return Going(letter, to, partition, original.key, original.value, headers, attempt)


def _marked(headers: Headers, attempt: int, letter: Letter) -> Headers:
    kept = [(name, value) for name, value in headers if name not in (REPLAY, REPLAY_OF)]
    return [*kept, (REPLAY, str(attempt).encode()), (REPLAY_OF, letter.place.encode())]


class Replayer:
    """Writes what may go, batch by batch. `noted` is given what a batch has replayed once it is committed; `notes`: the
    topic that gets a note of each within the transaction, None where notes are kept elsewhere."""

    def __init__(
        self,
        producer: Producer,
        retrying: Retrying,
        notes: str | None,
        noted: Callable[[Sequence[Note]], None] = lambda notes: None,
    ) -> None:
        self._producer = producer
        self._retrying = retrying
        self._notes = notes
        self._noted = noted
        self.count: Counter[Verdict] = Counter()

    def start(self) -> None:
        """Be the only one: another replay that is under way can write nothing any more. Raises `KafkaFailure`."""
        self._retrying.call("taking up transactions", lambda: self._producer.init_transactions(SECONDS))

    def write(self, batch: Sequence[Going]) -> None:
        """Write a batch, whole or not at all. Raises `KafkaFailure`, `GaveUp`."""
        if not batch:
            return
        producer = self._producer
        notes = [Note(each.letter.place, each.attempt, each.topic) for each in batch]
        producer.begin()
        try:
            for each in batch:
                producer.produce(each.topic, each.value, each.key, each.partition, each.headers)
            if self._notes is not None:
                for note in notes:
                    producer.produce(self._notes, note.json(), None, None, NOTE)
            self._retrying.call("committing", lambda: producer.commit(SECONDS))
        except KafkaFailure as failure:
            if failure.trouble not in (Trouble.FENCED, Trouble.FATAL):
                self._retrying.call("giving up a transaction", lambda: producer.abort(SECONDS))
            raise
        self._noted(notes)
        self.count[Verdict.READY] += len(batch)
