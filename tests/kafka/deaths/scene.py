"""One job under way: its records trickle in while workers live and die."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.kafka.broker.server import Broker
from tests.kafka.deaths.cluster import Cluster
from tests.kafka.deaths.feed import Feed
from tests.kafka.deaths.workers import Workers, is_ousted

NAMES = ("a", "b", "c")
PATIENCE = 40.0
"""Seconds after which a worker that has not come to its point is given up."""
_PORTION, _BREATH = 10, 0.05
_TRIES = 5
"""How often workers are started in the place of those that ended."""


@dataclass
class Scene:
    """What those that bring deaths about need. `pause`: seconds for which a zombie stands still. `broker`: one that
    may be killed."""

    chance: random.Random
    feed: Feed
    cluster: Cluster
    workers: Workers
    pause: float
    broker: Broker | None = None
    events: int = 0
    ousted: int = 0
    wrong: list[str] = field(default_factory=list)

    def write(self, count: int) -> None:
        """Write the next records."""
        self.cluster.write(self.feed.events(count))
        self.events += count

    def go_on(self, seconds: float) -> None:
        """Let time pass while records come in."""
        self.until(lambda: False, seconds)

    def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Let records come in until something is so; whether it is."""
        end = time.monotonic() + seconds
        while not reached():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.write(_PORTION)
            time.sleep(min(_BREATH, left))
        return True

    def victim(self) -> str:
        """A worker that does not run: one that is dead, or one that has just been asked to leave."""
        alive = self.alive()
        dead = [name for name in NAMES if name not in alive]
        if dead:
            return self.chance.choice(dead)
        name = self.chance.choice(NAMES)
        self.workers.leave(name)
        return name

    def alive(self) -> list[str]:
        """The workers that run. One that ended by itself is a fault, but for those that were ousted."""
        alive = self.workers.alive()
        self.wrong += [end for end in self.workers.ends if not is_ousted(end)]
        self.ousted += sum(map(is_ousted, self.workers.ends))
        self.workers.ends.clear()
        return alive

    def company(self, least: int, *but: str) -> list[str]:
        """So many workers or more that run and have committed, besides those."""
        others = [name for name in NAMES if name not in but]
        self.chance.shuffle(others)
        for _ in range(_TRIES):
            running = [name for name in others if name in self.alive()]
            wanted = list(dict.fromkeys([*running, *others]))[:least]
            for name in wanted:
                if name not in self.alive():
                    self.workers.start(name)
            self.until(partial(self._have_committed, wanted))
            alive = [name for name in others if name in self.alive()]
            if len(alive) >= least:
                return alive
        raise AssertionError(f"no {least} workers go on")

    def _have_committed(self, names: list[str]) -> bool:
        return all(self.workers.has(name, "commit") for name in names)
