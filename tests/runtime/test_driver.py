"""The loop over feeds: which feed is read next, how it ends, and what a silent pipe brings about."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import pytest

from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.driver import Driver, Ending
from cep.runtime.feed import FeedBroken, Piece, Unreadable
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire

RULES = """
event Order { id: string  ts: timestamp } time ts lateness 1s idle 10s
event Ship { id: string  ts: timestamp } time ts lateness 1s idle 10s
rule unshipped { match by id  o: Order  without Ship within 1m }
rule shipped { match by id within 1h  o: Order  then s: Ship }
"""
ARRIVAL = """
event Order { id: string } time arrival
rule quiet { match by id  o: Order  without Order within 1m }
"""
SECOND = 1_000_000
START = 1_700_000_000 * SECOND


def record(second: int) -> bytes:
    """An event `second` seconds after the start."""
    return b'{"id":"k","ts":%d}' % (START // 1000 + second * 1000)


class Clock:
    """A wall clock that only moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class FakeFeed:
    """A feed of one-record pieces. A number in `script` is seconds of silence, which pass when it is waited for."""

    def __init__(self, source: str, script: Iterable[bytes | int | Exception], clock: Clock | None = None) -> None:
        self.source = source
        self.live = clock is not None
        self.closed = False
        self._script = deque(script)
        self._clock = clock
        self._offset = 0

    def read(self) -> Piece | None:
        """The next record."""
        if not self._script:
            return None
        step = self._script.popleft()
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, bytes)
        self._offset += 1
        if step == b"bad":
            return Piece([], [Unreadable(self.source, self._offset, step, "too long")])
        return Piece([Chunk(self.source, self.source, 0, [self._offset], [step])])

    def ready(self, timeout: float) -> bool:
        """Waiting a moment lets a second of silence pass."""
        if not (self._script and isinstance(self._script[0], int)):
            return True
        if timeout and self._clock is not None:
            self._clock.now += SECOND
            self._script[0] -= 1
            if not self._script[0]:
                self._script.popleft()
        return False

    def close(self) -> None:
        """Noted."""
        self.closed = True


class Collected:
    """Outputs kept for the test."""

    def __init__(self) -> None:
        self.all = Output()

    def take(self, output: Output) -> None:
        """Keep it."""
        self.all.add(output)

    @property
    def found(self) -> list[str]:
        """The rules of the alerts."""
        return [alert.rule for alert in self.all.alerts]


def shard(*names: str, text: str = RULES) -> Shard:
    """A shard over a source for each event type."""
    return Shard(wire(load_text(text), [Source(name, (name,), None) for name in names]), Values())


def run(
    of: Shard,
    feeds: list[FakeFeed],
    clock: Callable[[], int] = Clock(),  # noqa: B008 - never moves where it is not given
    **options: object,
) -> tuple[Ending, Collected]:
    """Drive to the end."""
    outputs = Collected()
    return Driver(of, feeds, outputs, clock=clock, **options).run(), outputs  # type: ignore[arg-type]


def test_the_feed_that_is_furthest_behind_is_read_first() -> None:
    read: list[str] = []

    class Watched(FakeFeed):
        def read(self) -> Piece | None:
            read.append(self.source)
            return super().read()

    orders = Watched("Order", [record(0), record(100), record(200)])
    ships = Watched("Ship", [record(50), record(60), record(150)])
    of = shard("Order", "Ship")
    waiting: list[int] = []
    ending, outputs = run(of, [orders, ships], tick=lambda: waiting.append(of.held()))
    assert ending is Ending.COMPLETE
    assert read == ["Order", "Ship", "Order", "Ship", "Ship", "Order", "Ship", "Order"]
    assert max(waiting) <= 3
    assert orders.closed and ships.closed
    assert outputs.found == ["shipped", "shipped", "unshipped"]


