"""The sequence-pattern cases, through the public face and through the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import running
from tests.conformance.__main__ import main
from tests.conformance.backends import BACKENDS
from tests.conformance.rule_text import translate
from tests.conformance.running import judge
from tests.conformance.skipping import Skipped

FOLDER = Path(__file__).parents[1] / "conformance"
FILES = ("flink_tests.json", "flink_random.json")
REASONS = {
    "windows inside a quantifier (`window_ms`)",
    "static fact without events",
    "`skip_to` an optional stage",
    "`throw_on_miss`",
    "`*` pseudo-stage in aggregates",
}


def cases(file: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / file).read_text(encoding="utf-8"))["cases"]
    return loaded


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("file", FILES)
def test_every_case(file: str, backend: str) -> None:
    verdicts = [judge(case, BACKENDS[backend]) for case in cases(file)]
    failed = {verdict.case: verdict.details for verdict in verdicts if verdict.kind == "failed"}
    assert failed == {}
    skipped = {verdict.details[0] for verdict in verdicts if verdict.kind == "skipped"}
    assert skipped <= REASONS


def test_few_cases_are_skipped() -> None:
    verdicts = [judge(case, BACKENDS["oracle"]) for file in FILES for case in cases(file)]
    kinds = [verdict.kind for verdict in verdicts]
    assert len(kinds) == 698
    assert kinds.count("skipped") <= 24


def test_the_translation_reads_neither_id_nor_answer() -> None:
    for case in cases("flink_random.json")[:60]:
        blind = {key: value for key, value in case.items() if not key.startswith("expected_m") and key != "id"}
        assert translate({**blind, "id": "other"}).text == translate(case).text


def test_looped_groups_written_out_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "translate", lambda case: translate(case, unroll_all=True))
    checked = 0
    for case in [case for file in (*FILES, "translation/cases.json") for case in cases(file)]:
        if case["kind"] in ("property", "invalid") or not any("group" in stage for stage in case["pattern"]):
            continue
        if (case["skip"] or {}).get("to") is None:
            verdict = judge(case, BACKENDS["oracle"])
            assert verdict.kind == "passed", (verdict, translate(case, unroll_all=True).text)
            checked += 1
    assert checked > 30


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("case", cases("translation/cases.json"), ids=lambda case: case["id"])
def test_the_translation_is_right_for_the_whole_form(case: dict[str, Any], backend: str) -> None:
    verdict = judge(case, BACKENDS[backend])
    assert verdict.kind == "passed", (verdict, translate(case).text)


def test_a_guard_against_null_is_written_only_where_it_matters() -> None:
    found = {case["id"]: translate(case).text for case in cases("translation/cases.json")}
    assert 'where (volume is not null and (volume > 1 or name == "b"))' in found["null_or"]
    assert 'where (name == "b" or volume > 1)' in found["null_behind_or"]
    assert "is not null and" not in found["null_that_or_does_not_reach"]


@pytest.mark.parametrize("condition", ["price in (1, 2)", "price is None", "price % 2 == 0", "exp(price) > 1"])
def test_what_the_form_does_not_describe_fails(condition: str) -> None:
    case = next(case for case in cases("translation/cases.json") if case["id"] == "chainc")
    stage = {**case["pattern"][0], "condition": condition}
    verdict = judge({**case, "pattern": [stage]}, BACKENDS["cep"])
    assert verdict.kind == "failed"
    assert "the form does not describe" in verdict.details[0]


@pytest.mark.parametrize(("expected", "left"), [(0, 1), (2, 0)])
def test_runs_that_should_be_left_or_not_are_a_difference(expected: int, left: int) -> None:
    case = next(case for case in cases("translation/cases.json") if case["id"] == "runs_left_open")
    events = case["events"][:left]
    verdict = judge({**case, "events": events, "expected_open_partials": expected}, BACKENDS["cep"])
    assert verdict.kind == "failed"
    assert "open partial matches, expected" in verdict.details[0]


def test_a_wrong_answer_fails() -> None:
    case = next(c for c in cases("flink_random.json") if c["expected_matches"])
    assert judge({**case, "expected_matches": case["expected_matches"][1:]}, BACKENDS["oracle"]).kind == "failed"


def test_a_skip_gives_its_reason() -> None:
    case = next(c for c in cases("flink_tests.json") if c["kind"] == "property")
    with pytest.raises(Skipped, match="static fact"):
        translate(case)


def test_what_fails_in_another_way_is_a_failed_case() -> None:
    case = next(case for case in cases("flink_tests.json") if case["kind"] == "sequence")
    odd = {**case, "id": "odd", "kind": "foo"}
    verdict = judge(odd, BACKENDS["cep"])
    assert (verdict.case, verdict.kind, verdict.details) == (
        "odd",
        "failed",
        ("ValueError: no such kind of case: 'foo'",),
    )

    def crashing(*_: object) -> Any:
        raise KeyError("planted")

    assert judge(case, crashing).details == ("KeyError: 'planted'",)


def test_ids_and_files_that_are_not_there_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, ids = str(FOLDER / FILES[0]), tmp_path / "ids"
    known = next(case["id"] for case in cases(FILES[0]) if case["kind"] == "sequence")
    ids.write_text(f"{known}\nnope\n")
    assert main([file, "--ids", str(ids)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("1 passed, 0 failed, 0 skipped\n", "no such case: nope\n")
    (tmp_path / "odd.json").write_text("{}")
    for odd in ("odd.json", "missing.json"):
        assert main([str(tmp_path / odd)]) == 2
        assert odd in capsys.readouterr().err
    assert main([file, "--ids", str(tmp_path / "missing")]) == 2
