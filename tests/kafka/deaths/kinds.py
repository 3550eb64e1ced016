"""How workers die, each kind brought about in a job under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.kafka.deaths.scene import Scene
from tests.kafka.deaths.watched import points

Kind = Callable[[Scene], bool]
"""Brings a death about; whether it came to it."""

_NUMBERS: Mapping[str, int] = {"alert": 100, "changelog": 200, "flush": 10, "send_offsets": 10, "commit": 10}
"""At which time a call is died at, at most."""
_TRIES, _SETTLED = 3, 6.0
"""How often a worker is made to give partitions away, and seconds until it has."""
_MOMENT = 0.5
"""Seconds after a worker has joined or left, within which another one dies."""


def at_point(point: str, scene: Scene) -> bool:
    """At a call, of one worker among others or alone."""
    victim = scene.victim()
    if scene.chance.random() < 0.5:
        scene.company(1, victim)
    call = point.rpartition(" ")[0]
    scene.workers.start(victim, point, scene.chance.randint(1, _NUMBERS.get(call, 1)))
    return _has_died(scene, victim)


def when_revoked(point: str, scene: Scene) -> bool:
    """While a share of the partitions is taken from a worker, since another one joins."""
    victim = scene.victim()
    scene.workers.leave(*scene.alive())
    scene.workers.start(victim, point)
    scene.until(lambda: scene.workers.has(victim, "commit"))
    for _ in range(_TRIES):
        others = scene.company(1, victim)
        if scene.until(lambda: scene.workers.died(victim), _SETTLED):
            return True
        # with nothing to commit, the partitions went without a commit
        scene.workers.leave(*others)
        scene.go_on(_SETTLED)
    return _has_died(scene, victim)


def when_assigned(point: str, scene: Scene) -> bool:
    """While a worker is given partitions: as it joins, or since another one has left."""
    victim = scene.victim()
    others = scene.company(1, victim)
    if scene.chance.random() < 0.5:
        scene.workers.start(victim, point)
    else:
        scene.workers.start(victim, point, 2)
        scene.until(lambda: scene.workers.has(victim, "commit"))
        scene.workers.leave(*others)
    return _has_died(scene, victim)


def at_random(scene: Scene) -> bool:
    """At any moment of a worker that has committed."""
    victim = scene.chance.choice(scene.company(scene.chance.randint(1, 2)))
    scene.go_on(scene.chance.uniform(0.0, 1.0))
    return scene.workers.kill(victim)


def as_one_joins(scene: Scene) -> bool:
    """While another worker joins, or the one that does."""
    newcomer = scene.victim()
    others = scene.company(1, newcomer)
    scene.workers.start(newcomer)
    scene.until(lambda: scene.workers.has(newcomer, "init_transactions"))
    scene.go_on(scene.chance.uniform(0.0, _MOMENT))
    return scene.workers.kill(scene.chance.choice([newcomer, *others]))


def as_one_leaves(scene: Scene) -> bool:
    """While another worker leaves, or the one that does."""
    first, second = scene.company(2)[:2]
    scene.workers.ask_to_leave(first)
    scene.go_on(scene.chance.uniform(0.0, _MOMENT))
    killed = scene.workers.kill(second)
    scene.until(lambda: first not in scene.alive())
    return killed


def as_a_zombie(scene: Scene) -> bool:
    """Not at all: it stands still for longer than its session, others take its share, and it goes on."""
    victim, *_ = scene.company(2)
    scene.workers.freeze(victim)
    scene.go_on(scene.pause)
    scene.workers.thaw(victim)
    scene.go_on(2.0)
    return True


def with_the_broker(scene: Scene) -> bool:
    """None of them, but the broker, which is started again over its data."""
    assert scene.broker is not None
    scene.company(scene.chance.randint(1, 2))
    scene.go_on(scene.chance.uniform(0.0, 1.0))
    scene.broker.kill()
    scene.broker.start()
    scene.go_on(2.0)
    return True


def _has_died(scene: Scene, victim: str) -> bool:
    """Wait until it comes to its point. One that does not is ended."""
    if scene.until(lambda: scene.workers.died(victim)):
        return True
    scene.workers.kill(victim)
    return False


_AT = {"revoked": when_revoked, "assigned": when_assigned}
"""How a point inside a rebalance is come to, by the first word of its name."""


def kinds(guarantee: str) -> dict[str, Kind]:
    """All kinds by name."""
    found: dict[str, Kind] = {}
    for point in points(guarantee):
        found[point] = partial(_AT.get(point.split("/")[0].split(" ")[0], at_point), point)
    return {
        **found,
        "random": at_random,
        "join": as_one_joins,
        "leave": as_one_leaves,
        "zombie": as_a_zombie,
        "broker": with_the_broker,
    }


def is_in_a_rebalance(kind: str) -> bool:
    """Whether it happens while partitions change hands."""
    return kind in ("join", "leave") or kind.startswith(("revoked", "assigned"))


def is_a_death(kind: str) -> bool:
    """Whether a worker is killed."""
    return kind not in ("zombie", "broker")
