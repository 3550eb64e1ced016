"""Standard output and error whose failures are told apart from any other trouble: a full disk, a closed descriptor."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


class StreamFailed(Exception):
    """Standard output or error cannot be written. Holds a sentence that says so."""


class _Output(io.FileIO):
    """One of the two descriptors; what it cannot write is a `StreamFailed`, except to a reader that has gone."""

    def __init__(self, descriptor: int, called: str) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._called = called

    def write(self, data: object, /) -> int:
        """Write what can be written; how many bytes that was. Raises `StreamFailed` and `BrokenPipeError`."""
        try:
            return super().write(data)  # type: ignore[arg-type]  # bytes of some form, as the buffer above hands them
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StreamFailed(f"{self._called} cannot be written: {(error.strerror or str(error)).lower()}") from error


def guard_streams() -> None:
    """Put guarded streams in the place of standard output and error, and something in the place of closed ones."""
    _occupy_closed()
    sys.stdout = _guarded(sys.stdout, 1, "standard output", "strict")
    sys.stderr = _guarded(sys.stderr, 2, "standard error", "backslashreplace")
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open as standard input does


def silence(descriptor: int) -> None:
    """Nothing more can be written to a descriptor: let what is left in its buffer go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _occupy_closed() -> None:
    """A closed descriptor would be given to the next file that is opened, which then is read or written as the stream.

    What takes its place cannot be used the way the stream would be, so that using it is an error as it was before.
    """
    for descriptor, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            # the lowest free number is taken, which is this one: those below are in use by now
            os.open(os.devnull, flags)


def _guarded(stream: TextIO | None, descriptor: int, called: str, errors: str) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    errors = (stream.errors if stream is not None else None) or errors
    raw = _Output(descriptor, called)
    lines = descriptor == 2 or raw.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=lines)
