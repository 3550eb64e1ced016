"""Steps taken by the clock are recorded, and a replay that cuts its input otherwise gives the same alerts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.changeover.live import change_over
from cep.runtime.driver import Driver
from cep.runtime.feed import Piece
from cep.runtime.output import Output, Step
from cep.runtime.points.entries import Point, Taken, read_points
from cep.runtime.points.log import PointLog
from cep.runtime.points.replay import InputsDiffer, Replay
from cep.runtime.points.version import RulesVersion
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire
from cep.testing.simulated_disk import SimulatedDisk
from tests.runtime.test_driver import ARRIVAL, RULES, SECOND, Clock, Collected, FakeFeed, record

LOG = Path("/state/all.points")
LATER = RULES.replace("within 1m", "within 90s").replace("within 1h", "within 2m")


def shard(text: str, *names: str) -> Shard:
    """A shard over a source for each event type."""
    return Shard(wire(load_text(text), [Source(name, (name,), None) for name in names]), Values())


class Whole:
    """A feed of all records of a source, in pieces of drawn sizes."""

    live = False

    def __init__(self, source: str, raws: list[bytes], chance: random.Random) -> None:
        self.source = source
        self._raws = raws
        self._chance = chance
        self._done = 0

    def read(self) -> Piece | None:
        """The next piece."""
        raws = self._raws[self._done : self._done + self._chance.randint(1, 4)]
        if not raws:
            return None
        first = self._done + 1
        self._done += len(raws)
        return Piece([Chunk(self.source, self.source, 0, range(first, first + len(raws)), raws)])

    def ready(self, timeout: float) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""


class Recorded(Collected):
    """Outputs whose steps are written to a file, and where one of the rule sets was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = SimulatedDisk()
        self.log = PointLog(LOG, self.disk)

    def take(self, output: Output) -> None:
        """Keep it, and its steps."""
        super().take(output)
        for step in output.steps:
            self.log.step(step, {})

    def points(self) -> list[Point]:
        """What can be read again."""
        return list(read_points(self.disk.files()[LOG]))


class EditAt:
    """Other rules once so many pieces have been read."""

    def __init__(self, after: int, text: str, outputs: Recorded) -> None:
        self.after = after
        self.text = text
        self.outputs = outputs

    def between(self, of: Shard) -> Shard:
        """The shard to go on with."""
        self.after -= 1
        if self.after:
            return of
        rules = load_text(self.text)
        taken = Taken(RulesVersion.of(rules, Values()), "job", {}, of.positions())
        self.outputs.log.take(taken, {})
        return changed(of, taken)


def changed(of: Shard, taken: Taken) -> Shard:
    """The shard under the rules of a point."""
    return change_over(of, wire(taken.version.rules(), list(of.wiring.sources.values())), Values())[0]


def per_key(outputs: Collected) -> dict[tuple[str, bytes], list[bytes]]:
    """Alerts as bytes, in order per rule and key."""
    found: dict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for alert in outputs.all.alerts:
        found[alert.rule, alert.key_json()].append(alert.json())
    return found


def scripts(chance: random.Random, arrival: bool) -> dict[str, list[bytes | int]]:
    """What live sources say, and how long they are silent."""
    found: dict[str, list[bytes | int]] = {}
    for name in ("Order",) if arrival else ("Order", "Ship"):
        second = 0
        script: list[bytes | int] = []
        for _ in range(25):
            second += chance.choice([0, 1, 3, 8, 40])
            said = record(max(0, second - chance.randrange(3)))
            script.append(said.replace(b'"k"', b'"%c"' % chance.choice(b"abc")))
            if chance.random() < 0.4:
                script.append(chance.choice([1, 5, 15, 80]))
        found[name] = script
    return found


def told(script: Iterable[bytes | int]) -> list[bytes]:
    return [each for each in script if isinstance(each, bytes)]


@pytest.mark.parametrize("seed", range(60))
def test_live_sources_are_replayed(seed: int) -> None:
    chance = random.Random(seed)
    arrival = seed % 3 == 0
    text = ARRIVAL if arrival else RULES
    later = text.replace("within 1m", "within 2m") if arrival else LATER
    said = scripts(chance, arrival)
    clock, outputs = Clock(), Recorded()
    feeds = [FakeFeed(name, list(script), clock) for name, script in said.items()]
    edits = EditAt(chance.randrange(1, 40), later, outputs)
    Driver(shard(text, *said), feeds, outputs, clock=clock, edits=edits, open_end=seed % 2 == 0).run()
    points = outputs.points()
    assert {of.kind for of in points if isinstance(of, Step)} >= {"end", "advance" if arrival else "idle"}
    for _ in range(3):
        found = Collected()
        whole = [Whole(name, told(script), chance) for name, script in said.items()]
        Replay(shard(text, *said), whole, found, points, changed, open_end=seed % 2 == 0).run()
        assert per_key(found) == per_key(outputs)
        assert len(found.all.late) == len(outputs.all.late)
    assert per_key(outputs) or arrival


def test_without_its_steps_a_replay_would_differ() -> None:
    """The test above can fail."""
    different = 0
    for seed in range(1, 20):
        chance = random.Random(seed)
        said = scripts(chance, False)
        clock, outputs = Clock(), Recorded()
        Driver(shard(RULES, *said), [FakeFeed(n, list(s), clock) for n, s in said.items()], outputs, clock=clock).run()
        found = Collected()
        whole = [Whole(name, told(script), chance) for name, script in said.items()]
        Replay(shard(RULES, *said), whole, found, [], changed).run()
        different += per_key(found) != per_key(outputs)
    assert different > 3


def test_inputs_that_end_before_a_point() -> None:
    step = Step("idle", (("Order", 0, 30), ("Ship", 0, 0)), "Order", 0, SECOND)
    whole = [Whole(name, [record(n) for n in range(20)], random.Random(1)) for name in ("Order", "Ship")]
    with pytest.raises(InputsDiffer, match="Order/0 was read up to 30 when the points were recorded, and ends at 21"):
        Replay(shard(RULES, "Order", "Ship"), whole, Collected(), [step], changed).run()


def test_a_log_that_is_cut_says_everything_again() -> None:
    disk = SimulatedDisk()
    log = PointLog(LOG, disk)
    version = RulesVersion.of(load_text(RULES), Values())
    points: list[Point] = [
        Taken(version, "job", {}, (("Order", 0, 0), ("Ship", 0, 0))),
        Step("idle", (("Order", 0, 4), ("Ship", 0, 0)), "Ship", 0, SECOND),
        Step("end", (("Order", 0, 9), ("Ship", 0, 2)), source="Order"),
    ]
    sizes = [0]
    for point in points:
        log.take(point, {}) if isinstance(point, Taken) else log.step(point, {})
        sizes.append(log.size)
    log.cut(sizes[2])
    log.step(Step("end", (("Order", 0, 5), ("Ship", 0, 2)), source="Ship"), {})
    again = PointLog(LOG, disk)
    again.take(Taken(version, "job", {}, (("Order", 0, 5), ("Ship", 0, 2))), {})
    first, second, third, fourth = read_points(disk.files()[LOG])
    assert isinstance(first, Taken) and (first.version.mark, first.positions) == (version.mark, points[0].positions)
    assert [rule.name for rule in first.version.rules().rules] == ["unshipped", "shipped"]
    assert (second, third) == (points[1], Step("end", (("Order", 0, 5), ("Ship", 0, 2)), source="Ship"))
    assert isinstance(fourth, Taken) and fourth.positions == third.positions
