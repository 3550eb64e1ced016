"""Another version of the rules beside the live one: its alerts go to the shadow output, and the difference is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import test_run_state as plain
from tests.cli.live import cep, die
from tests.cli.test_run_state import RULES, change, written

TRIAL = RULES.replace("total > limit", "total > limit + 20.00").replace("total == a.total", "total > a.total")


@pytest.fixture
def trial(shop: Path) -> Path:
    """The job with other rules in the shadow, in a folder of their own."""
    (shop / "next").mkdir()
    (shop / "next" / "shop.pattern").write_text(TRIAL)
    change(shop, "job.yaml", "out/shadow.jsonl}", "out/shadow.jsonl, rules: [next]}")
    return shop


def alerts(shop: Path, name: str) -> list[dict[str, Any]]:
    """What an output holds."""
    return [json.loads(line) for line in (shop / "out" / f"{name}.jsonl").read_text().splitlines()]


def told(found: list[dict[str, Any]]) -> set[str]:
    """Alerts by what they bind."""
    return {json.dumps([a["rule"], a["key"], [e["source"] for e in a["events"]]]) for a in found}


def report(*arguments: str) -> dict[str, Any]:
    """The summary of a run."""
    code, said = plain.cep("job.yaml", "--output", "json", *arguments)
    assert code == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


def alone(shop: Path, rules: str) -> list[dict[str, Any]]:
    """The alerts, live and shadow, of a run of some rules alone."""
    job = plain.JOB.replace("state: {dir: state, every: 0s}\n", "").replace("out/", "alone/")
    (shop / "alone.yaml").write_text(job.replace("shop.pattern", rules))
    assert plain.cep("alone.yaml")[0] == 0
    return [
        json.loads(line)
        for name in ("alerts", "shadow")
        for line in (shop / "alone" / f"{name}.jsonl").read_text().splitlines()
    ]


def test_the_live_alerts_are_those_of_the_rules_alone(trial: Path) -> None:
    expected = alone(trial, "shop.pattern")
    assert plain.cep("job.yaml")[0] == 0
    live = alerts(trial, "alerts")
    assert live == [alert for alert in expected if alert.get("mode") != "shadow"]


def test_the_difference_is_that_of_two_runs(trial: Path) -> None:
    old, new = told(alone(trial, "shop.pattern")), told(alone(trial, "next/shop.pattern"))
    (found,) = report()["comparisons"]
    assert (found["both"], found["live_alone"], found["shadow_alone"]) == (
        len(old & new),
        len(old - new),
        len(new - old),
    )
    assert found["live_alone"] > 3 and found["shadow_alone"] > 3 and found["unsettled"] == 0
    rule = found["rules"]["not_shipped"]
    assert rule["shadow_alone"] == 0 and len(rule["live_examples"]) == 3
    ids = {alert["alert_id"]: alert for alert in alerts(trial, "alerts")}
    assert all(ids[of["alert_id"]]["key"] == json.loads(of["key"]) for of in rule["live_examples"])
    shadow = alerts(trial, "shadow")
    assert {alert["mode"] for alert in shadow} == {"shadow"}
    assert told([alert for alert in shadow if alert["rule"] == "not_shipped"]) <= new


def test_the_summary_for_people(trial: Path) -> None:
    code, said = plain.cep("job.yaml")
    assert code == 0
    assert "   with the shadow rules: " in said
    assert "    not_shipped: " in said and " live alone, 0 shadow alone\n" in said
    assert "      live    " in said and '{"order":"o4' in said


@pytest.mark.parametrize("deaths", [(3,), (5, 2), (9, 1, 2)])
def test_state_holds_the_shadow(deaths: tuple[int, ...], trial: Path) -> None:
    whole = report()
    expected = written(trial)
    for dies in deaths:
        start = ["--from-start"] if dies is deaths[0] else []
        assert cep("job.yaml", *start, at={dies: die})[0] == -9
    found = report()
    assert written(trial) == expected
    assert found["comparisons"] == whole["comparisons"]


def test_a_shadow_put_in_under_way_begins_where_the_live_rules_stand(shop: Path) -> None:
    """As if it had been taken there, which is what an edit of the live rules does."""
    (shop / "next").mkdir()
    (shop / "next" / "shop.pattern").write_text(TRIAL)
    add = lambda: change(shop, "job.yaml", "out/shadow.jsonl}", "out/shadow.jsonl, rules: [next]}")  # noqa: E731
    code, said = cep("job.yaml", at={9: add})
    assert code == 0
    assert "of the rules runs in the shadow\ncep: shadow rule `not_shipped`: finish-old, " in said
    assert "rules taken under way" not in said
    shadow = [alert for alert in alerts(shop, "shadow") if alert["rule"] == "not_shipped"]
    live = alerts(shop, "alerts")
    (shop / "job.yaml").write_text(plain.JOB)
    assert plain.cep("job.yaml", "--from-start")[0] == 0
    assert live == alerts(shop, "alerts"), "what is live is as it was"
    edit = lambda: (shop / "shop.pattern").write_text(TRIAL) and None  # noqa: E731
    assert cep("job.yaml", "--from-start", at={9: edit})[0] == 0
    edited = alerts(shop, "alerts")
    assert [a["alert_id"] for a in shadow] == [a["alert_id"] for a in edited][-len(shadow) :]
    assert {alert["mode"] for alert in shadow} == {"shadow"}


def test_a_rule_that_the_shadow_does_not_have_finishes_in_the_shadow(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    expected = alerts(shop, "alerts")
    (shop / "next.pattern").write_text(TRIAL[: TRIAL.index("rule not_shipped")] + TRIAL[TRIAL.index("rule twice") :])
    add = lambda: change(shop, "job.yaml", "shadow.jsonl}", "shadow.jsonl, rules: [next.pattern]}")  # noqa: E731
    assert cep("job.yaml", "--from-start", at={9: add, 12: die})[0] == -9
    assert plain.cep("job.yaml")[0] == 0
    assert alerts(shop, "alerts") == expected
    left = [alert for alert in alerts(shop, "shadow") if alert["rule"] == "not_shipped"]
    assert len(left) == 19 and {alert["mode"] for alert in left} == {"shadow"}


def test_a_shadow_taken_over_a_restart_begins_there_too(shop: Path) -> None:
    assert cep("job.yaml", at={9: die})[0] == -9
    (shop / "next.pattern").write_text(TRIAL)
    code, said = plain.cep("job.yaml", "--shadow-rules", "next.pattern")
    assert code == 0
    assert "cep: shadow rule `not_shipped`: finish-old, " in said
    assert "cep: rule" not in said


def test_either_side_changes_under_way(trial: Path) -> None:
    promote = lambda: (trial / "shop.pattern").write_text(TRIAL) and None  # noqa: E731
    other = lambda: change(trial, "next/shop.pattern", "+ 20.00", "+ 10.00")  # noqa: E731
    code, said = cep("job.yaml", "--output", "json", at={6: promote, 10: other})
    assert code == 0
    found = json.loads(said)
    first, second, third = found["comparisons"]
    assert first["live_version"] != second["live_version"] == third["live_version"]
    assert first["shadow_version"] == second["shadow_version"] != third["shadow_version"]
    assert len(found["live_changes"]) == 1
    _, said = cep("job.yaml", "--from-start", at={10: lambda: change(trial, "next/shop.pattern", "+ 10.00", "+ 30.00")})
    assert "cep: compared up to here\n  compared" in said


def test_a_shadow_of_the_same_rules_and_other_values(shop: Path) -> None:
    change(shop, "job.yaml", "[s9]", "[s4]")
    change(shop, "job.yaml", "out/shadow.jsonl}", "out/shadow.jsonl, params: {limit: 60.00}, lists: {trusted: []}}")
    (found,) = report()["comparisons"]
    assert found["rules"]["not_shipped"]["live_alone"] > 0
    assert found["rules"]["not_shipped"]["shadow_alone"] > 0, "s4 is not trusted there"
    assert {"both", "live_alone"} <= found["rules"]["twice"].keys() and found["rules"]["twice"]["live_alone"] == 0


def test_what_the_shadow_does_not_declare_is_left_out(trial: Path) -> None:
    text = TRIAL.replace("param limit: decimal = 40.00\nlist trusted: string\n", "")
    text = text.replace("total > limit + 20.00 and shop not in trusted", "total > 60.00")
    (trial / "next" / "shop.pattern").write_text(text)
    change(trial, "job.yaml", "job: shop", "job: shop\nparams: {limit: 30.00}\nredact: [Order.shop]")
    (trial / "next" / "shop.pattern").write_text(text.replace("shop: string ", 'market: string from "shop" '))
    change(trial, "next/shop.pattern", "match by shop", "match by market")
    code, said = plain.cep("job.yaml")
    assert (code, "with the shadow rules" in said) == (0, True), said
    assert all(
        event["data"].get("shop", "***") == "***" for alert in alerts(trial, "shadow") for event in alert["events"]
    )


def test_a_shadow_that_does_not_check(trial: Path) -> None:
    (trial / "next" / "shop.pattern").write_text(TRIAL[:-30])
    code, said = plain.cep("job.yaml")
    assert (code, "next/shop.pattern:12:" in said) == (2, True)
    (trial / "next" / "shop.pattern").write_text(TRIAL)
    code, said = cep("job.yaml", at={5: lambda: (trial / "next" / "shop.pattern").write_text(TRIAL[:-30]) and None})
    assert (code, "cep: the run goes on with the rules it has" in said) == (0, True)


@pytest.mark.parametrize("written_as", ["{file: x, rule: [next]}", "{evidence: ids}", "{}"])
def test_a_shadow_that_is_misspelt(written_as: str, shop: Path) -> None:
    change(shop, "job.yaml", "{file: out/shadow.jsonl}", written_as)
    code, said = plain.cep("job.yaml")
    assert (code, "error[C02" in said) == (2, True)


def test_a_replay_leaves_the_shadow_rules_out(trial: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    expected = (trial / "out" / "alerts.jsonl").read_bytes()
    code, said = plain.cep("job.yaml", "--replay", "state", "--to", "again.jsonl")
    assert (code, (trial / "again.jsonl").read_bytes()) == (0, expected)
    assert "with the shadow rules" not in said
