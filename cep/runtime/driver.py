"""The loop from feeds through a shard to outputs.

Feeds are read a piece at a time, always the one whose event time is furthest behind, so that the shard holds back as
little as the inputs allow. Interruption is looked for between pieces: nothing is ever half done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

from cep.runtime.dead_letters import DeadLetter
from cep.runtime.feed import Feed, FeedBroken, Piece
from cep.runtime.host_clock import SYSTEM_CLOCK
from cep.runtime.output import Output
from cep.runtime.shadow.beside import Shadow
from cep.runtime.shard import Shard
from cep.runtime.silence import Silence
from cep.runtime.source import Chunk
from cep.runtime.watermark import BEGINNING

_WAIT = 0.1
"""Seconds to wait for live feeds before looking at the clock again."""
_ARRIVAL_STEP = 50_000
"""Microseconds of wall clock between two steps of `time arrival`."""


class Ending(Enum):
    """Why a run is over."""

    COMPLETE = "complete"
    """Every input was read to its end."""
    STOPPED = "stopped"
    """It was asked to stop; open deadlines have not fired."""


class Outputs(Protocol):
    """Where everything goes that a shard brings about."""

    def take(self, output: Output) -> None:
        """Write out one call's output. Raises the connector's own exceptions."""


class Keeper(Protocol):
    """Keeps what a restart needs. Called between pieces, when all that came of them has been handed to the outputs."""

    def pause(self) -> None:
        """Write the state if it is time to."""

    def end(self) -> None:
        """Write the state: nothing more is read. An end of time may follow."""


class Edits(Protocol):
    """Takes other rules into a run. Called between pieces, once all that came of them is with the outputs."""

    def between(self, shard: Shard) -> Shard:
        """The shard to go on with: the one that ran, or another in its state."""


class Driver:
    """Runs a shard over feeds until all have ended or `stop` says so.

    `tick` is called between pieces, for progress. `open_end`: the end of the inputs is not the end of time, so that
    deadlines after it stay open. `keeper` writes the state, last before the end of time. `edits` changes the rules.
    `shadow` is given what the shard is given.
    """

    def __init__(
        self,
        shard: Shard,
        feeds: Sequence[Feed],
        outputs: Outputs,
        *,
        stop: Callable[[], bool] = lambda: False,
        tick: Callable[[], None] = lambda: None,
        open_end: bool = False,
        clock: Callable[[], int] = SYSTEM_CLOCK.wall,
        keeper: Keeper | None = None,
        edits: Edits | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        self._shard = shard
        self._feeds = list(feeds)
        self._alone = len(self._feeds) == 1
        self._outputs = outputs
        self._stop = stop
        self._tick = tick
        self._open_end = open_end
        self._clock = clock
        self._keeper = keeper
        self._edits = edits
        self._shadow = shadow or Shadow()
        self._by_arrival = _by_arrival(shard)
        self._arrived = BEGINNING
        self._silence = Silence(shard, [feed.source for feed in feeds if feed.live], clock())

    @property
    def shard(self) -> Shard:
        """The shard that runs now."""
        return self._shard

    def run(self) -> Ending:
        """Read everything. What a feed or an output raises comes through; what was read before was handed on.

        A broken feed ends the run without an end of time, since what it did not bring may have met any deadline.
        """
        while self._feeds:
            if self._stop():
                return self._left(Ending.STOPPED)
            if self._edits is not None:
                self._go_on_with(self._edits.between(self._shard))
            feed = self._next()
            if feed is None:
                self._wait()
            else:
                self._read(feed)
            self._tick()
            if self._keeper is not None:
                self._keeper.pause()
        if self._stop():
            return self._left(Ending.STOPPED)
        self._left(Ending.COMPLETE)
        if not self._open_end:
            output = self._shard.finish()
            output.shadow = self._shadow.finish()
            self._outputs.take(output)
        return Ending.COMPLETE

    def _hand_on(self, output: Output, chunks: Sequence[Chunk] = ()) -> None:
        """What the shard has made of chunks or steps, and what its shadow makes of them."""
        output.shadow = self._shadow.follow(chunks, output.steps)
        self._outputs.take(output)

    def _left(self, ending: Ending) -> Ending:
        """Nothing more is read."""
        if self._keeper is not None:
            self._keeper.end()
        return ending

    def _go_on_with(self, shard: Shard) -> None:
        if shard is not self._shard:
            self._shard = shard
            self._by_arrival = _by_arrival(shard)
            self._silence.watch(shard)

    def _next(self) -> Feed | None:
        """The feed to read now; None if all are live and silent."""
        ready = [feed for feed in self._feeds if not feed.live]
        waiting = [feed for feed in self._feeds if feed.live and not self._has_records(feed)]
        ready += [feed for feed in self._feeds if feed.live and feed not in waiting]
        if waiting and ready:
            self._take_silence()
        return furthest_behind(self._shard, ready) if ready else None

    def _has_records(self, feed: Feed) -> bool:
        ready = feed.ready(0)
        if ready:
            self._silence.heard(feed.source, self._clock())
        return ready

    def _take_silence(self) -> None:
        for output in self._silence.outputs(self._clock()):
            self._hand_on(output)

    def _read(self, feed: Feed) -> None:
        try:
            piece = feed.read()
        except FeedBroken:
            if self._alone:
                # Nothing else can precede the events held back, so that all that was readable counts.
                self._hand_on(self._shard.end_source(feed.source))
            raise
        if piece is None:
            self._feeds.remove(feed)
            self._silence.ended(feed.source)
            feed.close()
            self._hand_on(self._shard.end_source(feed.source))
            return
        self._push(piece)

    def _push(self, piece: Piece) -> None:
        if self._by_arrival:
            self._follow_arrival()
            for chunk in piece.chunks:
                chunk.arrived = self._arrived
        self._hand_on(pushed(self._shard, piece), piece.chunks)

    def _wait(self) -> None:
        """All feeds are live and silent: see what time alone brings about, then wait a moment for one of them."""
        self._take_silence()
        if self._by_arrival:
            self._follow_arrival()
        self._feeds[0].ready(_WAIT / len(self._feeds))

    def _follow_arrival(self) -> None:
        now = max(self._clock(), self._arrived)
        if now >= self._arrived + _ARRIVAL_STEP or self._arrived == BEGINNING:
            self._arrived = now
            self._hand_on(self._shard.advance(now, "arrival"))


def furthest_behind(shard: Shard, feeds: Sequence[Feed]) -> Feed:
    """The feed whose source has come least far: by the least watermark of its partitions, the first of several."""
    if len(feeds) == 1:
        return feeds[0]
    marks: dict[str, int] = {}
    for partition in shard.partitions.values():
        reached = min((clock.watermark for clock in partition.clocks.values()), default=BEGINNING)
        name = partition.source.name
        marks[name] = min(marks.get(name, reached), reached)
    return min(feeds, key=lambda feed: marks.get(feed.source, BEGINNING))


def pushed(shard: Shard, piece: Piece) -> Output:
    """What a piece of input brings about."""
    output = shard.push(piece.chunks) if piece.chunks else Output()
    output.dead_letters += [
        DeadLetter(of.source, of.source, 0, of.offset, of.reason, of.raw) for of in piece.unreadable
    ]
    shard.stats.dead_letters += len(piece.unreadable)
    return output


def _by_arrival(shard: Shard) -> bool:
    """Whether there are rules that follow the wall clock."""
    return any(lane.plan.kind == "arrival" for lane in shard.lanes)
