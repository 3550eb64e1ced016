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
    for case in [case for file in FILES for case in cases(file)]:
        if case["kind"] in ("property", "invalid") or not any("group" in stage for stage in case["pattern"]):
            continue
        if (case["skip"] or {}).get("to") is None:
            verdict = judge(case, BACKENDS["oracle"])
            assert verdict.kind == "passed", (verdict, translate(case, unroll_all=True).text)
            checked += 1
    assert checked > 30


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
