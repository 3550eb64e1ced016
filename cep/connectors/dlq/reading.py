"""Dead letters of a topic or a file, in the order in which they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cep.connectors.dlq.letters import Letter, Note, read_entry
from cep.connectors.errors import ConfigurationError
from cep.connectors.export.bounds import EARLIEST, LATEST, ranges
from cep.connectors.export.exporter import Exporter
from cep.connectors.kafka.port import Consumer, KafkaFailure, Place
from cep.connectors.kafka.retrying import Retrying


class DeadLetters(Protocol):
    """A place where dead letters lie."""

    @property
    def name(self) -> str:
        """What it is called."""

    def entries(self) -> Iterator[Letter | Note]:
        """All there is now. What is no dead letter is counted in `strangers` and left out."""

    strangers: int


@dataclass(slots=True)
class TopicLetters:
    """A topic, read to where it ends now. Raises `KafkaFailure`, `GaveUp` while it is read."""

    name: str
    places: list[Place]
    consumer: Consumer
    retrying: Retrying
    stop: Callable[[], bool]
    heard: Callable[[KafkaFailure], None]
    strangers: int = 0

    def entries(self) -> Iterator[Letter | Note]:
        """All there is now."""
        self.strangers = 0
        wanted = ranges(self.consumer, self.places, EARLIEST, LATEST, self.retrying)
        for records in Exporter(self.consumer, wanted, self.heard).records(self.stop):
            for record in records:
                topic, partition = record.place
                entry = read_entry(record.value or b"", f"{topic}/{partition}/{record.offset}", record.stamp)
                if entry is None:
                    self.strangers += 1
                else:
                    yield entry


@dataclass(slots=True)
class FileLetters:
    """A file of dead letters. What was replayed is noted in a file beside it: a job may go on writing this one."""

    path: Path
    strangers: int = 0

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    @property
    def notes(self) -> Path:
        """The file of notes."""
        return self.path.with_name(self.path.name + ".replayed")

    def entries(self) -> Iterator[Letter | Note]:
        """All there is now. Raises `ConfigurationError` where it cannot be read."""
        self.strangers = 0
        for path in (self.notes, self.path):
            if path is self.path or path.exists():
                yield from self._of(path)

    def _of(self, path: Path) -> Iterator[Letter | Note]:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    entry = read_entry(line, f"{path.name}:{number}")
                    if entry is not None:
                        yield entry
                    elif line.strip():
                        self.strangers += 1
        except OSError as error:
            message = f"`{path}` cannot be read: {error.strerror or error}"
            raise ConfigurationError("C0330", message, "name a file of dead letters", str(path)) from error
