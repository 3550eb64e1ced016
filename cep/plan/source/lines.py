"""Source text under construction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Lines:
    """Indented lines of Python."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def add(self, *lines: str) -> None:
        """Append lines at the present depth."""
        self._lines += ["    " * self._depth + line if line else "" for line in lines]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """A compound statement: `head` and what is added inside."""
        self.add(head)
        self._depth += 1
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.add("pass")
        self._depth -= 1

    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines) + "\n"


def joined(conditions: list[str], word: str) -> str:
    """Conditions joined by `and` / `or`, each in parentheses if it is more than an operand."""
    if len(conditions) == 1:
        return conditions[0]
    return f" {word} ".join(c if c.replace(".", "").replace("_", "").isalnum() else f"({c})" for c in conditions)
