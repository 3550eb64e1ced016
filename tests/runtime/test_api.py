"""The face for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

import cep

RULES = """
module bank
event Login { user: string  ok: bool  cost: decimal?  took: duration?  ts: timestamp } time ts lateness 2s
event Logout { user: string  ts: timestamp } time ts
list known: string
param limit: int = 2 range 1 .. 5
param span: duration = 5s
function risk(user: string) -> float from python "bank_models.risk:score"

rule failures {
  match by user
    tries: Login having count() >= limit within span
  emit { user, n: count(tries), risk: risk(user) }
}
rule stranger { match by user within 1m  a: Login where ok and user not in known  without Logout within 5s }
"""
FUNCTIONS = {"bank_models.risk:score": lambda user: len(user) / 2}
START = datetime(2026, 1, 31, 10, tzinfo=UTC)
MICROS = round(START.timestamp()) * 1_000_000


def rules(**settings: Any) -> cep.Rules:
    return cep.compile_text(RULES, **{"lists": {"known": ["ann"]}, "functions": FUNCTIONS, **settings})


def login(second: float, user: str = "ann", ok: bool = True, **fields: Any) -> dict[str, Any]:
    return {"type": "Login", "user": user, "ok": ok, "ts": START + timedelta(seconds=second), **fields}


def test_run_gives_alerts_and_ends_with_the_input() -> None:
    found = list(rules().engine().run([login(0), login(1), login(60, "bob")]))
    assert [(alert.rule, alert.key["user"]) for alert in found] == [("bank.failures", "ann"), ("bank.stranger", "bob")]
    assert found[0].fields == {"user": "ann", "n": 2, "risk": 1.5}
    assert found[1].due == MICROS + 65_000_000


def test_run_gives_an_alert_before_it_asks_for_the_next_event() -> None:
    asked = []

    def events() -> Iterator[dict[str, Any]]:
        for second in (0, 1, 10, 11):
            asked.append(second)
            yield login(second)

    alerts = rules().engine().run(events())
    assert next(alerts).rule == "bank.failures"
    assert asked == [0, 1, 10]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_batches_make_no_difference(batch: int) -> None:
    events = [login(second / 2, "ann" if second % 3 else "bob") for second in range(40)]
    one = [alert.json() for alert in rules().engine().run(events)]
    assert len(one) > 5
    assert [alert.json() for alert in rules().engine().run(events, batch=batch)] == one


def test_push_advance_finish() -> None:
    engine = rules().engine()
    assert engine.push([login(0, "bob")]) == []
    assert engine.advance(START + timedelta(seconds=5)) == []
    (alert,) = engine.advance(MICROS + 5_000_001)
    assert alert.rule == "bank.stranger"
    engine.push([login(20, "eve")])
    assert [alert.key["user"] for alert in engine.finish()] == ["eve"]
    assert engine.finish() == []
    with pytest.raises(RuntimeError, match="has ended"):
        engine.push([login(30)])


def test_an_event_may_not_go_backwards_past_an_advance() -> None:
    engine = rules().engine()
    engine.advance(START)
    assert engine.push([login(-1)]) == []
    (late,) = engine.late
    assert (late.event, late.rules) == ("Login", ("bank.failures", "bank.stranger"))


@dataclass
class Login:
    user: str
    ok: bool
    ts: datetime
    cost: Decimal | None = None
    took: timedelta | None = None


class Logout(msgspec.Struct):
    user: str
    ts: datetime


@dataclass
class Tagged:
    type: str
    user: str
    ok: bool
    ts: datetime


@pytest.mark.parametrize(
    "event",
    [
        {"type": "Login", "user": "bob", "ok": True, "ts": START},
        {"type": "Login", "user": "bob", "ok": True, "ts": MICROS // 1000, "extra": {"x": {1, 2}}},
        MappingProxyType({"type": "Login", "user": "bob", "ok": True, "ts": "2026-01-31T10:00:00Z"}),
        ("Login", {"user": "bob", "ok": True, "ts": START}),
        ("Login", {"type": "other", "user": "bob", "ok": True, "ts": START}),
        Login("bob", True, START, Decimal("1.50"), timedelta(milliseconds=1500)),
        Tagged("Login", "bob", True, START),
        b'{"type":"Login","user":"bob","ok":true,"ts":1769853600000}',
        '{"type":"Login","user":"bob","ok":true,"ts":1769853600000}',
    ],
)
def test_every_form_of_an_event(event: object) -> None:
    engine = rules().engine()
    (alert,) = [*engine.push([event]), *engine.finish()]
    assert not engine.dead_letters
    assert alert.start == MICROS
    assert alert.events[0].source == "events/0/0"
    assert alert.events[0].data["user"] == "bob"
    assert alert.events[0].type == "Login"


def test_a_struct_is_an_event_of_its_class() -> None:
    engine = rules().engine()
    engine.push([Login("bob", True, START), Logout("bob", START + timedelta(seconds=1))])
    assert engine.finish() == []
    assert engine.stats.events == 2


def test_values_of_an_object_arrive_exactly() -> None:
    (alert,) = rules().engine().run([Login("bob", True, START, Decimal("1.50"), timedelta(milliseconds=1500))])
    decoded = alert.events[0].decoded
    assert (str(decoded.cost), decoded.took) == ("1.50", 1_500_000)
    assert b'"cost":1.50' in alert.events[0].raw


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "Login", "user": "bob", "ok": True}, "required field `ts` is missing"),
        (login(0, cost=float("nan")), "cannot be written as JSON: nan is no JSON number"),
        (login(0, extra=[1.0, {"x": float("inf")}]), "cannot be written as JSON: inf is no JSON number"),
        (login(0, cost=Decimal("NaN")), "not valid JSON: NaN at byte"),
        (login(0, extra=object()), "cannot be written as JSON: a `object` is no value of an event"),
        (login(0, user="\ud800"), "cannot be written as JSON: 'utf-8' codec can't encode"),
        (login(0) | {"ts": datetime(2026, 1, 31)}, "field `ts`: expected a time such as"),
        ({1: 2}, "cannot be written as JSON"),
        (5, "cannot be written as JSON: a `int` is no event"),
        (None, "cannot be written as JSON: a `NoneType` is no event"),
        (("Login", "x"), "cannot be written as JSON: a `tuple` is no event"),
        ("nonsense", "not valid JSON"),
        ("\ud800", "not valid UTF-8"),
    ],
)
def test_what_is_no_event_is_a_dead_letter(event: object, reason: str) -> None:
    engine = rules().engine()
    found = [*engine.push([login(0, "bob"), event]), *engine.push([login(1, "cid")]), *engine.finish()]
    assert [(alert.key["user"], alert.events[0].source) for alert in found] == [
        ("bob", "events/0/0"),
        ("cid", "events/0/2"),
    ]
    (letter,) = engine.dead_letters
    assert letter.reason.startswith(reason)
    assert letter.offset == 1
    assert engine.stats.dead_letters == 1


def test_late_events_and_dead_letters_are_kept_up_to_a_limit() -> None:
    engine = rules().engine(keep=3)
    engine.push([login(100), *(login(second) for second in range(5)), *range(5)])
    assert [late.offset for late in engine.late] == [3, 4, 5]
    assert [letter.offset for letter in engine.dead_letters] == [8, 9, 10]
    assert (engine.stats.late, engine.stats.dead_letters) == (5, 5)


def test_a_cyclic_object_is_a_dead_letter() -> None:
    event = login(0)
    event["self"] = event
    engine = rules().engine()
    assert engine.push([event]) == []
    assert len(engine.dead_letters) == 1


# ---------------------------------------------------------------- state


def test_a_snapshot_continues_where_it_was_taken(tmp_path: Path) -> None:
    events: list[Any] = [login(second / 2, "ann" if second % 3 else "bob") for second in range(30)]
    events[7] = object()
    whole = rules().engine()
    expected = [alert.json() for alert in whole.run(events)]
    first = rules().engine()
    found = [alert.json() for alert in first.push(events[:8])]
    assert first.position == 8
    first.snapshot(tmp_path / "state")
    second = rules().engine()
    second.restore(tmp_path / "state")
    assert second.position == 8
    found += [alert.json() for alert in second.run(events[second.position :])]
    assert found == expected


def test_restore_needs_a_new_engine_and_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    engine = rules().engine()
    engine.push([login(0)])
    engine.snapshot(path)
    with pytest.raises(RuntimeError, match="has taken events"):
        engine.restore(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(cep.SnapshotError, match="not a whole snapshot file"):
        rules().engine().restore(path)
    with pytest.raises(FileNotFoundError):
        rules().engine().restore(tmp_path / "none")


TWO = """
event A { k: string  n: int  ts: timestamp } time ts
param limit: int = 0
rule r { version 1  match by k within 1h  a: A where n > limit then b: A where n == 7 }
"""


def two(text: str = TWO, **params: int) -> cep.Engine:
    return cep.compile_text(text, params=params).engine()


def a(second: int, n: int, k: str = "x") -> dict[str, object]:
    return {"type": "A", "k": k, "n": n, "ts": second * 1000}


def test_restore_under_changed_rules(tmp_path: Path) -> None:
    path = tmp_path / "state"
    engine = two()
    engine.push([a(0, 1)])
    engine.snapshot(path)
    text = TWO.replace("version 1", "version 2")
    engine = two(text, limit=5)
    (change,) = engine.restore(path).changes
    assert (change.rule, change.before, change.after, change.open) == ("r", 1, 2, 1)
    assert change.verdict is cep.Verdict.FINISH_OLD
    assert change.shown == "rule `r`: finish-old, 1 open partial match: where of `a` (param `limit`)"
    alerts = engine.push([a(1, 2, "y"), a(2, 6, "z"), a(3, 7), a(4, 7, "y"), a(5, 7, "z"), a(6, 7, "z")])
    assert {(alert.key["k"], alert.version) for alert in alerts} == {("x", 1), ("z", 2)}


def test_a_reset_has_to_be_allowed(tmp_path: Path) -> None:
    path = tmp_path / "state"
    engine = two()
    engine.push([a(0, 1)])
    engine.snapshot(path)
    text = TWO.replace("match by k", "match by n")
    with pytest.raises(cep.SnapshotError, match="rule `r`: reset, 1 open partial match: key"):
        two(text).restore(path)
    report = two(text).restore(path, allow_reset=True)
    assert [change.rule for change in report.lost] == ["r"]


CALLING = """
event A { k: string  n: int  ts: timestamp } time ts
function odd(n: int) -> bool from python "numbers:odd"
rule r { match by k within 1h  a: A where odd(n) then b: A where odd(n) }
"""


def test_an_old_version_calls_the_functions_it_names(tmp_path: Path) -> None:
    path = tmp_path / "state"
    odd, even = {"numbers:odd": lambda n: n % 2 == 1}, {"numbers:even": lambda n: n % 2 == 0}
    engine = cep.compile_text(CALLING, functions=odd).engine()
    engine.snapshot(path)
    cep.compile_text(CALLING.replace("odd", "even"), functions=even).engine().restore(path)
    engine.push([a(0, 1)])
    engine.snapshot(path)
    text = CALLING.replace("odd", "even")
    with pytest.raises(cep.SnapshotError, match="calls a function that cannot be had: the function `odd` is not given"):
        cep.compile_text(text, functions=even).engine().restore(path)
    engine = cep.compile_text(text, functions=odd | even).engine()
    assert engine.restore(path).changes[0].verdict is cep.Verdict.FINISH_OLD
    assert [alert.start for alert in engine.push([a(1, 2), a(2, 4), a(3, 5)])] == [1_000_000, 0]


def test_rules_that_import_others_are_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "state"
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "events.pattern").write_text("event A { k: string  n: int  ts: timestamp } time ts\n")
    rules = 'import "sub/events.pattern"\nrule r { match by k within 1h  a: A where n > 1 then b: A }\n'
    (tmp_path / "r.pattern").write_text(rules)
    engine = cep.compile(tmp_path / "r.pattern").engine()
    engine.push([a(0, 2)])
    engine.snapshot(path)
    (tmp_path / "r.pattern").write_text(rules.replace("n > 1", "n > 4").replace("sub/", ""))
    (tmp_path / "sub" / "events.pattern").rename(tmp_path / "events.pattern")
    engine = cep.compile(tmp_path / "r.pattern").engine()
    assert engine.restore(path).changes[0].verdict is cep.Verdict.FINISH_OLD
    assert len(engine.push([a(1, 0)])) == 1


def test_stats() -> None:
    engine = rules().engine()
    assert engine.stats.watermark is None
    engine.push([login(0), login(10, "bob"), {"type": "Other"}])
    stats = engine.stats
    assert (stats.events, stats.alerts, stats.unrouted, stats.held) == (3, 0, 1, 1)
    assert stats.watermark == MICROS + 8_000_000
    assert stats.open_runs == 0


# ---------------------------------------------------------------- rules and settings


def test_rules_name_themselves() -> None:
    assert rules().names == ("bank.failures", "bank.stranger")
    assert rules().events == ("Login", "Logout")
    assert repr(rules()) == "Rules(bank.failures, bank.stranger)"


def test_an_engine_of_some_rules() -> None:
    engine = rules().engine(rules=["stranger"])
    assert {alert.rule for alert in engine.run([login(0, "bob"), login(1, "bob")])} == {"bank.stranger"}
    with pytest.raises(cep.SettingsError, match="declare no rule `strange`; did you mean"):
        rules().engine(rules=["strange"])


def test_a_single_type_needs_no_type_field() -> None:
    single = cep.compile_text("event A { k: string ts: timestamp } time ts rule r { match by k within 1m a: A }")
    assert len(list(single.engine(type_field=None).run([{"k": "x", "ts": 1}, ("A", {"k": "y", "ts": 1})]))) == 2
    with pytest.raises(ValueError, match="holds 2 event types"):
        rules().engine(type_field=None)


def test_the_source_is_named_by_the_program() -> None:
    (alert,) = rules().engine(source="orders").run([login(0, "bob")])
    assert alert.events[0].source == "orders/0/0"


def test_params_also_as_spans() -> None:
    many = [login(second, ok=False) for second in range(4)]
    assert [alert.fields["n"] for alert in rules(params={"limit": 4}).engine().run(many)] == [4]
    wide = [login(second) for second in (0, 4)]
    assert list(rules().engine(rules=["failures"]).run(wide))
    assert not list(rules(params={"bank.span": timedelta(seconds=3)}).engine(rules=["failures"]).run(wide))
    assert not list(rules(params={"span": "3s"}).engine(rules=["failures"]).run(wide))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"params": {"limt": 3}}, "the rules declare no param `limt`; did you mean `limit`?"),
        ({"params": {"limit": 9}}, "param `bank.limit` is outside the range 1 .. 5; choose a value in the range"),
        ({"params": {"limit": "3"}}, "param `limit` cannot be '3'; give an int of at most 64 bits"),
        ({"params": {"limit": True}}, "param `limit` cannot be True; give an int"),
        ({"params": {"span": "soon"}}, "param `span` cannot be 'soon'"),
        ({"lists": {}}, 'list `bank.known` has no values; give them, as in lists={"bank.known": [...]}'),
        ({"lists": {"known": "ann"}}, "list `known` is given as one text; give a list of values"),
        ({"lists": {"known": [1]}}, "list `known` cannot be 1; give a str"),
        ({"lists": {"known": [], "unknown": []}}, "the rules declare no list `unknown`"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(cep.SettingsError) as caught:
        rules(**settings)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        ("decimal", "9_000.00", Decimal("9000.00")),
        ("decimal", 5, Decimal(5)),
        ("float", 5, 5.0),
        ("duration", "1h30m", 5_400_000_000),
        ("duration", timedelta(microseconds=1), 1),
        ("timestamp", START, MICROS),
        ("timestamp", "2026-01-31T10:00:00Z", MICROS),
        ("bool", False, False),
        ('enum("a", "b")', "b", "b"),
    ],
)
def test_list_values_of_every_kind(declared: str, value: object, expected: object) -> None:
    text = f"""
    event A {{ k: {declared}  ts: timestamp }} time ts
    list values: {declared}
    rule r {{ match by k within 1m  a: A where k in values }}
    """
    engine = cep.compile_text(text, lists={"values": [value]}).engine()
    encoded = str(expected) if isinstance(expected, Decimal) else value
    assert [alert.key["k"] for alert in engine.run([{"type": "A", "k": encoded, "ts": START}])] == [expected]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("decimal", 1.5),
        ("decimal", "NaN"),
        ("float", float("nan")),
        ("timestamp", datetime(2026, 1, 1)),
        ("int", 2**63),
    ],
)
def test_list_values_that_do_not_fit(declared: str, value: object) -> None:
    rule = "rule r { match by k within 1m  a: A where k in v }"
    text = f"event A {{ k: {declared}  ts: timestamp }} time ts list v: {declared} {rule}"
    with pytest.raises(cep.SettingsError):
        cep.compile_text(text, lists={"v": [value]})


# ---------------------------------------------------------------- functions


def test_a_function_must_be_given_or_allowed() -> None:
    with pytest.raises(cep.SettingsError, match=r"the function `bank\.risk` is not given"):
        rules(functions={}).engine()
    with pytest.raises(cep.SettingsError, match=r"the module of the function `bank\.risk` is not allowed"):
        rules(functions=["other"]).engine()
    with pytest.raises(cep.SettingsError, match="is not a function"):
        rules(functions={"bank.risk": 5}).engine()


def test_modules_are_imported_only_when_an_engine_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "bank_models"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "risk.py").write_text("def score(user): return 7.0")
    monkeypatch.syspath_prepend(tmp_path)
    checked = rules(functions=["bank_models"])
    assert "bank_models" not in sys.modules
    try:
        (alert,) = checked.engine(rules=["failures"]).run([login(0), login(1)])
        assert alert.fields["risk"] == 7.0
    finally:
        for name in ("bank_models", "bank_models.risk"):
            sys.modules.pop(name, None)


def test_a_module_that_fails_is_told() -> None:
    with pytest.raises(cep.SettingsError, match=r"`bank_models\.risk:score` cannot be imported: ModuleNotFoundError"):
        rules(functions=["bank_models"]).engine()


# ---------------------------------------------------------------- compiling


def test_compile_takes_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "events.pattern").write_text("event A { k: string ts: timestamp } time ts")
    rule = 'import "events.pattern" rule {} {{ match by k within 1m a: A }}'
    (tmp_path / "one.pattern").write_text(rule.format("one"))
    (tmp_path / "two.pattern").write_text(rule.format("two"))
    assert cep.compile(tmp_path).names == ("one", "two")
    assert cep.compile(str(tmp_path / "one.pattern")).names == ("one",)
    assert cep.compile([tmp_path / "two.pattern", str(tmp_path / "one.pattern")]).names == ("two", "one")
    assert cep.compile(f"{tmp_path}/two.pattern::two").names == ("two",)


def test_what_is_wrong_in_rules_comes_as_diagnostics(tmp_path: Path) -> None:
    with pytest.raises(cep.CheckFailed) as caught:
        cep.compile_text("event A { k: string ts: timestamp } time ts rule r { match by kk within 1m a: A }")
    (found,) = caught.value.diagnostics
    assert str(caught.value).startswith(f"{found.code} {found.span}: {found.message} (")
    with pytest.raises(cep.CheckFailed):
        cep.compile(tmp_path / "none.pattern")


def test_the_package_offers_what_it_names_and_loads_lazily() -> None:
    for name in cep.__all__:
        assert getattr(cep, name) is not None
    assert set(cep.__all__) <= set(dir(cep))
    with pytest.raises(AttributeError, match="module 'cep' has no attribute 'engin'"):
        cep.engin  # noqa: B018
    done = subprocess.run(
        [sys.executable, "-c", "import sys, cep; print('cep.api' in sys.modules, 'msgspec' in sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.split() == ["False", "False"]


def test_alerts_are_json() -> None:
    (alert,) = rules().engine().run([login(0, "bob")])
    assert json.loads(alert.json())["rule"] == "bank.stranger"
