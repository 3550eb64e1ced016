"""The made-up day: the same for a seed, out of order only within the declared lateness, and told by its key."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from day.events import LATENESS, MINUTE
from generate import generate

from cep.language.ast import Event
from cep.language.parse import parse_text

EVENTS_FILE = Path(__file__).resolve().parents[2] / "rules" / "events.pattern"
RULES = {
    "card_testing",
    "impossible_travel",
    "account_takeover",
    "velocity",
    "dormant_reactivated",
    "unconfirmed_transfer",
    "structuring",
    "money_mule",
}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[bytes]]:
    """The answer key and the lines of one day."""
    out = tmp_path_factory.mktemp("day")
    key = generate(3, out)
    return key, (out / "events.jsonl").read_bytes().splitlines()


def good_events(lines: list[bytes]) -> list[dict[str, Any]]:
    """The events that are whole, of a declared type, and not among the broken ones."""
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and str(event.get("id", "")).startswith("e"):
            events.append(event)
    return events


def milliseconds(text: str) -> int:
    """RFC 3339 text as milliseconds since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_a_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    generate(11, tmp_path / "a")
    generate(11, tmp_path / "b")
    generate(12, tmp_path / "c")
    for name in ("events.jsonl", "answer_key.json", "trusted.txt"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "events.jsonl").read_bytes() != (tmp_path / "c" / "events.jsonl").read_bytes()


def test_the_day_is_as_large_and_as_disordered_as_it_says(day: tuple[dict[str, Any], list[bytes]]) -> None:
    key, lines = day
    assert key["events"] == len(lines) > 30_000
    greatest, behind = 0, 0
    for event in good_events(lines):
        time = milliseconds(event["ts"])
        behind += time < greatest
        greatest = max(greatest, time)
    assert key["out_of_order"] == behind > 5_000


def test_events_are_late_only_where_the_key_says_so(day: tuple[dict[str, Any], list[bytes]]) -> None:
    key, lines = day
    greatest, late = 0, []
    for event in good_events(lines):
        time = milliseconds(event["ts"])
        if time < greatest - MINUTE:
            late.append(event["id"])
        greatest = max(greatest, time)
    assert late == key["late"] != []


def test_each_type_keeps_to_its_own_lateness(day: tuple[dict[str, Any], list[bytes]]) -> None:
    """So the day may as well be read from one file a type."""
    key, lines = day
    greatest: dict[str, int] = {}
    for event in good_events(lines):
        if event["id"] in key["late"]:
            continue
        time = milliseconds(event["ts"])
        allowed = LATENESS.get(event["type"], 0)
        assert time >= greatest.get(event["type"], 0) - allowed, event
        greatest[event["type"]] = max(greatest.get(event["type"], 0), time)


def test_the_lateness_is_the_one_the_pack_declares() -> None:
    file = parse_text(EVENTS_FILE.read_text(encoding="utf-8"), "events.pattern").file
    declared = {item.name: (item.lateness or 0) // 1000 for item in file.items if isinstance(item, Event)}
    assert {name: lateness for name, lateness in declared.items() if lateness} == LATENESS


def test_every_rule_has_frauds_near_misses_and_look_alikes(day: tuple[dict[str, Any], list[bytes]]) -> None:
    key, _ = day
    told = {(story["rule"], story["kind"]) for story in key["stories"]}
    assert told == {(rule, kind) for rule in RULES for kind in ("fraud", "near miss", "look-alike")}


def test_the_key_names_events_that_exist_and_belong_to_its_key(day: tuple[dict[str, Any], list[bytes]]) -> None:
    key, lines = day
    events = {event["id"]: event for event in good_events(lines)}
    for entry in key["alerts"]:
        (subject,) = entry["key"].values()
        for ids in entry["events"].values():
            assert ids
            assert all(subject in events[name].values() for name in ids), entry


def test_ids_are_unique(day: tuple[dict[str, Any], list[bytes]]) -> None:
    events = good_events(day[1])
    assert len({event["id"] for event in events}) == len(events)
