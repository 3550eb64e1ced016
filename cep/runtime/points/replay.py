"""A run again from the beginning of its inputs: the same versions of the rules and the same steps at the same places.

Where the inputs are cut into the same pieces as they were, which files are, everything comes in the same order. A
piece that holds records from before and from behind a point is cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cep.runtime.driver import Ending, Outputs, furthest_behind, pushed
from cep.runtime.feed import Feed, Piece
from cep.runtime.points.entries import Point, Taken
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk
from cep.runtime.watermark import BEGINNING

Change = Callable[[Shard, Taken], Shard]
"""Takes a version of the rules: the shard to go on with, in the state of the one given."""
Place = tuple[str, int]


class InputsDiffer(Exception):
    """The inputs do not hold what was read of them when the points were recorded. Says so in one sentence."""


class Replay:
    """Runs a shard over feeds through `points`, then to the end of the feeds.

    `shard` is new, of the rules of the first point, which is none of `points`. Sources end where they are recorded to
    have ended, and the others behind the last point. `stop`, `tick` and `open_end` as for `Driver`.
    """

    def __init__(
        self,
        shard: Shard,
        feeds: Sequence[Feed],
        outputs: Outputs,
        points: Iterable[Point],
        change: Change,
        *,
        stop: Callable[[], bool] = lambda: False,
        tick: Callable[[], None] = lambda: None,
        open_end: bool = False,
    ) -> None:
        self._shard = shard
        self._feeds = list(feeds)
        self._outputs = outputs
        self._points = iter(points)
        self._point = next(self._points, None)
        self._change = change
        self._stop = stop
        self._tick = tick
        self._open_end = open_end
        self._arrived = BEGINNING
        self._kept: dict[str, Piece] = {}
        """By source, what was read and lies behind the next point."""
        self._read_out: list[str] = []
        """Sources read to their end, of which no point has said so."""

    @property
    def shard(self) -> Shard:
        """The shard that runs now."""
        return self._shard

    def run(self) -> Ending:
        """Replay everything. Raises `InputsDiffer`, and what a feed or an output raises."""
        while self._feeds or self._point is not None:
            if self._stop():
                return Ending.STOPPED
            if self._point is not None and self._is_due(self._point):
                self._apply(self._point)
                self._point = next(self._points, None)
            else:
                self._read(self._next())
            if self._point is None:
                self._end_rest()
            self._tick()
        if not self._open_end:
            self._outputs.take(self._shard.finish())
        return Ending.COMPLETE

    # ------------------------------------------------------------ points

    def _is_due(self, point: Point) -> bool:
        """Whether all was read that had been read then."""
        return all(self._reached((topic, number)) >= offset for topic, number, offset in point.positions)

    def _reached(self, place: Place) -> int:
        partition = self._shard.partitions.get(place)
        return 0 if partition is None else partition.next_offset

    def _apply(self, point: Point) -> None:
        if isinstance(point, Taken):
            self._shard = self._change(self._shard, point)
            return
        if point.kind == "end" and point.source in self._read_out:
            self._read_out.remove(point.source)
        if point.time_kind == "arrival":
            self._arrived = point.watermark
        self._outputs.take(self._shard.apply(point))

    def _end_rest(self) -> None:
        """No point says any more when a source ends: those that were read out have ended."""
        for source in self._read_out:
            self._outputs.take(self._shard.end_source(source))
        self._read_out = []

    # ------------------------------------------------------------ inputs

    def _next(self) -> Feed:
        """The feed to read now: of those that have something from before the next point, the one furthest behind."""
        wanted = [feed for feed in self._feeds if self._has_more(feed)]
        if not wanted:
            raise InputsDiffer(self._lack())
        return furthest_behind(self._shard, wanted)

    def _has_more(self, feed: Feed) -> bool:
        """Whether a feed may bring something from before the next point."""
        kept = self._kept.get(feed.source)
        return kept is None or any(self._allowed(chunk) for chunk in kept.chunks)

    def _lack(self) -> str:
        """What the next point knows of, and no input brings."""
        assert self._point is not None
        for topic, number, offset in self._point.positions:
            reached = self._reached((topic, number))
            if reached < offset:
                return f"{topic}/{number} was read up to {offset} when the points were recorded, and ends at {reached}"
        raise AssertionError("a point that is reached is due")

    def _read(self, feed: Feed) -> None:
        piece = self._kept.pop(feed.source, None) or feed.read()
        if piece is not None:
            self._push(feed.source, piece)
            return
        self._feeds.remove(feed)
        feed.close()
        self._read_out.append(feed.source)

    def _push(self, source: str, piece: Piece) -> None:
        before, behind = self._cut(piece)
        if behind.chunks:
            self._kept[source] = behind
        for chunk in before.chunks:
            chunk.arrived = self._arrived if self._arrived > BEGINNING else None
        self._outputs.take(pushed(self._shard, before))

    def _cut(self, piece: Piece) -> tuple[Piece, Piece]:
        """The records from before the next point, and those from behind it."""
        if self._point is None:
            return piece, Piece()
        before, behind = Piece(unreadable=piece.unreadable), Piece()
        for chunk in piece.chunks:
            count = self._allowed(chunk)
            if count:
                before.chunks.append(_part(chunk, 0, count))
            if count < len(chunk.offsets):
                behind.chunks.append(_part(chunk, count, len(chunk.offsets)))
        return before, behind

    def _allowed(self, chunk: Chunk) -> int:
        """How many first records of a chunk come before the next point."""
        if self._point is None:
            return len(chunk.offsets)
        limits = {(topic, number): offset for topic, number, offset in self._point.positions}
        limit = limits.get((chunk.topic, chunk.partition), 0)
        if chunk.offsets[-1] < limit:
            return len(chunk.offsets)
        return sum(offset < limit for offset in chunk.offsets)


def _part(chunk: Chunk, first: int, last: int) -> Chunk:
    """Some of a chunk's records."""
    if (first, last) == (0, len(chunk.offsets)):
        return chunk
    stamps = None if chunk.stamps is None else chunk.stamps[first:last]
    return Chunk(chunk.source, chunk.topic, chunk.partition, chunk.offsets[first:last], chunk.raws[first:last], stamps)


def first_version(points: Iterable[Point]) -> Taken | None:
    """The rules that a record begins with; None where it does not begin at the beginning of the inputs."""
    first = next(iter(points), None)
    begins = isinstance(first, Taken) and not any(offset for _, _, offset in first.positions)
    return first if begins and isinstance(first, Taken) else None
