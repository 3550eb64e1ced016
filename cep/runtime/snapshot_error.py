"""What is raised for state that cannot be taken over."""

from __future__ import annotations


class SnapshotError(Exception):
    """A snapshot that cannot be taken over: what is wrong, in one sentence, and one fix."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message} ({fix})")
        self.message = message
        self.fix = fix