def test_a_feed_that_has_ended_no_longer_holds_the_watermark() -> None:
    of = shard("Order", "Ship")
    fired: list[int] = []
    outputs = Collected()
    feeds = [FakeFeed("Order", [record(0), record(100), record(300)]), FakeFeed("Ship", [])]
    Driver(of, feeds, outputs, tick=lambda: fired.append(len(outputs.all.alerts))).run()
    assert fired == [0, 0, 1, 2, 2]
    assert outputs.found == ["unshipped"] * 3


def test_an_open_end_leaves_deadlines_open() -> None:
    of = shard("Order", "Ship")
    ending, outputs = run(of, [FakeFeed("Order", [record(0)]), FakeFeed("Ship", [])], open_end=True)
    assert (ending, outputs.found, of.open_runs()) == (Ending.COMPLETE, [], 2)


def test_a_stop_fires_nothing() -> None:
    stops = iter([False, True])
    ending, outputs = run(shard("Order"), [FakeFeed("Order", [record(0), record(500)])], stop=lambda: next(stops))
    assert (ending, outputs.found) == (Ending.STOPPED, [])


def test_a_broken_feed_counts_as_far_as_it_goes_and_ends_no_time() -> None:
    of = shard("Order")
    outputs = Collected()
    feed = FakeFeed("Order", [record(0), record(100), FeedBroken("torn")])
    with pytest.raises(FeedBroken):
        Driver(of, [feed], outputs, clock=Clock()).run()
    assert outputs.found == ["unshipped"]
    assert of.held() == 0


def test_a_broken_feed_beside_others_releases_nothing_that_might_be_wrong() -> None:
    of = shard("Order", "Ship")
    outputs = Collected()
    feeds = [FakeFeed("Order", [record(0), record(100)]), FakeFeed("Ship", [FeedBroken("torn")])]
    with pytest.raises(FeedBroken):
        Driver(of, feeds, outputs, clock=Clock()).run()
    assert outputs.found == []


def test_what_never_became_a_record_is_a_dead_letter() -> None:
    of = shard("Order")
    _, outputs = run(of, [FakeFeed("Order", [b"bad", record(0)])])
    (dead,) = outputs.all.dead_letters
    assert (dead.place, dead.reason, dead.raw) == ("Order/0/1", "too long", b"bad")
    assert of.stats.dead_letters == 1


def test_a_silent_pipe_is_not_waited_for() -> None:
    clock = Clock()
    of = shard("Order", "Ship")
    ships = FakeFeed("Ship", [record(0), 30, record(25)], clock)
    orders = FakeFeed("Order", [record(0), record(5), 12, record(15)], clock)
    _, outputs = run(of, [orders, ships], clock)
    assert "idle" in {step.kind for step in outputs.all.steps}
    assert outputs.found.count("shipped") == 2


def test_time_goes_on_when_all_pipes_are_silent() -> None:
    clock = Clock()
    of = shard("Order", "Ship")
    feeds = [FakeFeed("Order", [record(0), 200], clock), FakeFeed("Ship", [200], clock)]
    seen: list[tuple[int, int]] = []
    outputs = Collected()
    tick = lambda: seen.append((clock.now // SECOND - START // SECOND, len(outputs.all.alerts)))  # noqa: E731
    Driver(of, feeds, outputs, clock=clock, tick=tick, open_end=True).run()
    fired = next(second for second, alerts in seen if alerts)
    # the absence is due at 60 s; the watermark is the clock less 10 s of idleness and 1 s of lateness
    assert 71 <= fired <= 73
    told = [step.watermark for step in outputs.all.steps if step.kind == "idle"]
    assert START + 60 * SECOND < max(told) <= clock.now - 11 * SECOND
    assert len(told) <= 8


def test_rules_on_arrival_time_follow_the_clock() -> None:
    clock = Clock()
    of = shard("Order", text=ARRIVAL)
    feed = FakeFeed("Order", [b'{"id":"k"}', 70, b'{"id":"k"}'], clock)
    _, outputs = run(of, [feed], clock, open_end=True)
    assert outputs.found == ["quiet"]
    assert outputs.all.alerts[0].start == START
