"""The reference matcher itself, on small logs whose answers are read off the language page."""

from __future__ import annotations

import re

import pytest

from cep.api import compile_text
from cep.language.load import load_text
from tests.oracle import OracleEvent, Report, run

DECLARATION = (
    "event E { w: string  v: int  ts: timestamp } time ts\nevent F { w: string  v: int  ts: timestamp } time ts\n"
)


def report(rule: str, log: str, advance: int | None = 2**62) -> Report:
    """Run clauses over a log like `a1 b2 a3=7 F.c4`: type E unless written, word, time in ms, value."""
    ruleset = load_text(DECLARATION + "rule r {\n" + rule + "\n}\n", "r.pattern")
    return run(ruleset.rules[0], ruleset, events_of(log), advance=advance)


def events_of(log: str) -> list[OracleEvent]:
    """The events of a log."""
    events = []
    for offset, entry in enumerate(log.split()):
        found = re.fullmatch(r"(?:([EF])\.)?([a-z])(\d+)(?:=(\d+))?", entry)
        assert found is not None
        time = int(found[3]) * 1000
        data = {"w": found[2], "v": int(found[4] or 0), "ts": time}
        events.append(OracleEvent(found[1] or "E", time, data, ("log", 0, offset)))
    return events


def matches(rule: str, log: str, advance: int | None = 2**62) -> list[str]:
    """The matches as `a:0 b:1` (step and offset)."""
    return [" ".join(f"{step}:{at[2]}" for step, at in m.events) for m in report(rule, log, advance).matches]


def timeouts(rule: str, log: str) -> list[str]:
    """The time-outs as `a:0 due 5 at b`."""
    return [
        " ".join(f"{step}:{at[2]}" for step, at in t.events) + f" due {t.due // 1000} at {t.at}"
        for t in report(rule, log).timeouts
    ]


A_THEN_B = 'match a: E where w == "a" then b: E where w == "b" '
ALL = " after match skip nothing unbounded"

