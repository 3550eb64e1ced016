"""Alerts to a receiver that fails in every way: each at least once, those of a key in order, offsets behind them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from cep.connectors.kafka.port import Place
from cep.connectors.webhook.feeder import Feeder, Limits, ReceiverRefuses
from cep.connectors.webhook.sending import Delivered, Later, Outcome, Refused
from cep.testing.simulated_kafka import SimulatedKafka

KEYS = 5
PATIENCE = 20.0


@dataclass
class Receiver:
    """Answers as `answer` says, and remembers what it was sent."""

    answer: Callable[[str, int], Outcome] = lambda message, attempt: Delivered()
    got: list[str] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    busy: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, message: str, body: bytes) -> Outcome:
        with self.lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
            attempt = self.tried[message] = self.tried.get(message, 0) + 1
        time.sleep(0.001)
        found = self.answer(message, attempt)
        with self.lock:
            self.busy -= 1
            if isinstance(found, Delivered):
                self.got.append(message)
        return found


@dataclass
class Kept:
    """Dead alerts."""

    letters: list[tuple[Place, int, str]] = field(default_factory=list)

    def put(self, place: Place, offset: int, reason: str, value: bytes | None) -> None:
        """One."""
        self.letters.append((place, offset, reason))


@dataclass
class World:
    """A topic of alerts, and feeders of it."""

    cluster: SimulatedKafka
    receiver: Receiver = field(default_factory=Receiver)
    kept: Kept = field(default_factory=Kept)
    said: list[str] = field(default_factory=list)
    stopped: bool = False

    def write(self, count: int, first: int = 0) -> list[str]:
        """Alerts of a few keys; their ids."""
        ids = [f"{number:032d}" for number in range(first, first + count)]
        for number, alert_id in enumerate(ids, first):
            value = json.dumps({"alert_id": alert_id, "revision": 1, "n": number}).encode()
            self.cluster.write("alerts", value, b"k%d" % (number % KEYS), number % KEYS % 2)
        return ids

    def feeder(self, name: str = "a", limits: Limits = Limits(waiting=20, drain=2.0)) -> Feeder:  # noqa: B008
        """One that has joined."""
        consumer = self.cluster.process(name).consumer({"bootstrap.servers": "simulated", "group.id": "hook"})
        feeder = Feeder(
            consumer, "alerts", self.receiver, self.kept, limits, stop=lambda: self.stopped, tell=self.said.append,
            now=self.cluster.clock.elapsed, pace=0.05,
        )  # fmt: skip
        consumer.subscribe(["alerts"], feeder)
        return feeder

    def until(self, reached: Callable[[], bool], *feeders: Feeder) -> None:
        """Rounds of all until it has come so far."""
        end = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < end, self.said
            for feeder in feeders:
                feeder.round()
            self.cluster.clock.advance(0.05)
            time.sleep(0.0005)

    def committed(self) -> int:
        """How many alerts are behind the group's offsets."""
        return sum(position.offset for position in self.cluster.committed("hook").values())


@pytest.fixture
def world() -> World:
    cluster = SimulatedKafka(1)
    cluster.create("alerts", 2)
    return World(cluster)


def in_order(got: list[str]) -> bool:
    """Whether the first delivery of each alert came behind those of its key before it."""
    first = list(dict.fromkeys(got))
    by_key = [[int(each) for each in first if int(each) % KEYS == key] for key in range(KEYS)]
    return all(each == sorted(each) for each in by_key)


def test_each_is_delivered_in_the_order_of_its_key(world: World) -> None:
    world.receiver.answer = lambda message, attempt: (
        Delivered() if attempt > int(message) % 3 else Later("HTTP 503", 0.01)
    )
    ids = world.write(200)
    feeder = world.feeder()
    world.until(lambda: world.committed() == 200, feeder)
    assert sorted(world.receiver.got) == ids
    assert in_order(world.receiver.got)
    assert feeder.counts.retries > 0
    assert 1 < world.receiver.most <= KEYS


def test_a_receiver_that_is_away_stops_no_other_key_and_nothing_is_committed_over_it(world: World) -> None:
    gate = threading.Event()
    world.receiver.answer = lambda message, attempt: (
        Delivered() if gate.is_set() or int(message) != 0 else Later("no answer")
    )
    world.write(20)
    feeder = world.feeder()
    world.until(lambda: len(world.receiver.got) == 16, feeder)
    world.until(lambda: world.committed() == 8, feeder)
    for _ in range(50):
        feeder.round()
        world.cluster.clock.advance(1.0)
    assert world.committed() == 8
    assert [said.split(":")[0] for said in world.said] == [f"alert {0:032d} waits"]
    gate.set()
    world.until(lambda: world.committed() == 20, feeder)
    assert in_order(world.receiver.got) and len(world.receiver.got) == 20
    assert "was delivered, at attempt" in world.said[-1]


