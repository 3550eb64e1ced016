"""Where the driver gets its records from: the form every connector offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from cep.runtime.source import Chunk


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece of the input that never became a record: its place in the source, its bytes, and why."""

    source: str
    offset: int
    raw: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read brings: chunks of records, and what could not become one."""

    chunks: list[Chunk] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


class FeedBroken(Exception):
    """The rest of an input cannot be read; connectors raise their own kind of it. What came before stands."""


class Feed(Protocol):
    """One source being read."""

    @property
    def source(self) -> str:
        """The source's name, as the shard knows it."""

    @property
    def live(self) -> bool:
        """Whether records may come at any time, so that silence means something (a pipe, not a file)."""

    def read(self) -> Piece | None:
        """The next piece, which may be empty; None at the end of the input. Raises `FeedBroken`."""

    def ready(self, timeout: float) -> bool:
        """Whether `read` will not block, waiting at most `timeout` seconds for that."""

    def close(self) -> None:
        """Let go of the input."""


class ReplayableFeed(Feed, Protocol):
    """A source that can be read again from where it was left."""

    def position(self) -> bytes:
        """Where reading goes on after the pieces given out so far, in a form of the feed's own."""

    def go_to(self, position: bytes, *, grows: bool) -> bool:
        """Go on where `position` was taken; the feed must be new. `grows`: its end then was not the end for good.

        Gives whether there is more of a source that had come to its end. Raises the connector's own exception where the
        source is not what it was.
        """
