"""Why a record cannot become an event."""

from __future__ import annotations

from decimal import InvalidOperation

import msgspec


class Malformed(ValueError):
    """A record that is no event of its declaration. `reason` is one sentence for the dead letter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


TROUBLE = (Malformed, msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation)
"""All that decoding one record may raise."""