MATCHES = {
    "relaxed skips until the next that fits": (A_THEN_B + ALL, "a1 c2 b3 b4", ["a:0 b:2"]),
    "each start matches": (A_THEN_B + ALL, "a1 a2 b3", ["a:0 b:2", "a:1 b:2"]),
    "past last drops the other start": (A_THEN_B + "unbounded", "a1 a2 b3 b4", ["a:0 b:2"]),
    "strict": ('match a: E where w == "a" then next b: E where w == "b"' + ALL, "a1 c2 b3 a4 b5", ["a:3 b:4"]),
    "an unseen type does not disturb": (
        'match a: E where w == "a" then next b: E where w == "b"' + ALL,
        "a1 F.c2 b3",
        ["a:0 b:2"],
    ),
    "over makes a type seen": (
        'match over F a: E where w == "a" then next b: E where w == "b"' + ALL,
        "a1 F.c2 b3",
        [],
    ),
    "header within is inclusive": (
        'match within 5ms a: E where w == "a" then b: E where w == "b" after match skip nothing',
        "a1 b6 a10 b16",
        ["a:0 b:1"],
    ),
    "gap within and after are inclusive": (
        'match a: E where w == "a" then within 5ms after 2ms b: E where w == "b"' + ALL,
        "a1 b2 b3 a10 b15 a20 b26",
        ["a:0 b:2", "a:3 b:4"],
    ),
    "loop and next step wait side by side": (
        'match a: E+ where w == "a" then b: E where w == "b"' + ALL,
        "a1 a2 b3",
        ["a:0 a:1 b:2", "a:0 b:2", "a:1 b:2"],
    ),
    "greedy keeps the longest": (
        'match a: E+ greedy where w == "a" then b: E where w == "b"' + ALL,
        "a1 a2 b3",
        ["a:0 a:1 b:2", "a:1 b:2"],
    ),
    "consecutive": (
        'match a: E{2} consecutive where w == "a"' + ALL,
        "a1 c2 a3 a4",
        ["a:2 a:3"],
    ),
    "loop span": (
        'match a: E{2,} where w == "a" within 2ms then b: E where w == "b"' + ALL,
        "a1 a3 a4 b9",
        ["a:0 a:1 b:3", "a:1 a:2 b:3"],
    ),
    "until closes the loop": (
        'match a: E+ where w == "a" until E where w == "x" then b: E where w == "b"' + ALL,
        "a1 x2 a3 b4",
        ["a:0 b:3", "a:2 b:3"],
    ),
    "prev is not tested on the first": (
        "match a: E{3} where v > prev(v)" + ALL,
        "a1=5 a2=1 a3=2 a4=3",
        ["a:1 a:2 a:3"],
    ),
    "own aggregates count the candidate": (
        "match a: E+ where sum(v) <= 3 after match skip nothing unbounded",
        "a1=2 a2=1 a3=1",
        ["a:0", "a:0 a:1", "a:1", "a:1 a:2", "a:2"],
    ),
    "without between": (
        'match a: E where w == "a" without E where w == "x" then b: E where w == "b"' + ALL,
        "a1 x2 b3 a4 b5",
        ["a:3 b:4"],
    ),
    "without is armed from the first event of a loop": (
        'match a: E{2,} where w == "a" without E where w == "x" then b: E where w == "b"' + ALL,
        "a1 x2 a3 b4",
        [],
    ),
    "a branch that takes the hitting event goes on": (
        'match a: E where w == "a" without E where v > 3 then b: E where w == "b"' + ALL,
        "a1 b2=9",
        ["a:0 b:1"],
    ),
    "without with a span is disarmed": (
        'match a: E where w == "a" without E where w == "x" within 3ms then b: E where w == "b"' + ALL,
        "a1 x5 b6 a10 x13 b14",
        ["a:0 b:2"],
    ),
    "without next looks at one event": (
        'match a: E where w == "a" without next E where w == "x" then b: E where w == "b"' + ALL,
        "a1 c2 x3 b4 a5 x6 b7",
        ["a:0 b:3"],
    ),
    "trailing without": (
        'match a: E where w == "a" without E where w == "x" within 3ms' + ALL,
        "a1 x4 a10 x14",
        ["a:2"],
    ),
    "a longer loop ends the pending absence of its prefix": (
        'match a: E+ where w == "a" without E where w == "x" within 5ms unbounded',
        "a1 a2 a3",
        ["a:0 a:1 a:2"],
    ),
    "with skip nothing every prefix stands": (
        'match a: E+ where w == "a" without E where w == "x" within 5ms' + ALL,
        "a1 a2",
        ["a:0", "a:0 a:1", "a:1"],
    ),
    "trailing without next completes at the next event": (
        'match a: E where w == "a" without next E where w == "x"' + ALL,
        "a1 x2 a3 c4",
        ["a:2"],
    ),
    "cancel on": (
        A_THEN_B + 'cancel on E where w == "x"' + ALL,
        "a1 x2 b3 a4 b5",
        ["a:3 b:4"],
    ),
    "threshold takes the shortest run": (
        'match d: E where w == "d" having count() >= 2 within 10ms after match skip nothing',
        "d1 c2 d3 d4",
        ["d:0 d:2", "d:2 d:3"],
    ),
    "threshold, past last": (
        'match d: E where w == "d" having count() >= 2 within 10ms',
        "d1 d2 d3 d4",
        ["d:0 d:1", "d:2 d:3"],
    ),
    "a threshold is no longer than the whole match": (
        'match within 3ms d: E where w == "d" having count() >= 2 within 5ms after match skip nothing',
        "d1 d5 d8",
        ["d:1 d:2"],
    ),
    "a threshold in a group is no longer than the group": (
        'match a: E where w == "a" then either ( b: E where w == "b" | d: E where w == "d" having count() >= 2 ) '
        "within 3ms" + ALL,
        "a1 d5 d9 d12",
        ["a:0 d:2 d:3"],
    ),
    "a threshold in a group is no longer than a group around it": (
        'match a: E where w == "a" then ( ( d: E where w == "d" having count() >= 2 then b: E? where w == "b" ){1,2} '
        ") within 3ms" + ALL,
        "a1 d5 d9 d12",
        ["a:0 d:2 d:3"],
    ),
    "a threshold in all of is no longer than the group": (
        'match a: E where w == "a" then all of ( b: E where w == "b", d: E where w == "d" having count() >= 2 ) '
        "within 3ms" + ALL,
        "a1 d5 d9 b10 d11",
        ["a:0 d:2 b:3 d:4"],
    ),
    "a threshold in front of a step leaves the rest of the span": (
        'match within 3ms d: E where w == "d" having count() >= 2 within 5ms then b: E where w == "b" '
        "after match skip nothing",
        "d1 d4 b5 d6 b7",
        ["d:1 d:3 b:4"],
    ),
    "optional": (
        'match a: E where w == "a" then b: E? where w == "b" then c: E where w == "c"' + ALL,
        "a1 b2 c3",
        ["a:0 b:1 c:2", "a:0 c:2"],
    ),
    "trailing loop: every prefix with skip nothing": (
        'match a: E where w == "a" then b: E+ where w == "b"' + ALL,
        "a1 b2 b3",
        ["a:0 b:1", "a:0 b:1 b:2"],
    ),
    "trailing loop: early under the default": (
        'match a: E where w == "a" then b: E+ where w == "b" unbounded',
        "a1 b2 b3",
        ["a:0 b:1"],
    ),
    "skip to next": (
        'match a: E where w == "a" then b: E+ where w == "b" after match skip to next unbounded',
        "a1 a2 b3 b4",
        ["a:0 b:2", "a:1 b:2"],
    ),
    "skip to last": (
        'match a: E where w == "a" then b: E where w == "a" after match skip to last b unbounded',
        "a1 a2 a3",
        ["a:0 b:1", "a:1 b:2"],
    ),
    "skip to first": (
        'match a: E{2} where w == "a" then b: E where w == "b" after match skip to first b unbounded',
        "a1 a2 a3 b4",
        ["a:0 a:1 b:3"],
    ),
    "in start order an earlier open start holds a match back": (
        "match within 10ms a: E then b: E where v == a.v after match skip past last in start order",
        "a1=1 a2=2 a3=2 a4=1",
        ["a:0 b:3"],
    ),
    "a greedy loop passed over empty watches too": (
        'match a: E* greedy where w != "c" then b: E where w == "b"' + ALL,
        "b1 a2 b3",
        [],
    ),
    "greed goes past the span, and an until ends it": (
        'match a: E+ greedy where w == "a" within 2ms until E where w == "x" then b: E where w == "b"' + ALL,
        "a1 x2 a9 b10 a11 a20 b21",
        ["a:0 b:3", "a:2 b:3", "a:5 b:6"],
    ),
    "an absence behind an optional step guards the wait for it": (
        'match a: E where w == "a" then b: E? where w == "b" without E where w == "x" then c: E where w == "c"' + ALL,
        "a1 x2 b3 c4",
        [],
    ),
    "an optional step ends the pending absence of what came before it": (
        'match a: E where w == "a" then b: E? where w == "b" without E where w == "x" within 5ms unbounded',
        "a1 b3",
        ["a:0 b:1"],
    ),
    "a pair of trailing absences waits for the next event as well": (
        'match a: E where w == "a" without next E where w == "x" without E where w == "y" within 3ms' + ALL,
        "a1 a9 y10 a11 x12",
        ["a:0"],
    ),
    "a gap bears on the first element of a threshold": (
        'match a: E where w == "a" then within 3ms d: E where w == "d" having count() >= 2 within 9ms' + ALL,
        "a1 d4 d9 d14",
        ["a:0 d:1 d:2"],
    ),
    "a strict threshold begins with the very next event": (
        'match a: E where w == "a" then next d: E where w == "d" having count() >= 2 within 9ms' + ALL,
        "a1 c2 d3 d4 a5 d6 d7",
        ["a:4 d:5 d:6"],
    ),
    "cancel on does not count the elements of a window": (
        'match d: E where w == "d" having count() >= 2 within 9ms cancel on E where v > 0 after match skip nothing',
        "d1=1 d2=1 c3=1 d4",
        ["d:0 d:1"],
    ),
    "as completed it is reported at once": (
        "match within 10ms a: E then b: E where v == a.v",
        "a1=1 a2=2 a3=2 a4=1",
        ["a:1 b:2"],
    ),
}


