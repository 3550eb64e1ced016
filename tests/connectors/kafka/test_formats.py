"""Jobs over topics whose records are not plain JSON objects."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

from confluent_kafka.schema_registry.avro import AvroSerializer

from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.formats.support import VALUE, client
from tests.connectors.kafka.topic_job import TopicJob

RULES = """\
event Order { card: string  total: decimal  at: timestamp } time at
event Login { card: string  at: timestamp } time at
rule big { match by card within 1h  l: Login then o: Order where total > 60  emit { card, total: o.total } }
"""
KAFKA = "kafka: {bootstrap.servers: simulated}\n"


def test_rows_of_csv() -> None:
    job = TopicJob(
        RULES,
        KAFKA
        + 'sources: {Order: {topic: o, format: csv, columns: [card, total, at], delimiter: ";"}, Login: {topic: l}}\n',
    )
    job.write("l", b'{"card":"0042","at":1700000000000}')
    job.write("l", b'{"card":"other","at":1700000009000}')
    job.write("o", b"0042;600.00;1700000001000")
    job.write("o", b"0042;600.00")
    job.write("o", b"0042;many;1700000001000")
    job.write("o", b"")
    job.write("o", b"other;1;1700000009000")
    found = job.run()
    (alert,) = found["alerts"]
    assert alert["fields"] == {"card": "0042", "total": 600.00}
    assert alert["events"][1]["data"] == {"card": "0042", "total": 600.00, "at": 1700000001000}
    assert [(dead["place"], dead["dead_letter"], dead["raw"]) for dead in found["dead_letters"]] == [
        ("o/0/1", "row has 2 cells, the source 3 columns", "0042;600.00"),
        ("o/0/2", "field `total`: expected a number or numeric text, got other text", "0042;many;1700000001000"),
        ("o/0/3", "not valid CSV: the record is empty", ""),
    ]


def test_types_told_by_a_header() -> None:
    job = TopicJob(RULES, KAFKA + "sources: {all: {topic: t, type_header: kind}}\n")
    job.write("t", b'{"card":"c","at":1700000000000}', [("kind", b"Login")])
    job.write("t", b'{"card":"c","total":99.50,"at":1700000001000}', [("kind", b"Order")])
    job.write("t", b'{"card":"c","total":99.50,"at":1700000001000}', [("kind", b"Refund")])
    job.write("t", b'{"card":"c","total":"x","at":1700000001000}', [("kind", b"Order")])
    job.write("t", b'{"card":"c"}')
    job.write("t", None, [("kind", b"Order")])
    found = job.run()
    (alert,) = found["alerts"]
    assert [event["type"] for event in alert["events"]] == ["Login", "Order"]
    assert [(dead["dead_letter"], dead["raw"]) for dead in found["dead_letters"]] == [
        (
            "field `total`: expected a number or numeric text, got other text",
            '{"card":"c","total":"x","at":1700000001000}',
        ),
        ("header `kind`, which names the event type, is missing", '{"card":"c"}'),
    ]


def test_types_of_rows_told_by_a_header() -> None:
    job = TopicJob(
        RULES, KAFKA + "sources: {all: {topic: t, format: csv, columns: [card, at, total], type_header: kind}}\n"
    )
    job.write("t", b"7,1700000000000,", [("kind", b"Login")])
    job.write("t", b"7,1700000001000,99.50", [("kind", b"Order")])
    (alert,) = job.run()["alerts"]
    assert alert["key"] == {"card": "7"}


def test_redaction_withholds_records_that_are_no_json() -> None:
    job = TopicJob(
        RULES, KAFKA + "sources: {Order: {topic: o, format: csv, columns: [card, total, at]}}\nredact: [card]\n"
    )
    job.write("o", b"0042,600.00")
    (dead,) = job.run()["dead_letters"]
    assert "0042" not in str(dead)


def test_refused_records_are_dead_letters_once_though_their_worker_dies() -> None:
    job = TopicJob(
        RULES.replace("time at", "time at lateness 10s"),
        KAFKA + "guarantee: exactly_once\nsources: {Order: {topic: o, format: csv, columns: [card, total, at]}}\n",
    )
    for n in range(6):
        job.write("o", b"c,%d,%d" % (n, 1700000000000 + n * 1000) if n % 2 else b"\xff")
    process, worker = job.start("a")
    job.until(worker, lambda: job.is_done(worker))
    process.kill()
    job.write("o", b"c,1,1700000100000")
    found = job.run()
    assert [dead["place"] for dead in found["dead_letters"]] == ["o/0/0", "o/0/2", "o/0/4"]
    assert base64.b64decode(found["dead_letters"][0]["raw_base64"]) == b"\xff"


ORDER: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "namespace": "bank",
    "fields": [
        {"name": "card", "type": "string"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}
LOGIN: dict[str, Any] = {**ORDER, "name": "Login", "fields": [ORDER["fields"][0], ORDER["fields"][2]]}
AVRO = KAFKA + "schema_registry: {url: http://127.0.0.1:1}\n"
START = 1_700_000_000_000_000


def serialized(registry: LoopbackRegistry, schema: dict[str, Any], **fields: Any) -> bytes:
    raw = AvroSerializer(client(registry), json.dumps(schema))(fields, VALUE)
    assert isinstance(raw, bytes)
    return raw


def test_avro_of_several_types_in_one_topic(registry: LoopbackRegistry) -> None:
    job = TopicJob(RULES, AVRO + "sources: {all: {topic: t, format: avro, type_by: record_name}}\n", registry)
    order = serialized(registry, ORDER, card="c", total=Decimal("99.50"), at=START + 1_000_000)
    job.write("t", serialized(registry, LOGIN, card="c", at=START))
    job.write("t", order)
    job.write("t", b"\0\0\0\0\x09" + order[5:])
    job.write("t", order[:-1])
    job.write("t", None)
    job.write("t", b"")
    job.write("t", serialized(registry, {**LOGIN, "name": "Logout"}, card="c", at=START))
    found = job.run()
    (alert,) = found["alerts"]
    assert [event["type"] for event in alert["events"]] == ["Login", "Order"]
    assert alert["events"][1]["data"] == {"_type": "Order", "card": "c", "total": 99.5, "at": 1_700_000_001_000}
    assert [(dead["place"], dead["dead_letter"]) for dead in found["dead_letters"]] == [
        ("t/0/2", "the registry knows no schema 9"),
        ("t/0/3", "it ends before its record of schema 1 (`bank.Order`) does"),
        ("t/0/5", "it does not begin with a zero byte and the four bytes of a schema's number"),
    ]
    assert base64.b64decode(found["dead_letters"][1]["raw_base64"]) == order[:-1]


def test_a_registry_that_is_away_stops_its_partition_and_no_other(registry: LoopbackRegistry) -> None:
    job = TopicJob(
        RULES + "rule login { match l: Login  emit { card: l.card } }\n",
        AVRO + "sources: {Order: {topic: o, format: avro}, Login: {topic: l}}\n",
        registry,
    )
    registry.is_away = True
    job.write("l", b'{"card":"c","at":1700000000000}')
    job.write("l", b'{"card":"x","at":1700000009000}')
    for second in (1, 2, 9):
        job.write("o", serialized_before(registry, card="c", total=Decimal(99), at=START + second * 1_000_000))
    _, worker = job.start()
    job.until(worker, lambda: len(job.lines("out.alerts")) == 2)
    job.until(worker, lambda: len(job.said) > 1)
    waiting = "o/0 waits for schema 1: the schema registry answers 503: leader not known; it is asked for again"
    assert job.said[-1] == waiting
    # no time passes in a partition that stands still, though it was read to its end
    assert [json.loads(line)["rule"] for line in job.lines("out.alerts")] == ["login", "login"]
    for _ in range(400):
        worker.round()
        job.cluster.clock.advance(0.3)
    assert len(job.said) < 6
    assert job.lines("out.dead") == []
    registry.is_away = False
    job.until(worker, lambda: job.is_done(worker))
    assert job.said[-1] == "o/0 is read on"
    assert [alert["rule"] for alert in job.outputs()["alerts"]] == ["login", "login", "big"]
    worker.leave()


def serialized_before(registry: LoopbackRegistry, **fields: Any) -> bytes:
    """A record of a producer that knew its schema while the registry was there."""
    was_away, registry.is_away = registry.is_away, False
    raw = serialized(registry, ORDER, **fields)
    registry.is_away = was_away
    return raw


def test_a_worker_that_dies_while_it_waits_loses_nothing(registry: LoopbackRegistry) -> None:
    job = TopicJob(
        "event Order { card: string  total: decimal  at: timestamp } time at\n"
        "rule big { match o: Order where total > 60  emit { total: o.total } }\n",
        AVRO + "guarantee: exactly_once\nsources: {Order: {topic: o, format: avro}}\n",
        registry,
    )
    new = {**ORDER, "fields": [*ORDER["fields"], {"name": "note", "type": ["null", "string"]}]}
    for n in range(4):
        job.write("o", serialized(registry, ORDER, card="c", total=Decimal(90 + n), at=START + n))
    process, worker = job.start()
    job.until(worker, lambda: job.is_done(worker))
    job.write("o", serialized(registry, new, card="c", total=Decimal(95), at=START + 10, note="new"))
    job.write("o", serialized(registry, ORDER, card="c", total=Decimal(96), at=START + 11))
    registry.is_away = True
    for _ in range(20):
        worker.round()
        job.cluster.clock.advance(0.3)
    process.kill()
    registry.is_away = False
    found = job.run()
    assert [alert["fields"]["total"] for alert in found["alerts"]] == [90, 91, 92, 93, 95, 96]
    assert found["alerts"][4]["events"][0]["data"]["note"] == "new"
    assert found["dead_letters"] == []
