"""Where a job without state begins in its topics."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cep.connectors.errors import ConfigurationError
from cep.connectors.kafka.topology import surveyed
from tests.connectors.kafka.topic_job import KINDS, TopicJob

RULES = """\
event Order { card: string  total: int  at: timestamp } time at
rule big { match by card  o: Order where total > 60  emit { total: o.total } }
"""
JOB = "kafka: {bootstrap.servers: simulated}\nsources: {orders: {topic: o, types: {Order: {}}, start: START}}\n"


def job(start: str) -> tuple[TopicJob, str]:
    """Five orders, a minute apart by the broker's clock; and the time of the third one."""
    made = TopicJob(RULES, JOB.replace("START", "earliest"))
    times = []
    for number in range(5):
        made.write("o", json.dumps({"card": "a", "total": 61 + number, "at": number}).encode())
        times.append(made.cluster.clock.wall())
        made.cluster.clock.advance(60)
    third = datetime.fromtimestamp(times[2] / 1e6, UTC).isoformat().replace("+00:00", "Z")
    other = TopicJob(RULES, JOB.replace("START", start.replace("THIRD", third)))
    other.cluster, other.written = made.cluster, made.written
    return other, third


def totals(of: TopicJob) -> list[int]:
    """The orders that were told of."""
    return [alert["fields"]["total"] for alert in of.run()["alerts"]]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("earliest", [61, 62, 63, 64, 65]),
        ("latest", []),
        ("THIRD", [63, 64, 65]),
        ("2100-01-01T00:00:00Z", []),
        ("{0: 3}", [64, 65]),
        ("{0: 5}", []),
        ("{}", [61, 62, 63, 64, 65]),
    ],
)
def test_it_begins_where_the_source_says(start: str, expected: list[int]) -> None:
    made, _ = job(start)
    assert totals(made) == expected
    # a start with state looks at that alone
    made.write("o", json.dumps({"card": "a", "total": 99, "at": 9}).encode())
    assert totals(made) == [*expected, 99]


def test_an_offset_that_is_not_there_ends_the_run() -> None:
    made, _ = job("{0: 6}")
    with pytest.raises(ConfigurationError) as raised:
        made.run()
    assert raised.value.code == "C0317"
    assert raised.value.message == "`start` of `orders` names offset 6 of o/0, which holds 0 to 4"


def test_a_partition_that_is_not_there_is_told_before_the_start() -> None:
    made, _ = job("{0: 1, 1: 4}")
    for topic in KINDS.values():
        assert made.cluster.topics[topic]
    with pytest.raises(ConfigurationError) as raised:
        surveyed(made.cluster.process("a").admin({}), made.job, made.wiring)
    assert raised.value.code == "C0245"
    assert raised.value.message == "`start` of `orders` names partition 1, and `o` has 1, counted from 0"
