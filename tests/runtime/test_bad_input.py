"""Input that is not as it should be: a dead letter with place and reason, and the good events around it count."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cep.runtime.dead_letters import DeadLetter
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, everything, rule_set, shard, source

RULES = """
event A { k: string  n: int?  x: float?  amount: decimal?  ts: timestamp } time ts lateness 1s
rule pair { match by k within 1h  a: A then b: A }
"""


def good(second: float) -> bytes:
    return json.dumps({"type": "A", "k": "k", "ts": round(second * 1000)}).encode()


def around(bad: bytes) -> Output:
    """The bad record between two good ones, which must match whatever it is."""
    out = everything(shard(RULES), [[chunk([good(1), bad, good(2)])]])
    assert [(event.source) for alert in out.alerts for event in alert.events] == ["events/0/1", "events/0/3"]
    return out


def dead(bad: bytes) -> DeadLetter:
    """The dead letter of a bad record: its place and its bytes are those of the record."""
    out = around(bad)
    (letter,) = out.dead_letters
    assert (letter.source, letter.topic, letter.partition, letter.offset) == ("events", "events", 0, 2)
    assert letter.raw == bad
    assert not out.late
    return letter


def record(**fields: Any) -> bytes:
    return json.dumps({"type": "A", "k": "z", "ts": 1500, **fields}).encode()


def with_text(field: str) -> bytes:
    """A record with a field in JSON that Python would not write."""
    return b'{"type":"A","k":"z","ts":1500,' + field.encode() + b"}"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (with_text('"x":NaN'), "not valid JSON: NaN at byte 34 is no JSON number"),
        (with_text('"z":Infinity'), "not valid JSON: Infinity at byte 34 is no JSON number"),
        (with_text('"x":1e999'), "field `x`: expected a number, got a number too large for one"),
        (with_text('"n":1e999'), "field `n`: expected a whole number, got a number too large for one"),
        (with_text(f'"n":{"9" * 5000}'), "field `n`: expected a whole number of at most 64 bits, got a larger one"),
        (with_text('"amount":1e99999999999999999999'), "a number has an exponent beyond any decimal"),
        (with_text('"amount":"1e99999999999999999999"'), "a number has an exponent beyond any decimal"),
        (with_text('"amount":' + "1" * 5000), "field `amount`: expected a decimal of at most 400 digits"),
        (with_text('"amount":1e5000'), "field `amount`: expected a decimal of at most 400 digits"),
        (with_text('"amount":"NaN"'), "field `amount`: expected a number or numeric text, got other text"),
        (b"[1, 2]", "expected a JSON object, got a list"),
        (b'"text"', "expected a JSON object, got a string"),
        (b"17", "expected a JSON object, got a number"),
        (b"null", "expected a JSON object, got null"),
        (b"", "not valid JSON: the record is empty"),
        (b'{"type":"A","k":"z"', "not valid JSON: it ends too early"),
        (record()[:-4], "not valid JSON: it ends too early"),
        (b'{"type":"A","k":"\xff","ts":1500}', "not valid UTF-8: byte 17 starts no character"),
        (b'{"type":"A","k":"z","ts":1500,"z":"\xc3"}', "not valid UTF-8: byte 35 starts no character"),
        (b'{"type":"A","k":"\xed\xa0\x80","ts":1500}', "not valid UTF-8: byte 17 starts no character"),
        (with_text('"z":"\\ud800"'), "not valid text: a \\ud800-\\udfff escape is half of a character"),
        (b'{"type":"A","ts":1500}', "required field `k` is missing"),
        (record(k=None), "field `k`: expected a string, got null"),
        (record(ts=None), "field `ts`: expected milliseconds since the epoch or RFC 3339 text, got null"),
        (record(k=5), "field `k`: expected a string, got a number"),
        (record(ts="2026-01-31 10:00"), "field `ts`: expected a time such as 2026-01-31T10:00:00Z, with its zone"),
        (record(ts=10**15), "field `ts`: expected a time in the years 1 to 9999"),
        (record(ts="+12026-01-31T10:00:00Z"), "field `ts`: expected a time such as 2026-01-31T10:00:00Z"),
        (record(ts=-(10**14)), "field `ts`: expected a time in the years 1 to 9999"),
        (record(type=None), "field `type`, which names the event type, is no text"),
        (b'{"k":"z","ts":1500}', "field `type`, which names the event type, is missing"),
        (with_text(f'"z":{"[" * 501}{"]" * 501}'), "nested more than 500 levels deep"),
        (with_text(f'"z":{"[" * 100_000}{"]" * 100_000}'), "nested more than 500 levels deep"),
        (b"[" * 1_000_000, "nested more than 500 levels deep"),
        (b'{"a":' * 100_000, "nested more than 500 levels deep"),
        (b"\x00\x01\x02", "not valid JSON: invalid character at byte 0"),
        (b"\x1f\x8b\x08", "not valid UTF-8: byte 1 starts no character"),
        (b"type,k,ts", "not valid JSON"),
    ],
)
def test_a_bad_record_is_a_dead_letter_and_the_others_count(bad: bytes, reason: str) -> None:
    assert dead(bad).reason.startswith(reason)


def test_a_line_of_10_megabytes_is_an_event_like_any_other() -> None:
    long = json.dumps({"type": "A", "k": "long", "ts": 1500, "note": "x" * 10_000_000}).encode()
    assert not around(long).dead_letters
    assert dead(long[:-1]).reason == "not valid JSON: it ends too early"
    assert dead(b"x" * 10_000_000).reason.startswith("not valid JSON")


@pytest.mark.parametrize("ts", [-1, -62135596800000, "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_times_before_1970_are_times(ts: int | str) -> None:
    out = everything(shard(RULES), [[chunk([record(ts=ts), record(ts=ts), record(ts=ts)])]])
    assert not out.dead_letters and out.alerts


@pytest.mark.parametrize("ts", [253402300799999, "9999-12-31T23:59:59Z", 7258118400001])
def test_an_event_of_a_far_future_is_dead_and_makes_nothing_late(ts: int | str) -> None:
    out = everything(shard(RULES), [[chunk([record(ts=ts), good(1), good(2)])]])
    assert [letter.offset for letter in out.dead_letters] == [1]
    assert "lies after the year 2199" in out.dead_letters[0].reason
    assert not out.late and len(out.alerts) == 1


def test_a_time_up_to_the_year_2199_is_a_time() -> None:
    out = everything(shard(RULES), [[chunk([record(ts=7258118400000)])]])
    assert not out.dead_letters


def test_of_repeated_keys_the_last_counts() -> None:
    out = everything(shard(RULES), [[chunk([good(1), b'{"type":"A","k":1,"k":"k","ts":9,"ts":2000}'])]])
    assert not out.dead_letters
    assert [event.time for event in out.alerts[0].events] == [1_000_000, 2_000_000]


def test_an_unknown_type_is_counted() -> None:
    tested = shard(RULES)
    out = everything(tested, [[chunk([good(1), *[record(type="B")] * 20, good(2)])]])
    assert len(out.alerts) == 1
    assert not out.dead_letters
    assert tested.stats.unrouted == 20


def test_an_unknown_type_may_be_a_dead_letter() -> None:
    rules = rule_set(RULES)
    tested = Shard(wire(rules, [source(rules, unknown_types="dead_letter")]))
    out = everything(tested, [[chunk([good(1), *[record(type="B")] * 20, good(2)])]])
    assert [letter.offset for letter in out.dead_letters] == list(range(2, 22))
    assert {letter.reason for letter in out.dead_letters} == {"of no declared event type"}
    assert len(out.alerts) == 1


def test_undeclared_fields_are_nobodys_business() -> None:
    assert not around(record(z={"deep": [None, 1e10, "é"]}, K=5)).dead_letters


def test_a_dead_letter_is_written_without_loss() -> None:
    letter = json.loads(dead('{"type":"A","é\\n'.encode()).json())
    assert letter == {
        "dead_letter": "not valid JSON: it ends too early",
        "source": "events",
        "place": "events/0/2",
        "raw": '{"type":"A","é\\n',
    }
    bytes_ = b'{"type":"\xff\x00"}'
    letter = json.loads(dead(bytes_).json())
    assert "raw" not in letter
    assert base64.b64decode(letter["raw_base64"]) == bytes_


def test_counts_add_up() -> None:
    tested = shard(RULES)
    out = everything(tested, [[chunk([good(1), b"x", record(type="B"), good(10), good(2)])]])
    stats = tested.stats
    assert (stats.events, stats.alerts, stats.late, stats.dead_letters, stats.unrouted) == (5, 1, 1, 1, 1)
    assert (len(out.alerts), len(out.late), len(out.dead_letters)) == (1, 1, 1)
