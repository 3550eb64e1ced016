"""Jobs over topics whose records are not plain JSON objects."""

from __future__ import annotations

import base64

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
