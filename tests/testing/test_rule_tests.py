"""Rule tests and how they end: see rule_tests.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cep.language.load import load_text
from cep.language.model import RuleSet
from cep.testing.result import TestResult, TestRun
from cep.testing.runner import run_tests
from cep.testing.text_report import TextReport

DATA: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "rule_tests.yaml").read_text(encoding="utf-8"))
FILE = "cases.pattern"


def written(case: dict[str, Any]) -> str:
    """The case as a rule file; its body starts on the line after the head."""
    settings = f" with {case['with']}" if "with" in case else ""
    return f'{DATA["declarations"]}test "{case["name"]}" for {case["rule"]}{settings} {{\n{case["body"]}}}\n'


def run(case: dict[str, Any]) -> tuple[TestResult, TestRun]:
    text = written(case)

    def recheck(params: Any) -> RuleSet:
        return load_text(text, FILE, params=params)

    done = run_tests(load_text(text, FILE), functions=case.get("allow", ()), recheck=recheck)
    (result,) = done.results
    return result, done


def reported(done: TestRun) -> str:
    """The report of the one test without headline and summary; lines count from the test's head."""
    head = DATA["declarations"].count("\n") + 1
    lines: list[str] = []
    for line in TextReport().render(done).splitlines()[1:-2]:
        text = line.strip()
        if text.startswith(f"{FILE}:"):
            number, _, message = text.removeprefix(f"{FILE}:").partition(":")
            text = f"{int(number) - head}:{message}"
        lines.append(text)
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_a_rule_test_ends_as_it_should(case: dict[str, Any]) -> None:
    result, done = run(case)
    ends = case.get("ends", "")
    assert result.outcome == case.get("outcome", "failed" if ends else "passed"), TextReport().render(done)
    if ends:
        assert reported(done) == "".join(f"{line.strip()}\n" for line in ends.splitlines())
