"""What it costs that a rule has another key than the records: CPU of an event that goes to the home of its key.

Shards in one process, with a commit for each 10,000 events a partition: what Kafka's clients take for the parcels
is not among the figures. `direct` is the same rule where the records have its key.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from functools import partial
from time import process_time

from benchmarks.suites import Case, Figures
from cep.connectors.job.model import Job, KafkaPart, TopicSource, Written
from cep.connectors.kafka.pieces import Cutter
from cep.connectors.kafka.repartition.division import divided
from cep.connectors.kafka.repartition.home_run import HomeRun
from cep.connectors.kafka.repartition.parcels import parcels, read_parcel
from cep.connectors.kafka.shard_run import new_shard
from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.homecoming import carry
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire

RULE = """\
event Pay { card: string  shop: string  total: decimal  country: string  at: timestamp } time at lateness 5s
rule twice { match by KEY within 1m  first: Pay where total > 990.00 then second: Pay where total > first.total }
"""
PARTITIONS, BATCH = 4, 10_000
MOST_EVENTS = 1_000_000


def batches(count: int) -> list[list[bytes]]:
    """Payments, in batches."""
    chance = random.Random(1)
    rows = (
        {
            "card": f"c{chance.randrange(50_000)}",
            "shop": f"s{chance.randrange(5_000)}",
            "total": f"{chance.randrange(100_000) / 100:.2f}",
            "country": "NL",
            "at": 1_700_000_000_000 + n,
        }
        for n in range(count)
    )
    raws = [json.dumps(row).encode() for row in rows]
    return [raws[first : first + BATCH] for first in range(0, count, BATCH)]


def division(key: str) -> tuple[list[Shard], list[HomeRun]]:
    """The shards of the sources, and those of the group if there is one."""
    rules = load_text(RULE.replace("KEY", key))
    source = TopicSource("Pay", "pay", "Pay", key=(Written("card"),))
    job = Job("bench", (), (), kafka=KafkaPart(sources=(source,)))
    found = divided(job, wire(rules, [Source("Pay", ("Pay",), None)]), {"Pay": PARTITIONS}, "bench", 1_000_000)
    shards = [new_shard(found.direct, Values(), [("pay", n)], {"pay": "Pay"}) for n in range(PARTITIONS)]
    for shard in shards:
        for outlet in shard.outlets:
            for partition in shard.partitions.values():
                outlet.begin(partition)
    homes = [HomeRun(n, group, n, Values(), Cutter(900_000, {})) for group in found.groups for n in range(PARTITIONS)]
    return shards, homes


def measured(key: str, scale: float) -> Figures:
    """Microseconds an event: read and matched where it is read, packed to leave, taken at the home."""
    found = batches(max(10 * BATCH, int(MOST_EVENTS * scale)))
    shards, homes = division(key)
    spent = {"read": 0.0, "leave": 0.0, "arrive": 0.0}
    alerts = size = parcel_count = 0
    for index, raws in enumerate(found):
        shard = shards[index % PARTITIONS]
        begun = process_time()
        offset = index // PARTITIONS * BATCH
        out = shard.push([Chunk("Pay", "pay", index % PARTITIONS, range(offset, offset + len(raws)), raws)])
        alerts += out.alerts.number
        read = process_time()
        packed = list(parcels([shard]))
        left = process_time()
        alerts += sum(taken(homes, packed))
        spent["arrive"] += process_time() - left
        spent["leave"] += left - read
        spent["read"] += read - begun
        size += sum(len(parcel) for _, _, parcel in packed)
        parcel_count += len(packed)
    count = sum(map(len, found))
    figures = {f"{stage}_us": seconds / count * 1e6 for stage, seconds in spent.items()}
    return {
        **figures,
        "total_us": sum(figures.values()),
        "bytes_an_event": size / count,
        "events_a_parcel": count / parcel_count if parcel_count else 0.0,
        "alerts": float(alerts),
    }


def taken(homes: list[HomeRun], packed: Iterable[tuple[str, int, bytes]]) -> Iterable[int]:
    """How many alerts each parcel brings about."""
    for _, number, parcel in packed:
        yield carry(homes[number].shard, read_parcel(parcel)).alerts.number


CASES: dict[str, Case] = {"direct": partial(measured, "card"), "carried": partial(measured, "shop")}
