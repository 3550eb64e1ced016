"""However far apart the times of partitions are, little waits in memory."""

from __future__ import annotations

import pytest

from cep.connectors.export import exporter
from cep.connectors.export.bounds import EARLIEST, LATEST, ranges
from cep.connectors.export.exporter import Exporter
from cep.connectors.export.merging import Merge
from cep.connectors.kafka.retrying import Retrying
from cep.testing.simulated_kafka import SimulatedKafka
from cep.testing.simulated_kafka.clock import SECOND

RECORDS = 400
EACH = 201
"""Bytes that a record counts."""


@pytest.mark.parametrize("seed", range(5))
def test_partitions_far_apart_in_time(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "LEAST", 10 * EACH)
    monkeypatch.setattr(exporter, "PORTION", 10)
    cluster = SimulatedKafka(seed)
    cluster.create("t", 3)
    for number in range(RECORDS):
        for partition in range(3):
            cluster.write("t", b"x", None, partition, (), (1_700_000_000 + 10_000 * partition + number) * SECOND)
    consumer = cluster.process("exporter").consumer({"bootstrap.servers": "simulated", "group.id": "export"})
    places = [("t", number) for number in range(3)]
    wanted = ranges(consumer, places, EARLIEST, LATEST, Retrying(lambda: False, print))
    found, most = [], 0
    made: list[Merge] = []
    real = Merge.__init__

    def kept(self: Merge, *given: object) -> None:
        made.append(self)
        real(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Merge, "__init__", kept)
    for records in Exporter(consumer, wanted, lambda failure: None, allowed=0).records(lambda: False):
        most = max(most, sum(made[0]._sizes.values()))
        found += [record.place[1] for record in records]
    assert found == [0] * RECORDS + [1] * RECORDS + [2] * RECORDS
    # of each partition what may wait, and a portion that was under way
    assert most <= 3 * (10 + 10) * EACH