@pytest.mark.parametrize("name", MATCHES)
def test_matches(name: str) -> None:
    rule, log, expected = MATCHES[name]
    assert matches(rule, log) == expected


TIMEOUTS = {
    "once per set with skip nothing": (
        'match within 5ms a: E+ where w == "a" then b: E where w == "b" after match skip nothing '
        "on timeout emit { n: 1 }",
        "a1 a2",
        ["a:0 a:1 due 6 at b", "a:0 due 6 at b", "a:1 due 7 at b"],
    ),
    "once per first event otherwise, for the most events": (
        'match within 5ms a: E+ where w == "a" then b: E where w == "b" on timeout emit { n: 1 }',
        "a1 a2",
        ["a:0 a:1 due 6 at b"],
    ),
    "none for what was dropped": (
        'match within 5ms a: E where w == "a" then b: E where w == "b" on timeout emit { n: 1 }',
        "a1 a2 b3 a9",
        ["a:3 due 14 at b"],
    ),
    "at the first mandatory step": (
        'match within 5ms a: E where w == "a" then b: E? where w == "b" then c: E where w == "c" '
        "on timeout at c emit { n: 1 }",
        "a1",
        ["a:0 due 6 at c"],
    ),
    "only where a clause is": (
        'match within 5ms a: E where w == "a" then b: E where w == "b" then c: E where w == "c" '
        "on timeout at c emit { n: 1 }",
        "a1 a10 b11",
        ["a:1 b:2 due 15 at c"],
    ),
    "by the gap": (
        'match a: E where w == "a" then within 3ms b: E where w == "b" unbounded on timeout emit { n: 1 }',
        "a1 c9",
        ["a:0 due 4 at b"],
    ),
    "none while a longer partial match of the first event is open": (
        'match within 9ms a: E where w == "a" then b: E+ where w == "b" within 2ms then c: E where w == "c" '
        'then d: E where w == "d" on timeout emit { n: 1 }',
        "a1 b2 c3",
        ["a:0 b:1 c:2 due 10 at d"],
    ),
    "none for what a time-out has told of": (
        'match within 5ms a: E{3} where w == "a" on timeout emit { n: 1 }',
        "a1 a2",
        ["a:0 a:1 due 6 at a"],
    ),
}


