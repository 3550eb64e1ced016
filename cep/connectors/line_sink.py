"""Lines to a file or standard output, each whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cep.connectors.errors import ConfigurationError, ConnectorFailure


class LineSink:
    """Writes batches of lines straight to a file descriptor, so that nothing waits in a buffer when the run ends."""

    def __init__(self, descriptor: int, name: str, *, owned: bool) -> None:
        """`name` is the file in messages; `owned`: close the descriptor with the sink."""
        self.name = name
        self.count = 0
        """Lines written."""
        self._descriptor = descriptor
        self._owned = owned
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)

    def write(self, lines: Sequence[bytes]) -> None:
        """Write the lines, with a line end behind each.

        Raises `BrokenPipeError` when the reader of a pipe has gone, `ConnectorFailure` when the disk is full; a file
        is then cut back to whole lines.
        """
        if not lines:
            return
        data = memoryview(b"\n".join(lines) + b"\n")
        done = 0
        try:
            while done < len(data):
                done += os.write(self._descriptor, data[done:])
        except BrokenPipeError:
            raise
        except OSError as error:
            self._cut_back(bytes(data[:done]))
            message = f"`{self.name}` cannot be written: {error.strerror or error}"
            raise ConnectorFailure("C0302", message, "make room, or write elsewhere, and rerun", self.name) from error
        self.count += len(lines)

    def close(self) -> None:
        """Let go of the file."""
        if self._owned:
            os.close(self._descriptor)
            self._owned = False

    def _cut_back(self, written: bytes) -> None:
        half = len(written) - (written.rfind(b"\n") + 1)
        self.count += written.count(b"\n")
        if half and self._is_file:
            os.truncate(self._descriptor, os.fstat(self._descriptor).st_size - half)


def open_sink(path: Path | None) -> LineSink:
    """A sink for `path`, emptied first; None is standard output. Raises `ConfigurationError` if it cannot be written.

    A folder that does not exist is made.
    """
    if path is None:
        return LineSink(1, "stdout", owned=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise ConfigurationError("C0115", message, "choose a file that this user may write", str(path)) from error
    return LineSink(descriptor, str(path), owned=True)
