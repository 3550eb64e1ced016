"""The judgement of the demo: nothing wrong may pass as right."""

from __future__ import annotations

from typing import Any

from digest import digest
from judge import judge

KEY: dict[str, Any] = {
    "alerts": [
        {"rule": "r", "kind": "match", "key": {"k": "1"}, "events": {"a": ["e1", "e2"], "b": ["e3"]}},
        {"rule": "r", "kind": "timeout", "key": {"k": "2"}, "events": {"a": ["e4"]}},
    ],
    "stories": [
        {"rule": "r", "kind": "fraud", "title": "a theft", "events": ["e1", "e2", "e3"], "alerts": 1},
        {"rule": "r", "kind": "near miss", "title": "1 ms late", "events": ["e4"], "alerts": 1},
        {"rule": "r", "kind": "look-alike", "title": "a gift", "events": ["e5", "e6"], "alerts": 0},
        {"rule": "s", "kind": "fraud", "title": "another", "events": [], "alerts": 0},
    ],
}


def alert(kind: str, key: str, *events: tuple[str, str], rule: str = "r") -> dict[str, Any]:
    """An alert with (step, id) of its events."""
    bound = [{"step": step, "data": {"id": name}} for step, name in events]
    return {"rule": rule, "kind": kind, "key": {"k": key}, "fields": {}, "events": bound}


THEFT = alert("match", "1", ("a", "e1"), ("a", "e2"), ("b", "e3"))
TIMEOUT = alert("timeout", "2", ("a", "e4"))


def test_all_found_and_nothing_else() -> None:
    outcome = judge(KEY, [TIMEOUT, THEFT])
    assert outcome["r"].right and outcome["s"].right
    assert outcome["r"].expected == 2
    assert outcome["r"].quiet == {"near miss": ["1 ms late"], "look-alike": ["a gift"]}
    assert digest({"r": outcome["r"]}).startswith("✓ r: 2 of 2 alerts found")


def test_a_missing_alert() -> None:
    judged = judge(KEY, [THEFT])["r"]
    assert not judged.right
    assert [entry["key"] for entry in judged.missing] == [{"k": "2"}]
    assert "MISSING: timeout for 2, a e4" in digest({"r": judged})


def test_another_kind_key_step_or_event_is_wrong() -> None:
    for other in (
        alert("timeout", "1", ("a", "e1"), ("a", "e2"), ("b", "e3")),
        alert("match", "9", ("a", "e1"), ("a", "e2"), ("b", "e3")),
        alert("match", "1", ("a", "e1"), ("b", "e2"), ("b", "e3")),
        alert("match", "1", ("a", "e1"), ("b", "e3")),
    ):
        judged = judge(KEY, [other, TIMEOUT])["r"]
        assert judged.wrong == [other]
        assert len(judged.missing) == 1


def test_the_same_alert_twice_is_wrong_once() -> None:
    judged = judge(KEY, [THEFT, TIMEOUT, THEFT])["r"]
    assert judged.wrong == [THEFT] and not judged.missing


def test_a_look_alike_that_fires_is_loud() -> None:
    judged = judge(KEY, [THEFT, TIMEOUT, alert("match", "3", ("a", "e5"))])["r"]
    assert judged.loud == ["a gift"]
    assert "LOUD: a gift" in digest({"r": judged})


def test_an_alert_of_a_rule_that_the_key_does_not_know() -> None:
    outcome = judge(KEY, [THEFT, TIMEOUT, alert("match", "3", ("a", "e9"), rule="t")])
    assert not outcome["t"].right