@pytest.mark.parametrize("name", TIMEOUTS)
def test_timeouts(name: str) -> None:
    rule, log, expected = TIMEOUTS[name]
    assert timeouts(rule, log) == expected


@pytest.mark.parametrize("name", [*MATCHES, *TIMEOUTS])
def test_the_engine_gives_the_same(name: str) -> None:
    rule, log, expected = (MATCHES | TIMEOUTS)[name]
    engine = compile_text(DECLARATION + "rule r {\n" + rule + "\n}\n", name="r.pattern").engine()
    alerts = engine.push({"type": e.type, **e.data, "ts": e.time // 1000} for e in events_of(log)) + engine.finish()
    kind = "match" if name in MATCHES else "timeout"
    told = []
    for alert in alerts:
        if alert.kind == kind:
            bound = " ".join(f"{event.step}:{event.source.rpartition('/')[2]}" for event in alert.events)
            told.append(bound if kind == "match" else f"{bound} due {(alert.due or 0) // 1000} at {alert.at}")
    assert told == expected


def test_deadline_fires_once_the_watermark_has_passed_it() -> None:
    rule = 'match a: E where w == "a" without E where w == "x" within 3ms after match skip nothing'
    assert matches(rule, "a1", advance=4000) == []
    assert matches(rule, "a1", advance=4001) == ["a:0"]


def test_an_event_at_the_deadline_comes_before_it() -> None:
    rule = 'match a: E where w == "a" without E where w == "x" within 3ms after match skip nothing'
    assert matches(rule, "a1 c4 x4") == []


def test_suppress_counts_what_it_held_back() -> None:
    found = report('match a: E where w == "a" suppress for 5ms', "a1 a2 a3 a6 a7 a16")
    assert [(m.events[0][1][2], m.suppressed) for m in found.matches] == [(0, 0), (3, 2), (5, 0)]


def test_report_final_waits_for_the_longest() -> None:
    rule = 'match within 20ms a: E where w == "a" then b: E+ where w == "b" within 5ms report final'
    assert matches(rule, "a1 b2 b3 b9") == ["a:0 b:1 b:2"]


def test_report_updates_ends_with_a_closing_revision() -> None:
    rule = 'match within 20ms a: E where w == "a" then b: E+ where w == "b" within 5ms report updates'
    found = report(rule, "a1 b2 b3 b9").matches
    assert [(len(m.events), m.revision, m.closed) for m in found] == [(2, 1, False), (3, 2, False), (3, 3, True)]
