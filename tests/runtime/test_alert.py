"""Alerts as the language describes them: keys in order, values byte for byte, ids that never change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cep.language.types import BOOL, DECIMAL, DURATION, FLOAT, INT, STRING, TIMESTAMP, Kind, RecordField, Type
from cep.runtime.alert import Alert
from cep.runtime.render import render
from tests.runtime.support import chunk, everything, shard

EVENTS = """
event CardAuth {
  card_id: string  amount: decimal  status: enum("approved", "declined")  merchant: string  ts: timestamp
} time ts
event Check { card_id: string  ts: timestamp } time ts
"""
TESTING = (
    EVENTS
    + """
rule card_testing "Card testing, then a big purchase" {
  severity high  tags ["card", "T1078"]  version 3
  match by card_id within 1h
    probes: CardAuth{2,} where amount < 2.00
    then big: CardAuth where amount >= 500.00 and status == "approved"
  emit { card: card_id, probes: count(probes), first_probe: first(probes.ts), amount: big.amount }
}
"""
)


def auth(second: float, amount: float | str, card: str = "c1") -> dict[str, Any]:
    return {
        "type": "CardAuth",
        "card_id": card,
        "amount": amount,
        "status": "approved",
        "merchant": "m",
        "ts": round(second * 1000),
    }


def alerts(text: str, *records: dict[str, Any] | bytes) -> list[Alert]:
    return everything(shard(text), [[chunk(records)]]).alerts


def only(text: str, *records: dict[str, Any] | bytes) -> Alert:
    (alert,) = alerts(text, *records)
    return alert


def test_an_alert_byte_for_byte() -> None:
    raw = [json.dumps(auth(*args), separators=(",", ":")).encode() for args in ((1, 1.0), (2, "1.10"), (3.5, 600.0))]
    alert = only(TESTING, *raw)
    assert alert.json() == (
        b'{"alert_id":"' + alert.alert_id.encode() + b'","rule":"card_testing","version":3,"kind":"match",'
        b'"revision":1,"closed":true,"severity":"high","tags":["card","T1078"],"key":{"card_id":"c1"},'
        b'"start":"1970-01-01T00:00:01.000Z","end":"1970-01-01T00:00:03.500Z",'
        b'"fields":{"card":"c1","probes":2,"first_probe":"1970-01-01T00:00:01.000Z","amount":600.0},'
        b'"events":[{"step":"probes","type":"CardAuth","source":"events/0/1","time":"1970-01-01T00:00:01.000Z","data":'
        + raw[0]
        + b'},{"step":"probes","type":"CardAuth","source":"events/0/2","time":"1970-01-01T00:00:02.000Z","data":'
        + raw[1]
        + b'},{"step":"big","type":"CardAuth","source":"events/0/3","time":"1970-01-01T00:00:03.500Z","data":'
        + raw[2]
        + b'}],"suppressed":0}'
    )


def test_an_alert_as_an_object() -> None:
    alert = only(TESTING, auth(1, 1), auth(2, 1), auth(3, "600.50"))
    assert (alert.rule, alert.version, alert.kind, alert.severity, alert.mode) == (
        "card_testing",
        3,
        "match",
        "high",
        "live",
    )
    assert alert.tags == ("card", "T1078")
    assert alert.key == {"card_id": "c1"}
    assert alert.fields == {"card": "c1", "probes": 2, "first_probe": 1_000_000, "amount": Decimal("600.50")}
    assert (alert.start, alert.end, alert.due, alert.at) == (1_000_000, 3_000_000, None, None)
    assert (alert.revision, alert.closed, alert.suppressed) == (1, True, 0)
    assert [(event.step, event.type, event.source, event.time) for event in alert.events] == [
        ("probes", "CardAuth", "events/0/1", 1_000_000),
        ("probes", "CardAuth", "events/0/2", 2_000_000),
        ("big", "CardAuth", "events/0/3", 3_000_000),
    ]
    assert alert.events[2].data["amount"] == "600.50"
    assert alert.events[2].decoded.amount == Decimal("600.50")
    assert alert == only(TESTING, auth(1, 1), auth(2, 1), auth(3, "600.50"))
    assert alert != only(TESTING, auth(1, 1), auth(2, 1), {"type": "other"}, auth(3, "600.50"))


SHADOW = (
    EVENTS
    + """
rule r { severity low  score 7.50  owner "cards"  mode shadow  match by card_id  a: CardAuth  without Check within 5s }
"""
)


def test_mode_owner_and_score_follow_severity_and_due_follows_end() -> None:
    alert = only(SHADOW, auth(1, 1))
    assert list(json.loads(alert.json())) == [
        "alert_id", "rule", "version", "kind", "revision", "closed", "severity", "mode", "owner", "score", "tags",
        "key", "start", "end", "due", "fields", "events", "suppressed",
    ]  # fmt: skip
    assert b'"severity":"low","mode":"shadow","owner":"cards","score":7.50,"tags":[]' in alert.json()
    assert b'"due":"1970-01-01T00:00:06.000Z"' in alert.json()


def test_without_emit_the_fields_are_the_key() -> None:
    assert json.loads(only(SHADOW, auth(1, 1)).json())["fields"] == {"card_id": "c1"}


TIMEOUT = (
    EVENTS
    + """
