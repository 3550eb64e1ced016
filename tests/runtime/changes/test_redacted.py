"""What was redacted stays so in events from before an edit of its declaration, and where none speaks of it any more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cep.analysis.open_state import open_keys
from cep.runtime.alert_form import Evidence
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.redaction import Name
from cep.runtime.shard import Shard
from cep.runtime.snapshot_file import pack, unpack
from cep.runtime.wiring import wire
from tests.generated.changelog import apply
from tests.runtime.support import chunk, rule_set, source

PIN: list[Name] = [("P", "pin")]
ALL_PINS: list[Name] = [(None, "pin")]
AT_AUTH = 'pin: string from "auth.pin"'
AT_SAFE = 'pin: string from "safe.pin"'
LATENESS = " lateness 1s"


def rules(fields: str, limit: int = 0, lateness: str = "") -> str:
    return (
        f"event P {{ k: string  n: int  {fields}  ts: timestamp }} time ts{lateness}\n"
        f"rule r {{ match by k within 1h  a: P where n > {limit} then b: P where n > a.n }}"
    )


def begun(text: str, names: list[Name], before: Shard | None = None) -> tuple[Shard, ChangeReport]:
    found = rule_set(text)
    shard = Shard(wire(found, [source(found)]), redact=names)
    report = ChangeReport()
    if before is not None:
        report = shard.restore(unpack(b"".join(pack(before.snapshot()))))
    return shard, report


def push(shard: Shard, offset: int, evidence: Evidence = "full", k: str = "x") -> list[Any]:
    """One event, whose secrets bear its number: what the alerts show of their events."""
    secrets = {"card": f"card{offset}", "auth": {"pin": f"auth{offset}"}, "safe": {"pin": f"safe{offset}"}}
    row = {"type": "P", "k": k, "n": offset, "ts": offset * 1000} | secrets
    alerts = shard.push([chunk([row], offset)]).alerts
    lines = [json.loads(alert.json(evidence, shard.places.redaction())) for alert in alerts]
    return [event["data"] for line in lines for event in line["events"]]


def hidden(data: list[Any]) -> list[list[str]]:
    """Of each event which of its secrets are hidden."""
    found = []
    for of in data:
        secrets = {"card": of["card"], "auth": of["auth"]["pin"], "safe": of["safe"]["pin"]}
        found.append([name for name, value in secrets.items() if value == "***"])
    return found


EDITS: dict[str, tuple[tuple[str, list[Name]], tuple[str, list[Name]], list[list[str]]]] = {
    "moved": ((AT_AUTH, PIN), (AT_SAFE, PIN), [["auth", "safe"], ["auth", "safe"]]),
    "moved, of all types": ((AT_AUTH, ALL_PINS), (AT_SAFE, ALL_PINS), [["auth", "safe"], ["auth", "safe"]]),
    "dropped": ((f"{AT_AUTH} card: string", PIN), ("card: string", []), [["auth"], ["auth"]]),
    "renamed": ((AT_AUTH, PIN), ('code: string from "auth.pin"', []), [["auth"], []]),
    "renamed, and redacted by its new name": (
        (AT_AUTH, PIN), ('code: string from "auth.pin"', [("P", "code")]), [["auth"], ["auth"]],
    ),
    "moved, and another field in its place": (
        (AT_AUTH, PIN), (f'{AT_SAFE} open: string from "auth.pin"', PIN), [["auth", "safe"], ["safe"]],
    ),
    "no more redacted": ((AT_AUTH, PIN), (AT_AUTH, []), [["auth"], []]),
    "redacted from now on": ((AT_AUTH, []), (AT_AUTH, PIN), [["auth"], ["auth"]]),
    "moved, and redacted from now on": ((AT_AUTH, []), (AT_SAFE, PIN), [["auth", "safe"], ["auth", "safe"]]),
    "moved, and a record around its place that does not have it": (
        (AT_AUTH, PIN), (f"{AT_SAFE}  auth: {{ port: int? }}", PIN), [["auth", "safe"], ["auth", "safe"]],
    ),
    "moved, and a map around its place": (
        (AT_AUTH, PIN), (f"{AT_SAFE}  auth: map<string, string>", PIN), [["auth", "safe"], ["safe"]],
    ),
    "only a part of it redacted": (
        ("auth: { pin: string }", [("P", "auth")]), (f'{AT_SAFE} pan: string? from "auth.pan"', PIN),
        [["auth", "safe"], ["safe"]],
    ),
    "the object around it": (
        ("auth: { pin: string }", [("P", "auth")]), (AT_SAFE, [("P", "pin")]), [["auth", "safe"], ["auth", "safe"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("limit", [0, -1], ids=["kept", "the old version finishes"])
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_declaration(name: str, limit: int) -> None:
    (before, names), (after, others), expected = EDITS[name]
    shard, _ = begun(rules(before), names)
    push(shard, 1)
    shard, report = begun(rules(after, limit), others, shard)
    assert [change.verdict.value for change in report.changes] in ([], ["keep"], ["finish-old"])
    for _ in range(2):
        (of,) = open_keys(shard, shard.places.redaction())
        (bound,) = of["partial_matches"][0]["events"]
        assert hidden_or_whole([json.loads(bytes(bound["data"]))]) == expected[:1]
        shard, report = begun(rules(after, limit), others, shard)
        assert report == ChangeReport()
    assert hidden_or_whole(push(shard, 2)) == expected


def hidden_or_whole(data: list[Any]) -> list[list[str]]:
    """As `hidden`, where the object around the secret may be hidden as a whole."""
    return hidden([of | {"auth": {"pin": "***"}} if of["auth"] == "***" else of for of in data])


def test_redacted_two_edits_after_it_was_moved() -> None:
    shard, _ = begun(rules(AT_AUTH), [])
    push(shard, 1)
    shard, _ = begun(rules(AT_SAFE), [], shard)
    shard, _ = begun(rules(AT_SAFE), PIN, shard)
    assert hidden(push(shard, 2)) == [["auth", "safe"], ["auth", "safe"]]


def test_the_point_up_to_which_a_place_is_redacted_is_kept() -> None:
    shard, _ = begun(rules(AT_AUTH), PIN)
    push(shard, 1, k="y")
    shard, _ = begun(rules(AT_AUTH), [], shard)
    push(shard, 2)
    for _ in range(2):
        shard, _ = begun(rules(AT_AUTH), [], shard)
    assert hidden(push(shard, 3)) == [[], []]
    assert hidden(push(shard, 4, k="y")) == [["auth"], []]


def test_it_goes_with_the_last_of_its_events() -> None:
    shard, _ = begun(rules(AT_AUTH), PIN)
    push(shard, 1)
    shard, _ = begun(rules(AT_AUTH), [], shard)
    assert len(shard.places.former) == 1
    push(shard, 2)
    shard.advance(10_000_000_000)
    shard, _ = begun(rules(AT_AUTH), [], shard)
    assert shard.places.former == []


def test_events_that_wait_for_their_place_in_the_order() -> None:
    shard, _ = begun(rules(AT_AUTH, lateness=LATENESS), PIN)
    push(shard, 1)
    assert shard.held() == 1 and shard.open_runs() == 0
    shard, _ = begun(rules('code: string from "auth.pin"', lateness=LATENESS), [], shard)
    shard, _ = begun(rules('code: string from "auth.pin"', lateness=LATENESS), [], shard)
    push(shard, 2)
    assert hidden(push(shard, 9)) == [["auth"], []]


def test_what_is_shown_from_now_on_is_said() -> None:
    shard, _ = begun(rules(AT_AUTH), PIN)
    _, report = begun(rules('code: string from "auth.pin"'), [], shard)
    assert report.shown == (("P", "code"),)
    _, report = begun(rules(AT_SAFE), PIN, shard)
    assert report.shown == ()


def test_dead_letters_and_reasons_of_records_in_the_old_form() -> None:
    shard, _ = begun(rules(AT_AUTH), PIN)
    shard, _ = begun(rules(AT_SAFE), PIN, shard)
    (dead,) = shard.push([chunk([{"type": "P", "k": "x", "n": 1, "ts": 1, "auth": {"pin": "secret"}}])]).dead_letters
    redaction = shard.places.redaction()
    assert b"secret" in dead.raw and b"secret" not in redaction.refused(dead.raw)
    assert "secret" not in redaction.reason("field `auth.pin`: expected `str`, got `secret`")
    assert "secret" not in redaction.reason("field `auth`: expected `object`, got `secret`")


OLD_FIELDS = f'{AT_AUTH} card: string  other: string from "safe.pin"'
DECLARED: dict[str, tuple[str, list[Name], list[dict[str, str]]]] = {
    "as it was": (OLD_FIELDS, PIN, [{"pin": "***", "card": "card1", "other": "safe1"},
                                    {"pin": "***", "card": "card2", "other": "safe2"}]),
    "renamed": ('code: string from "auth.pin"  number: string from "card"  other: string from "safe.pin"',
                [("P", "code")],
                [{"pin": "***", "card": "card1", "other": "safe1"}, {"pin": "***", "card": "card2", "other": "safe2"}]),
    "moved and dropped": (AT_SAFE, PIN, [{"pin": "***", "card": "card1", "other": "***"},
                                         {"pin": "***", "card": "card2", "other": "***"}]),
}  # fmt: skip


@pytest.mark.parametrize("name", DECLARED)
def test_declared_fields_of_an_old_version(name: str) -> None:
    """An old version shows the fields of its own declarations, whatever they are called today."""
    fields, names, expected = DECLARED[name]
    shard, _ = begun(rules(OLD_FIELDS), PIN)
    push(shard, 1)
    shard, report = begun(rules(fields, -1), names, shard)
    assert [change.verdict.value for change in report.changes] == ["finish-old"]
    data = push(shard, 2, "fields")
    assert [{name: of[name] for name in ("pin", "card", "other")} for of in data] == expected


def test_declared_fields_inside_a_record() -> None:
    shard, _ = begun(rules(AT_AUTH), PIN)
    push(shard, 1)
    shard, _ = begun(rules('auth: { code: string from "pin"  port: int? }'), [], shard)
    data = push(shard, 2, "fields")
    assert [of["auth"] for of in data] == [{"code": "***", "port": None}, {"code": "auth2", "port": None}]


def test_declared_fields_of_a_rule_that_goes_on() -> None:
    """What is read today from where a redacted field was: in older events it is what must not get about."""
    shard, _ = begun(rules(AT_AUTH), PIN)
    push(shard, 1)
    shard, _ = begun(rules('whole: { pin: string } from "auth"  code: string from "auth.pin"'), [], shard)
    data = push(shard, 2, "fields")
    assert [(of["whole"], of["code"]) for of in data] == [({"pin": "***"}, "***"), ({"pin": "auth2"}, "auth2")]


def test_events_that_are_read_again_from_a_changelog() -> None:
    """A state without the events that wait for their order: these are no less from before the edit."""
    renamed = rules('code: string from "auth.pin"', lateness=LATENESS)
    shard = tracked(rules(AT_AUTH, lateness=LATENESS), PIN)
    push(shard, 1)
    parts = {name: part for name, part in shard.delta().items() if part is not None}
    assert not any(name.startswith(b"held:") for name in parts)
    for _ in range(2):
        shard = tracked(renamed, [])
        shard.restore(parts)
        apply(parts, shard.delta())
        assert len(shard.places.former) == 1
    push(shard, 1)
    push(shard, 2)
    assert hidden(push(shard, 9)) == [["auth"], []]


def tracked(text: str, names: list[Name]) -> Shard:
    found = rule_set(text)
    shard = Shard(wire(found, [source(found)]), redact=names)
    shard.track()
    return shard
