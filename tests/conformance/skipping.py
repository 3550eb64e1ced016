"""Why a case is not run."""

from __future__ import annotations


class Skipped(Exception):
    """The case asks for something the language does not have, for a reason in the table of the conformance notes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