def test_no_more_is_read_than_may_wait(world: World) -> None:
    world.receiver.answer = lambda message, attempt: Later("HTTP 500")
    world.write(500)
    feeder = world.feeder(limits=Limits(parallel=2, waiting=20))
    for _ in range(100):
        feeder.round()
        world.cluster.clock.advance(0.05)
    assert feeder._schedule.waiting < 20 + 20
    assert world.receiver.most <= 2


def test_large_alerts_are_bounded_by_their_bytes(world: World) -> None:
    world.receiver.answer = lambda message, attempt: Delivered() if attempt > 2 else Later("HTTP 500")
    for number in range(300):
        value = json.dumps({"alert_id": f"{number:032d}", "revision": 1, "text": "x" * 1_000}).encode()
        world.cluster.write("alerts", value, b"k%d" % (number % KEYS), number % KEYS % 2)
    feeder = world.feeder(limits=Limits(bytes=10_000))
    most = 0

    def done() -> bool:
        nonlocal most
        most = max(most, feeder._schedule.bytes)
        return world.committed() == 300

    world.until(done, feeder)
    assert 10_000 < most < 10_000 + 100 * 1_100
    assert feeder._schedule.bytes == feeder._schedule.waiting == 0


def test_what_is_refused_goes_to_the_dead_letters(world: World) -> None:
    world.receiver.answer = lambda message, attempt: Refused("HTTP 422") if int(message) % 7 == 3 else Delivered()
    world.write(50)
    world.cluster.write("alerts", b"no alert", b"k", 0)
    feeder = world.feeder()
    world.until(lambda: world.committed() == 51, feeder)
    reasons = sorted(reason for _, _, reason in world.kept.letters)
    assert reasons == ["HTTP 422"] * 7 + ["it is no alert"]
    assert len(world.receiver.got) == 43


def test_a_receiver_that_refuses_everything_ends_it(world: World) -> None:
    world.receiver.answer = lambda message, attempt: Refused("HTTP 401")
    world.write(50)
    feeder = world.feeder(limits=Limits(refusals=5))
    with pytest.raises(ReceiverRefuses, match="HTTP 401"):
        world.until(lambda: False, feeder)
    assert len(world.kept.letters) == 5
    feeder.commit()
    assert world.committed() <= 5


def test_deaths_and_rebalances_lose_nothing_and_keep_the_order(world: World) -> None:
    world.receiver.answer = lambda message, attempt: Later("HTTP 500") if attempt == 1 else Delivered()
    ids = world.write(60)
    first = world.feeder("a")
    world.until(lambda: len(world.receiver.got) > 15, first)
    second = world.feeder("b")
    world.until(lambda: len(second._queues) == 1, first, second)
    ids += world.write(60, 60)
    world.until(lambda: len(set(world.receiver.got)) > 70, first, second)
    dead = next(each for each in world.cluster._processes if each.name == "a")
    dead.kill()
    world.until(lambda: world.committed() == 120, second)
    assert sorted(set(world.receiver.got)) == ids
    assert in_order(world.receiver.got)


def test_an_end_waits_for_what_is_under_way(world: World) -> None:
    slow = threading.Event()
    world.receiver.answer = lambda message, attempt: (slow.wait(PATIENCE), Delivered())[1]
    world.write(5)
    feeder = world.feeder()
    world.until(lambda: world.receiver.busy == KEYS, feeder)
    threading.Timer(0.3, slow.set).start()
    world.stopped = True
    feeder.run()
    assert len(world.receiver.got) == world.committed() == 5


def test_who_gives_a_partition_up_waits_for_its_requests(world: World) -> None:
    slow = threading.Event()

    def answer(message: str, attempt: int) -> Outcome:
        if int(message) < KEYS:
            slow.wait(PATIENCE)
        return Delivered()

    world.receiver.answer = answer
    world.write(40)
    first = world.feeder("a", Limits(drain=10.0))
    world.until(lambda: world.receiver.busy == KEYS, first)
    threading.Timer(0.3, slow.set).start()
    second = world.feeder("b")
    world.until(lambda: world.committed() == 40, first, second)
    assert len(second._queues) == 1
    assert len(world.receiver.got) == len(set(world.receiver.got)) == 40
    assert in_order(world.receiver.got)
