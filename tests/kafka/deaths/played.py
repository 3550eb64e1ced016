"""One job: from its first records over the deaths of its workers to what its outputs hold."""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cep.connectors.job.model import Guarantee
from tests.kafka.broker.server import Broker
from tests.kafka.deaths.cluster import Cluster
from tests.kafka.deaths.expected import Lines, differences, expected, missing
from tests.kafka.deaths.feed import Feed
from tests.kafka.deaths.kinds import is_a_death, is_in_a_rebalance, kinds
from tests.kafka.deaths.scene import Scene
from tests.kafka.deaths.workers import Setting, Workers

PATIENCE = 120.0
"""Seconds after which a job that has not come to its end counts as hanging."""
BASE = 3_500
"""Records before the first death: they leave more partial matches open than `OPEN`."""
OPEN = 1_000
"""Partial matches that have to be open at each death."""
_SHOWN = 10


@dataclass
class Lives:
    """What came of one job. `kinds`: how often each kind of death came about; `missed`: those that did not; `open`: the
    least number of partial matches in the committed state at a death; `doubled`: lines that came more than once;
    `ousted`: workers that ended because they were taken for older ones of their name, and were started again."""

    seed: int
    guarantee: Guarantee
    membership: str
    session: int
    commit: int
    deaths: int = 0
    rebalance: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    open: int = 0
    events: int = 0
    lines: int = 0
    doubled: int = 0
    ousted: int = 0
    wrong: list[str] = field(default_factory=list)


def played(
    folder: Path,
    servers: str,
    seed: int,
    chosen: Sequence[str],
    setting: Setting,
    *,
    pause: float,
    broker: Broker | None = None,
    patience: float = PATIENCE,
) -> Lives:
    """Bring these deaths about, one after the other, let the job come to its end, and look at its outputs."""
    folder.mkdir()
    lives = Lives(seed, setting.guarantee, setting.membership, setting.session, setting.commit)
    feed = Feed(setting.job, seed)
    cluster = Cluster(servers, setting.job, feed)
    workers = Workers(folder, servers, setting)
    scene = Scene(random.Random(seed), feed, cluster, workers, pause, broker)
    begun = time.monotonic()
    try:
        _lived(scene, lives, chosen)
        print(f"  lived for {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
        _judged(scene, lives, folder, patience)
        print(f"  judged after {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
    except AssertionError as failed:
        lives.wrong.append(str(failed))
    finally:
        workers.close()
        cluster.close()
    lives.wrong += scene.wrong
    if lives.wrong:
        lives.wrong = [*(what[:400] for what in lives.wrong[:_SHOWN]), workers.said()[-3000:]]
    return lives


def job_name(seed: int) -> str:
    """A name that no other job has."""
    return f"deaths{seed}{uuid.uuid4().hex[:6]}"


def _lived(scene: Scene, lives: Lives, chosen: Sequence[str]) -> None:
    scene.write(BASE)
    scene.workers.start("a")
    assert scene.until(lambda: scene.cluster.open_runs() >= OPEN), "the job does not begin"
    ways = kinds(lives.guarantee)
    lives.open = scene.cluster.open_runs()
    for kind in chosen:
        begun = time.monotonic()
        happened = ways[kind](scene)
        print(f"  {kind}: {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
        if not happened:
            lives.missed.append(kind)
            continue
        lives.kinds[kind] = lives.kinds.get(kind, 0) + 1
        lives.deaths += is_a_death(kind)
        lives.rebalance += is_in_a_rebalance(kind)
        lives.open = min(lives.open, scene.cluster.open_runs())
    if lives.open < OPEN:
        lives.wrong.append(f"only {lives.open} partial matches were open")


def _judged(scene: Scene, lives: Lives, folder: Path, patience: float) -> None:
    scene.cluster.write(scene.feed.closing())
    wanted = expected(folder, scene.workers.setting.job, scene.cluster.inputs())
    assert all(wanted.values()), "an output has nothing to hold: the job shows too little"
    _awaited(scene, wanted, patience)
    scene.workers.leave(*scene.alive())
    scene.alive()
    found = scene.cluster.found()
    lives.wrong += differences(wanted, found, lives.guarantee)
    lives.events, lives.ousted = scene.events, scene.ousted
    lives.lines = sum(lines.total() for lines in wanted.values())
    lives.doubled = sum((found.lines[kind] - lines).total() for kind, lines in wanted.items())


def _awaited(scene: Scene, wanted: Lines, patience: float) -> None:
    """Wait until everything is there that has to come."""
    end = time.monotonic() + patience
    while missing(wanted, scene.cluster.found()) and time.monotonic() < end:
        for name in ("a", "b"):
            if name not in scene.alive():
                scene.workers.start(name)
        time.sleep(0.5)
    if time.monotonic() >= end:
        scene.workers.tell_where()