rule r {
  match by card_id within 1m  a: CardAuth then b: Check
  on timeout at b emit { left: a.amount }
}
"""
)


def test_a_time_out_names_its_step_and_deadline() -> None:
    alert = only(TIMEOUT, auth(1, "5.00"))
    assert (alert.kind, alert.at, alert.due) == ("timeout", "b", 61_000_000)
    assert b'"kind":"timeout","at":"b","revision":1' in alert.json()
    assert b'"fields":{"left":5.00}' in alert.json()


def test_evidence_may_be_the_declared_fields_or_the_places_alone() -> None:
    alert = only(SHADOW, {**auth(1, "5.00"), "secret": "pan"})
    (event,) = json.loads(alert.json("fields"))["events"]
    assert event["data"] == {
        "card_id": "c1", "amount": 5.0, "status": "approved", "merchant": "m", "ts": "1970-01-01T00:00:01.000Z",
    }  # fmt: skip
    (event,) = json.loads(alert.json("ids"))["events"]
    assert list(event) == ["step", "type", "source", "time"]


def test_a_record_over_several_lines_stays_on_one() -> None:
    raw = json.dumps(auth(1, 1), indent=1).replace("\n", "\r\n").encode() + b"\n"
    line = only(SHADOW, raw).json()
    assert b"\n" not in line and b"\r" not in line
    assert json.loads(line)["events"][0]["data"] == auth(1, 1)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, STRING, "null"),
        ('a"\n\u2028é', STRING, '"a\\"\\n\u2028é"'),
        (-(2**63), INT, "-9223372036854775808"),
        (True, BOOL, "true"),
        (0.1, FLOAT, "0.1"),
        (1e16, FLOAT, "1e16"),
        (100.0, FLOAT, "100.0"),
        (float("inf"), FLOAT, "null"),
        (Decimal("1.50"), DECIMAL, "1.50"),
        (Decimal("1E+3"), DECIMAL, "1000"),
        (Decimal("1E-7"), DECIMAL, "0.0000001"),
        (Decimal("-0.00"), DECIMAL, "-0.00"),
        (Decimal("12345678901234567890.12345678901234567890"), DECIMAL, "12345678901234567890.12345678901234567890"),
        (Decimal("1E-999999"), DECIMAL, "1E-999999"),
        (1_500_000, DURATION, "1500"),
        (1_500, DURATION, "2"),
        (2_500, DURATION, "2"),
        (-1_499, DURATION, "-1"),
        (1_500, TIMESTAMP, '"1970-01-01T00:00:00.0015Z"'),
        ([1, None], Type(Kind.LIST, element=INT), "[1,null]"),
        ({"b": 1, "a": None}, Type(Kind.MAP, element=DURATION), '{"b":0,"a":null}'),
        (
            {"x": 1, "y": Decimal("2.0")},
            Type(Kind.RECORD, fields=(RecordField("y", DECIMAL, "y"), RecordField("x", TIMESTAMP, "x"))),
            '{"y":2.0,"x":"1970-01-01T00:00:00.000001Z"}',
        ),
    ],
)
def test_values_are_written_by_their_types(value: object, type_: Type, text: str) -> None:
    assert render(value, type_).decode() == text


# ---------------------------------------------------------------- ids


def test_ids_are_pinned() -> None:
    """A changed id breaks every consumer that upserts by it."""
    assert only(TESTING, auth(1, 1), auth(2, 1), auth(3, 600)).alert_id == "fc96c139105cdc84859457cf1e45cbdc"
    assert only(TIMEOUT, auth(1, 1)).alert_id == "a7dcb9a1840cc8b2e1c1dbfc86bc626e"


def test_ids_tell_matches_apart() -> None:
    rule = " match by card_id within 1m a: CardAuth then b: CardAuth after match skip nothing }"
    heads = ("rule r {", "rule s {", "rule r { version 2")
    records = [auth(second, 1) for second in range(5)]
    seen = [alert.alert_id for head in heads for alert in alerts(EVENTS + head + rule, *records)]
    assert len(seen) == len(set(seen)) == 12


def test_equal_keys_give_equal_ids() -> None:
    text = "event A { k: decimal ts: timestamp } time ts rule r { match by k within 1m a: A }"
    ids = {only(text, {"type": "A", "k": k, "ts": 1}).alert_id for k in ("1.0", "1.00", "1", "1e0")}
    assert len(ids) == 1


SEEDED = """
from tests.runtime.test_alert import TESTING, alerts, auth
cards = [f"c{n}" for n in range(20)]
records = [auth(t, a, c) for t, a in ((1, 1), (2, 1), (3, 600)) for c in cards]
print(b"\\n".join(alert.json() for alert in alerts(TESTING, *records)).decode())
"""


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", SEEDED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(b"\n") == 20


# ---------------------------------------------------------------- the schema that ships


SCHEMA = json.loads(files("cep.runtime").joinpath("alert.schema.json").read_text())


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (TESTING, [auth(1, 1), auth(2, 1), auth(3, 600)]),
        (SHADOW, [auth(1, 1)]),
        (TIMEOUT, [auth(1, 1)]),
        (TIMEOUT, [auth(7258118399, 1)]),
        (
            TESTING.replace("emit", "suppress for 1h by card_id emit"),
            [auth(n, a) for n, a in enumerate((1, 1, 600) * 2)],
        ),
    ],
)
def test_alerts_fit_the_schema(text: str, records: list[dict[str, Any]]) -> None:
    validator = Draft202012Validator(SCHEMA)
    found = alerts(text, *records)
    assert found
    for alert in found:
        for evidence in ("full", "fields", "ids"):
            assert not list(validator.iter_errors(json.loads(alert.json(evidence))))
        order = [name for name in SCHEMA["properties"] if name in json.loads(alert.json())]
        assert list(json.loads(alert.json())) == order


def test_the_schema_refuses_what_is_no_alert() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    good = json.loads(only(TIMEOUT, auth(1, 1)).json())
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "extra": 1})
    assert not validator.is_valid({**good, "kind": "match"})
    assert not validator.is_valid({name: value for name, value in good.items() if name != "at"})
    assert not validator.is_valid({**good, "start": "1970-01-01"})
