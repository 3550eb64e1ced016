"""What can go wrong with a source or a sink, split by who has to act.

`ConfigurationError` is the caller's to fix (exit 2), `ConnectorFailure` happened while running (exit 3).
"""

from __future__ import annotations

from cep.runtime.feed import FeedBroken


class ConfigurationError(Exception):
    """Something the caller asked for cannot be done; nothing has run. Holds a stable code, a sentence and a fix.

    `place` is `file:line:column` (or a file, or an option of the command line) where one is known.
    """

    def __init__(self, code: str, message: str, fix: str, place: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.place = place


class ConnectorFailure(FeedBroken):
    """A source or sink broke while it was in use; what was read or written before stands.

    `place` names the file or stream.
    """

    def __init__(self, code: str, message: str, fix: str, place: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.place = place
