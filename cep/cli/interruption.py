"""Ctrl-C and SIGTERM: a request to stop between two pieces of work, not an exception in the middle of one."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


class Interrupted(KeyboardInterrupt):
    """Stop now: nothing has begun that would have to be finished, or the user asked twice. Holds the exit code.

    A `KeyboardInterrupt`, since that is what goes through where foreign code's own exceptions are stopped.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Interruption:
    """Takes both signals while its block lasts.

    Until `begin` a signal raises `Interrupted` at once; from then on the first one only sets `exit_code`, which the
    work looks at when it can stop, and a second Ctrl-C raises.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self._working = False
        self._before: list[tuple[int, object]] = []

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before.append((number, signal.signal(number, self._take)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)  # type: ignore[arg-type]  # as it was returned

    def begin(self) -> None:
        """From now on a signal waits for the work to look."""
        self._working = True

    def asked(self) -> bool:
        """Whether the work should stop."""
        return self.exit_code is not None

    def _take(self, number: int, frame: FrameType | None) -> None:
        again = self.exit_code is not None and number == signal.SIGINT
        self.exit_code = INTERRUPTED if number == signal.SIGINT else 0
        if again or not self._working:
            raise Interrupted(self.exit_code)
