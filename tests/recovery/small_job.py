"""A job in memory, small enough to be run thousands of times: real feeds, shard, driver, outputs and snapshots; only
the disk and the clock are simulated."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cep.connectors.compression import ByteStream
from cep.connectors.job.model import FileSink, Job
from cep.connectors.lines import LineSplitter
from cep.connectors.outputs import JobOutputs
from cep.connectors.text_feed import TextFeed
from cep.language.load import load_text
from cep.runtime.driver import Driver
from cep.runtime.feed import ReplayableFeed
from cep.runtime.recovery import Identity, Recovery
from cep.runtime.shard import Shard
from cep.runtime.snapshot_header import Header
from cep.runtime.snapshot_store import SnapshotStore
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_disk import SimulatedDisk

RULES = """\
event Order { order: string  shop: string  total: int  at: timestamp } time at lateness 10s
event Shipped { order: string  at: timestamp } time at lateness 5s
rule not_shipped {
  match by order
    o: Order where total > 40
    without Shipped within 1m
  emit { order, total: o.total }
}
rule rising {
  match by shop within 10m
    a: Order
    then b: Order where total > a.total
    then c: Order where total > b.total
  emit { shop, totals: [a.total, b.total, c.total] }
  suppress for 1m
}
rule busy { mode shadow  match by shop  many: Order having count() >= 4 within 2m }
"""
OUT = Path("/out")
STATE = Path("/state")
KINDS = ("alerts", "shadow", "late", "dead_letters")
JOB = Job("small", (), (), **{kind: FileSink(OUT / kind) for kind in KINDS}, evidence="ids")  # type: ignore[arg-type]
START = 1_700_000_000_000


def orders(chance: random.Random, count: int) -> bytes:
    """Orders out of order, some late, some broken."""
    lines = []
    for n in range(count):
        second = 5 * n - chance.randrange(15) - (60 if chance.random() < 0.08 else 0)
        row = {"type": "Order", "order": f"o{n}", "shop": f"s{chance.randrange(3)}", "total": chance.randrange(80)}
        lines.append(json.dumps({**row, "at": START + second * 1000}) if chance.random() > 0.05 else "broken")
    return "\n".join(lines).encode()


def shipments(chance: random.Random, count: int) -> bytes:
    """Shipments of some of the orders."""
    rows = [(5 * n + chance.randrange(100), n) for n in range(count) if chance.random() < 0.6]
    lines = [
        json.dumps({"type": "Shipped", "order": f"o{n}", "at": START + at * 1000}) + "\n" for at, n in sorted(rows)
    ]
    return "".join(lines).encode()


class RecordingStore(SnapshotStore):
    """Notes the snapshots that were said to be safe."""

    safe: list[int]

    def write(self, header: Header, parts: dict[bytes, bytes]) -> None:
        """Write one, and note it."""
        super().write(header, parts)
        self.safe.append(header.sequence)


@dataclass
class SmallJob:
    """One job over two inputs. `every`: simulated seconds between snapshots; `piece`: bytes read at a time. `length`:
    steps of an undisturbed run."""

    inputs: dict[str, bytes]
    every: float = 0.0
    piece: int = 400
    recovery: type[Recovery] = Recovery
    store: type[RecordingStore] = RecordingStore
    rules: str = RULES
    said: list[str] = field(default_factory=list)
    safe: list[int] = field(default_factory=list)
    length: int = 0

    @classmethod
    def drawn(cls, seed: int, count: int, every: float = 0.0, piece: int = 400) -> SmallJob:
        """A job over inputs drawn from a seed."""
        chance = random.Random(seed)
        job = cls({"orders": orders(chance, count), "shipments": shipments(chance, count)}, every, piece)
        assert job.expected["alerts"]
        return job

    @cached_property
    def wiring(self) -> Wiring:
        """The rules over the inputs, planned once."""
        return wire(load_text(self.rules), [Source(name, ("Order", "Shipped")) for name in self.inputs])

    @cached_property
    def expected(self) -> dict[str, bytes]:
        """The outputs of an undisturbed run."""
        disk = SimulatedDisk()
        self.run(disk)
        self.length = len(disk.steps)
        return outputs(disk.files())

    def run(self, disk: SimulatedDisk, *, from_start: bool = False) -> Recovery:
        """Begin or go on, and come to the end. Raises what befalls the disk."""
        self.safe = []
        self.said = []
        shard = Shard(self.wiring)
        feeds: dict[str, ReplayableFeed] = {name: self.feed(name) for name in self.inputs}
        store = self.store(STATE, "all", disk, self.said.append)
        store.safe = self.safe
        lock = store.open()
        assert lock is not None
        outs = JobOutputs(JOB, disk)
        recovery = self.recovery(
            store, shard, feeds, outs, Identity(JOB.name), self.every, clock=disk.clock, warn=self.said.append
        )
        recovery.begin(from_start=from_start)
        Driver(shard, list(feeds.values()), outs, clock=disk.clock.wall, keeper=recovery).run()
        outs.sync()
        return recovery

    def feed(self, name: str) -> TextFeed:
        """An input that is read a little at a time."""
        data = io.BytesIO(self.inputs[name])
        stream = ByteStream(name, data, lambda: data.read(self.piece))
        return TextFeed(name, stream, LineSplitter(), None, (1, 1))


def outputs(files: dict[Path, bytes]) -> dict[str, bytes]:
    """What the outputs hold."""
    return {kind: files.get(OUT / kind, b"") for kind in KINDS}
