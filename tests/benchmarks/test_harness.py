"""The harness by itself, over a handful of events: its figures are worth no more than what it does with them."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.alternating import ROOT, in_turn
from benchmarks.bank import traffic
from benchmarks.decoding import WAYS
from benchmarks.events import Shape, event_file
from benchmarks.holding import at_rest, held
from benchmarks.lookups import show
from benchmarks.measure import Spread, usage
from benchmarks.peers.__main__ import compared, table
from benchmarks.peers.engines import ENGINES, WORKLOADS, Engine, Figures
from benchmarks.peers.ours import agreement, alert_ids
from benchmarks.peers.toolchain import SOURCES
from benchmarks.streams import STREAMS
from benchmarks.suites import SUITES, cases
from benchmarks.suites.rules import COUNTS, SHAPES, text
from benchmarks.suites.windows import MODES, WINDOWS, visits
from cep.engine.indexed import MANY
from cep.engine.values import Values
from cep.language.load import load_text

TINY = 0.001


def test_a_command_is_measured() -> None:
    figures = cases("streams")["bursty"](TINY)
    assert figures["alerts"] > 0 and figures["late"] == 0
    assert figures["resident_mib"] > 10 and figures["start_s"] > 0 and figures["floor_us"] > 0


@pytest.mark.parametrize("suite", ["rules", "windows"])
def test_a_shard_is_measured(suite: str) -> None:
    for name, case in cases(suite).items():
        if name.endswith(" 10"):
            assert case(TINY)["us_per_event"] > 0, name


def test_state_is_written_and_read() -> None:
    figures = cases("state")["snapshot, 10,000 keys of ten"](TINY)
    assert figures["open"] == 100 and figures["file_mib"] > 0


def test_of_those_that_hold_a_value_one_is_found_or_none() -> None:
    for name, case in cases("captured").items():
        if "100 open" in name and "100,000" not in name:
            figures = case(TINY)
            found = 50 if ", one fits" in name else 0
            assert (figures["alerts"], figures["open"]) == (found, 100 - found), name


def test_the_delay_of_alerts_is_what_events_may_be_late_by() -> None:
    figures = cases("delay")["P1"](0.02)
    assert figures["alerts"] > 10 and 5 <= figures["median_s"] < 6


@pytest.mark.parametrize("mode", MODES)
def test_visits_do_not_grow_with_the_window(mode: str) -> None:
    assert max(visits(mode, window, 50) for window in WINDOWS) <= MANY
    assert visits(mode, WINDOWS[-1], 50) <= visits(mode, WINDOWS[0], 50)


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_the_same_each_time(name: str) -> None:
    first, second = (list(islice(STREAMS[name](2_000), 2_000)) for _ in range(2))
    assert first == second and len(first) == 2_000
    assert all({"type", "user", "amount", "ts"} <= json.loads(line).keys() for line in first[:50])


def test_traffic_has_all_events_of_the_pack() -> None:
    lines = [json.loads(line) for line in traffic(3_000)]
    assert {line["type"] for line in lines} == {
        "CardAuth",
        "Login",
        "Transfer",
        "Confirmation",
        "Deposit",
        "PasswordChange",
    }
    made = {line["transfer_id"] for line in lines if line["type"] == "Transfer"}
    assert sum(line["transfer_id"] in made for line in lines if line["type"] == "Confirmation") > 50


def test_every_suite_has_cases() -> None:
    assert all(len(cases(suite)) >= 2 for suite in SUITES)


@pytest.mark.parametrize("shape", SHAPES)
def test_many_rules_are_different_ones(shape: str) -> None:
    loaded = load_text(text(shape, 100))
    assert len(loaded.rules) == 100 and COUNTS[-1] == 1_000
    lines = [line.strip() for line in text(shape, 200).splitlines() if line.strip().startswith("a:")]
    assert len(set(lines)) == 200


def test_spread_and_usage() -> None:
    assert Spread.of([3, 1, 2]) == Spread(2, 1, 3, 3)
    used = usage([sys.executable, "-c", "print('told')"])
    assert used.output == "told\n" and used.resident > 1_000_000 and used.wall > 0
    with pytest.raises(TimeoutError):
        usage([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    with pytest.raises(subprocess.CalledProcessError):
        usage([sys.executable, "-c", "raise SystemExit(3)"])


def test_matches_are_compared_as_sets(tmp_path: Path) -> None:
    ours = {(1, 2), (3, 4)}
    assert agreement(ours, {(3, 4), (1, 2)}) == "same"
    assert agreement(ours, {(1, 2), (5, 6)}) == "1 of 2, 1 others"
    alerts = tmp_path / "alerts.jsonl"
    alerts.write_text('{"events":[{"data":{"id":1}},{"data":{"id":2}}]}\n', encoding="utf-8")
    assert alert_ids(alerts) == {(1, 2)}


def test_a_peer_that_cannot_say_it_is_in_the_table_all_the_same() -> None:
    spread = {"median": 2.0, "low": 1.0, "high": 3.0, "runs": 3}
    row: dict[str, Any] = {"us_per_event": spread, "cold_us_per_event": spread, "resident_mib": spread}
    row |= {"first_match_s": None, "matches": 7, "agreement": "same"}
    shown = table({"cep": row, "loop": row, "eql": {"status": "no `any`"}}).splitlines()
    assert shown[1].split()[:3] == ["cep", "2.00", "1.00"] and shown[-1].split(maxsplit=1) == ["eql", "no `any`"]


class Endless(Engine):
    """A peer that does not finish."""

    def run(self, *given: object, **more: object) -> Figures:
        raise TimeoutError("not finished in 1 s")


def test_a_peer_that_does_not_finish_is_in_the_table_all_the_same(tmp_path: Path) -> None:
    events = event_file(Shape(2_000, 100, users=50), tmp_path)
    loop = next(engine for engine in ENGINES if engine.name == "loop")
    rows = compared("P4", events, [Endless("endless", "Endless"), loop], 1, 60)
    assert rows["endless"] == {"status": "not finished in 1 s"}
    assert rows["loop"]["agreement"] == "same" and rows["cep"]["matches"] == rows["loop"]["matches"] > 0
    assert "not finished in 1 s" in table(rows)


def test_every_workload_of_a_java_engine_has_a_class() -> None:
    for engine in ENGINES:
        if engine.java:
            classes = {path.stem for path in (SOURCES / engine.name).glob("*.java")}
            said = {f"{engine.java}{workload}" for workload in WORKLOADS if workload not in engine.cannot}
            assert said <= classes
            assert (SOURCES / engine.name / "pom.xml").is_file()


def test_what_a_partial_match_holds_is_found_by_kind() -> None:
    for each in (1, 10):
        found = held(50, each)
        # of each one run, one first event, the bytes of one record
        assert found["Run"] == found["Start"] * 96 / 72 and found["bytes"] > 60 and found["Keyed"] * each > 80
        assert 400 < sum(found.values()) < 1_500
        size, writing, reading = at_rest(50, each)
        assert 100 < size < sum(found.values()) and writing > 0 and reading > 0


def test_two_states_run_in_turn(tmp_path: Path) -> None:
    events = event_file(Shape(500), tmp_path)
    found = in_turn({"one": ROOT, "other": ROOT}, "P1", events, 2)
    assert list(found) == ["one", "other"] and all(spread.runs == 2 and spread.low > 0 for spread in found.values())
    (tmp_path / "cep" / "cli").mkdir(parents=True)
    (tmp_path / "cep" / "__init__.py").touch()
    (tmp_path / "cep" / "cli" / "__init__.py").touch()
    (tmp_path / "cep" / "cli" / "main.py").write_text("raise SystemExit(7)", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        in_turn({"broken": tmp_path}, "P1", events, 1)


def test_lines_decode_alike_in_every_way() -> None:
    lines = [b'{"ts":1,"user":"u","type":"T"}', b'{"ts":2,"amount":3.5}']
    one, *others = (way(lines) for way in WAYS)
    assert len(one) == 2 and one[1].amount == 3.5 and all(other == one for other in others)


def test_lookups_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rules = load_text(text("thresholds", 2))
    lines = [
        b'{"type":"T0","user":"u1","code":"c1","amount":999.9995,"ts":%d}' % (second * 1_000) for second in range(9)
    ]
    show("two rules", rules, Values(), lines)
    # the last waits for its place; for each of the others both rules look their key up, and once more to make it
    assert capsys.readouterr().out.startswith("two rules                 2.00 lookups an event")
