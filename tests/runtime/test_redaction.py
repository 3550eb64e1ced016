"""Named fields are kept out of what is written of events; all else stays as received."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cep.runtime.redaction import Redaction
from tests.runtime.support import chunk, rule_set, shard

EVENTS = """
event A {
  k: string  n: decimal  ip: string from "client.ip"  who: { name: string  age: int }  s: enum("p", "q")?  ts: timestamp
} time ts
"""
RULE = EVENTS + "rule r { match by k within 1m  a: A then b: A where n > a.n }"
RECORD = {
    "type": "A", "k": "x", "n": 1, "client": {"ip": "10.0.0.1", "port": 5}, "who": {"name": "jo", "age": 3}, "ts": 0,
}  # fmt: skip


def redaction(*names: str) -> Redaction:
    return Redaction.of(rule_set(RULE).events, [("A", name) for name in names])


def written(of: Redaction, record: dict[str, Any]) -> Any:
    return json.loads(of.record("A", json.dumps(record).encode()))


def test_a_field_by_its_name_or_path_in_the_record() -> None:
    found = written(redaction("ip", "n"), RECORD)
    assert found == {**RECORD, "n": "***", "client": {"ip": "***", "port": 5}}
    assert written(redaction("ip"), {**RECORD, "client.ip": "10.0.0.2"})["client.ip"] == "***"
    assert written(redaction("who"), RECORD)["who"] == "***"


@pytest.mark.parametrize("value", ["secret", ["secret"], [{"ip": "secret"}], 5, True])
def test_what_stands_in_the_place_of_the_object_around_a_field_is_kept_out_as_a_whole(value: Any) -> None:
    assert written(redaction("ip"), {**RECORD, "client": value})["client"] == "***"
    assert json.loads(redaction("ip").refused(json.dumps({"client": value}).encode())) == {"client": "***"}
    assert written(redaction("ip"), {**RECORD, "client": None})["client"] is None


def test_everything_else_stays_digit_for_digit() -> None:
    raw = b'{"k" : "x", "n": 1.500e2, "big": 123456789012345678901234567890, "client": {"ip": "a", "z": 1.0 }}'
    expected = b'{"k":"x","n":1.500e2,"big":123456789012345678901234567890,"client":{"ip":"***","z":1.0}}'
    assert redaction("ip").record("A", raw) == expected
    assert redaction("ip").record("A", b'{"k" : 1.0 }') == b'{"k" : 1.0 }'
    assert redaction("ip").record("B", raw) == raw


@pytest.mark.parametrize("evidence", ["full", "fields", "ids"])
def test_alerts(evidence: Any) -> None:
    tested = shard(RULE)
    (alert,) = tested.push([chunk([RECORD, {**RECORD, "n": 2, "ts": 1000}])]).alerts
    line = alert.json(evidence, redaction("ip", "who")).decode()
    assert "10.0.0.1" not in line and '"jo"' not in line
    assert [event.get("data", {}).get("n") for event in json.loads(line)["events"]] == (
        [None, None] if evidence == "ids" else [1, 2]
    )
    assert "10.0.0.1" in alert.json("fields").decode()


def test_records_that_are_no_events() -> None:
    hidden = redaction("ip", "k")
    assert json.loads(hidden.refused(b'{"k": 5, "client": {"ip": 6, "z": 7}}')) == {
        "k": "***",
        "client": {"ip": "***", "z": 7},
    }
    for raw in (b"x,10.0.0.1,3", b'["10.0.0.1"]', b'{"k": "10.0.0.1"', b"\xff", b'{"a":' * 10_000):
        assert hidden.refused(raw) == b"***"
    assert Redaction().refused(b"x,1") == b"x,1"


def test_reasons() -> None:
    tested = shard(RULE)
    out = tested.push([chunk([{**RECORD, "s": "secret"}])])
    (dead,) = out.dead_letters
    assert "secret" in dead.reason
    assert "secret" not in redaction("s").reason(dead.reason)
    assert redaction("s").reason(dead.reason).startswith("field `s`: expected ")
    assert redaction("k").reason(dead.reason) == dead.reason
