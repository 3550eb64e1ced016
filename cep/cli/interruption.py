"""Ctrl-C and SIGTERM: a request to stop between two pieces of work, not an exception in the middle of one. SIGHUP: a
request to look at the rules again."""

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


_RENEWAL: int | None = getattr(signal, "SIGHUP", None)
"""The signal that asks for the rules to be read again; Windows has none."""


class Interruption:
    """Takes the signals while its block lasts.

    Until `begin` Ctrl-C and SIGTERM raise `Interrupted` at once; from then on the first one only sets `exit_code`,
    which the work looks at when it can stop, and a second Ctrl-C raises. SIGHUP is kept until it is asked for.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self._renewal = False
        self._working = False
        self._before: list[tuple[int, object]] = []

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM, *([] if _RENEWAL is None else [_RENEWAL])):
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

    def renewal_asked(self) -> bool:
        """Whether there was a SIGHUP since this was asked last."""
        if not self._renewal:
            return False
        # One that comes before this is answered by the work that follows; one that comes later is kept.
        self._renewal = False
        return True

    def _take(self, number: int, frame: FrameType | None) -> None:
        if number == _RENEWAL:
            self._renewal = True
            return
        again = self.exit_code is not None and number == signal.SIGINT
        self.exit_code = INTERRUPTED if number == signal.SIGINT else 0
        if again or not self._working:
            raise Interrupted(self.exit_code)
