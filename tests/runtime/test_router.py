"""How a record finds its event type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cep.runtime.decode.codec import EventCodec
from cep.runtime.decode.malformed import TROUBLE, Malformed
from cep.runtime.decode.router import LEARN_AFTER, Router, router
from cep.runtime.source import Match, Source
from tests.runtime.support import rule_set

TYPES = """
event A { x: int ts: timestamp } time ts
event B { y: string ts: timestamp } time ts
"""


def make(text: str = TYPES, **options: Any) -> Router:
    codecs = {name: EventCodec(event) for name, event in rule_set(text).events.items()}
    return router(Source("s", tuple(codecs), **options), codecs)


def fast(of: Router, record: dict[str, Any] | bytes) -> str | None:
    """The type found by the fast way."""
    raw = record if isinstance(record, bytes) else json.dumps(record).encode()
    codec = of.structs.get(type(of.decode(raw)))
    return None if codec is None else codec.event.name


def slow(of: Router, record: dict[str, Any] | bytes) -> str | None:
    """The type found by the slow way."""
    raw = record if isinstance(record, bytes) else json.dumps(record).encode()
    found = of.slow(raw)
    return None if found is None else found[0].event.name


def both(of: Router, record: dict[str, Any]) -> str | None:
    assert fast(of, record) == slow(of, record)
    return fast(of, record)


@pytest.mark.parametrize("way", [fast, slow])
def test_the_type_field_tells_the_type_wherever_it_stands(way: Any) -> None:
    found = make()
    assert way(found, {"type": "A", "x": 1, "ts": 1}) == "A"
    assert way(found, {"y": "a", "ts": 1, "type": "B"}) == "B"


def test_another_field_may_name_the_type() -> None:
    assert both(make(type_field="kind"), {"type": "B", "kind": "A", "x": 1, "ts": 1}) == "A"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"x": 1, "ts": 1}, "field `type`, which names the event type, is missing"),
        ({"type": None, "x": 1}, "field `type`, which names the event type, is no text"),
        ({"type": 5, "x": 1}, "field `type`, which names the event type, is no text"),
        ({"type": "A", "ts": 1}, "required field `x` is missing"),
    ],
)
def test_a_record_without_a_usable_type_is_refused(record: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        slow(make(), record)


def test_of_repeated_type_fields_the_last_counts() -> None:
    assert slow(make(), b'{"type":"B","type":"A","x":1,"ts":1}') == "A"
    assert slow(make(), b'{"type":"A","type":"C","x":1,"ts":1}') is None


def test_an_unknown_type_seen_often_leaves_the_slow_way() -> None:
    found = make()
    record = {"type": "C", "z": 1}
    for _ in range(LEARN_AFTER):
        assert slow(found, record) is None
    assert fast(found, record) is None
    assert both(found, {"type": "A", "x": 1, "ts": 1}) == "A"


def test_made_up_types_without_end_do_not_grow_the_decoder() -> None:
    found = make()
    for number in range(400):
        for _ in range(LEARN_AFTER):
            assert slow(found, {"type": f"made up {number}"}) is None
    assert both(found, {"type": "A", "x": 1, "ts": 1}) == "A"


def test_an_event_may_declare_the_type_field_itself() -> None:
    found = make('event A { kind: string from "type" ts: timestamp } time ts event B { ts: timestamp } time ts')
    assert both(found, {"type": "A", "ts": 1}) == "A"
    assert both(found, {"type": "B", "ts": 1}) == "B"
    assert both(found, {"type": "C", "ts": 1}) is None
    event = found.slow(b'{"type":"A","ts":1}')
    assert event is not None and event[1].kind == "A"


def test_a_source_of_one_type_needs_no_type_field() -> None:
    assert both(make("event A { x: int ts: timestamp } time ts", type_field=None), {"x": 1, "ts": 1}) == "A"


def test_a_source_of_one_type_with_a_type_field_asks_for_it() -> None:
    found = make("event A { x: int ts: timestamp } time ts")
    with pytest.raises(Malformed, match="is missing"):
        slow(found, {"x": 1, "ts": 1})
    with pytest.raises(TROUBLE):
        fast(found, {"x": 1, "ts": 1})
    assert slow(found, {"type": "B"}) is None


def test_several_types_and_nothing_to_tell_them_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 2 event types and no field that tells them apart"):
        make(type_field=None)


MATCHES = (
    Match("A", (("EventID", (10,)), ("Channel", ("Sysmon", "sysmon")))),
    Match("B", (("EventID", (10, 11)), ("client.device", ("phone", None)))),
)


@pytest.mark.parametrize(
    ("record", "type_"),
    [
        ({"EventID": 10, "Channel": "Sysmon"}, "A"),
        ({"EventID": 10, "Channel": "sysmon"}, "A"),
        ({"EventID": 10.0, "Channel": "Sysmon"}, "A"),
        ({"EventID": 10, "Channel": "Security"}, "B"),
        ({"EventID": 11}, "B"),
        ({"EventID": 11, "client": {"device": "phone"}}, "B"),
        ({"EventID": 11, "client.device": "phone", "client": {"device": "pc"}}, "B"),
        ({"EventID": 11, "client": {"device": "pc"}}, None),
        ({"EventID": 11, "client": {"device": {"deep": 1}}}, None),
        ({"EventID": "10", "Channel": "Sysmon"}, None),
        ({"EventID": True}, None),
        ({}, None),
    ],
)
def test_the_first_description_that_fits_tells_the_type(record: dict[str, Any], type_: str | None) -> None:
    found = make(matches=MATCHES)
    assert both(found, {**record, "x": 1, "y": "y", "ts": 1}) == type_


def test_descriptions_without_a_field_in_common_are_tried_in_order() -> None:
    found = make(matches=(Match("A", (("x", (1,)),)), Match("B", (("y", ("b",)),))))
    assert both(found, {"x": 1, "y": "b", "ts": 1}) == "A"
    assert both(found, {"x": 2, "y": "b", "ts": 1}) == "B"
    assert both(found, {"x": 2, "y": "c", "ts": 1}) is None


def test_a_fitting_record_that_does_not_decode_is_refused() -> None:
    with pytest.raises(Malformed, match="field `x`: expected a whole number, got a string"):
        slow(make(matches=MATCHES), {"EventID": 10, "Channel": "Sysmon", "x": "one", "ts": 1})
