"""Lines to a file or standard output, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.runtime.disk import SYSTEM_DISK, Disk, OpenFile, SystemFile


class LineSink:
    """Writes batches of lines straight to an open file, so that nothing waits in a buffer when the run ends."""

    def __init__(
        self, file: OpenFile, name: str, end: Callable[[], None] = lambda: None, *, is_ours: bool = True
    ) -> None:
        """`name` is the file in messages; `end` makes its name safe, when its bytes are for the first time.

        Not `is_ours`: others may write to it as well, as to standard output, and what they wrote is never cut off.
        """
        self.name = name
        self.count = 0
        """Lines written."""
        self._file = file
        self._end: Callable[[], None] | None = end
        self._is_kept = is_ours and file.is_regular
        self._size = file.size() if self._is_kept else 0

    @property
    def size(self) -> int | None:
        """Bytes in the file; None for a pipe, a device, or a file that is not ours."""
        return self._size if self._is_kept else None

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes. Raises `ConnectorFailure`."""
        try:
            self._file.cut(size)
        except OSError as error:
            raise self._failure(error) from error
        self._size = size

    def sync(self) -> None:
        """Return once all that was written is safe. Raises `ConnectorFailure`."""
        try:
            self._file.sync()
            if self._end is not None:
                self._end()
                self._end = None
        except OSError as error:
            raise self._failure(error) from error

    def write(self, lines: Sequence[bytes], of: object = None) -> None:
        """Write the lines, with a line end behind each; what they are makes no difference to a file.

        Raises `BrokenPipeError` when the reader of a pipe has gone, `ConnectorFailure` when the disk is full; a file
        is then cut back to whole lines.
        """
        if not lines:
            return
        data = memoryview(b"\n".join(lines) + b"\n")
        done = 0
        try:
            while done < len(data):
                done += self._file.write(data[done:])
        except BrokenPipeError:
            raise
        except OSError as error:
            self._cut_back(bytes(data[:done]))
            raise self._failure(error) from error
        self.count += len(lines)
        self._size += done

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _cut_back(self, written: bytes) -> None:
        whole = written.rfind(b"\n") + 1
        self.count += written.count(b"\n")
        self._size += whole
        if whole < len(written) and self._file.is_regular:
            self._file.cut(self._file.size() - (len(written) - whole))

    def _failure(self, error: OSError) -> ConnectorFailure:
        message = f"`{self.name}` cannot be written: {error.strerror or error}"
        return ConnectorFailure("C0302", message, "make room, or write elsewhere, and rerun", self.name)


def open_sink(path: Path | None, disk: Disk = SYSTEM_DISK) -> LineSink:
    """A sink for `path`, at its end; None is standard output. Raises `ConfigurationError` if it cannot be written.

    A folder that does not exist is made. What the file holds stays until it is cut.
    """
    if path is None:
        return LineSink(SystemFile(1, owned=False), "stdout", is_ours=False)
    try:
        disk.make_folder(path.parent)
        file = disk.open(path)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise ConfigurationError("C0115", message, "choose a file that this user may write", str(path)) from error
    return LineSink(file, str(path), lambda: disk.sync_folder(path.parent))
