"""A file of recorded points being written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cep.runtime.disk import SYSTEM_DISK, Disk
from cep.runtime.output import Step
from cep.runtime.points.entries import Entry, Moved, StepEntry, Taken, TakenEntry, framed, top

Positions = tuple[tuple[str, int, int], ...]


class PointLog:
    """Writes points behind the end of a file, each whole or not at all. Its methods raise `OSError`."""

    def __init__(self, path: Path, disk: Disk = SYSTEM_DISK) -> None:
        """Opens the file, which keeps what it holds until `cut`; for its owner only, since rules may hold anything."""
        self.path = path
        self._disk = disk
        disk.make_folder(path.parent)
        self._file = disk.open(path, private=True)
        self.size = self._file.size()
        self._is_named = False
        self._positions: dict[tuple[str, int], int] = {}
        self._texts: set[str] = set()

    def take(self, taken: Taken, inputs: Mapping[str, bytes]) -> None:
        """A version of the rules is taken. `inputs`: by source, the connector's own position."""
        kept = taken.version.kept
        marks = kept.archive.files
        texts = {marks[name]: text for name, text in kept.texts.items() if marks[name] not in self._texts}
        moved = self._moved(taken.positions)
        names = list(taken.version.names)
        self._write(
            TakenEntry(taken.version.mark, names, kept.archive, texts, taken.job, taken.settings, dict(inputs), moved)
        )
        self._texts |= texts.keys()

    def step(self, step: Step, inputs: Mapping[str, bytes]) -> None:
        """Time has moved without a record that says so; `inputs` are noted where a source has ended."""
        self._write(
            StepEntry(
                step.kind, step.source, step.topic, step.partition, step.watermark, step.time_kind,
                self._moved(step.positions), dict(inputs) if step.kind == "end" else {},
            )
        )  # fmt: skip

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes."""
        self._file.cut(size)
        self.size = size
        # What the bytes that are left hold is not known: the next entry says it all again.
        self._positions, self._texts = {}, set()

    def sync(self) -> None:
        """Return once all that was written is safe."""
        self._file.sync()
        if not self._is_named:
            self._disk.sync_folder(self.path.parent)
            self._is_named = True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _moved(self, positions: Positions) -> Moved:
        return [(topic, number, at) for topic, number, at in positions if self._positions.get((topic, number)) != at]

    def _write(self, entry: Entry) -> None:
        data = memoryview((b"" if self.size else top()) + framed(entry))
        done = 0
        try:
            while done < len(data):
                done += self._file.write(data[done:])
        except OSError:
            self._file.cut(self.size)
            raise
        self.size += done
        self._positions |= _by_place(entry.moved)


def _by_place(moved: Moved) -> Mapping[tuple[str, int], int]:
    return {(topic, number): offset for topic, number, offset in moved}
