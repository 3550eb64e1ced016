"""`cep test` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

RULES = """\
event Pay { card: string  amount: decimal  ts: timestamp } time ts
rule big { match by card within 1h  p: Pay where amount >= 10.00  emit { card, amount: p.amount } }
rule pair { match by card within 1h  a: Pay  then b: Pay  emit { card } }
"""
PASSES = """\
test "a large sum" for big {
  00:00 Pay { card: "c", amount: 10.00 }
  expect match { amount: 10.0 }
}
test "two of a card" for pair {
  00:00 Pay { card: "c" }
  00:01 Pay { card: "c" }
  expect match { card: "c" }
}
"""
FAILS = """\
test "a small sum" for big {
  00:00 Pay { card: "c", amount: 9.99 }
  expect match { amount: 9.99 }
}
"""


def cep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cep.cli.main", "test", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.pattern").write_text(RULES + PASSES, encoding="utf-8")
    return tmp_path


def test_all_passed_is_0(folder: Path) -> None:
    done = cep(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 passed in ")


def test_a_failure_is_1_and_shows_the_difference(folder: Path) -> None:
    (folder / "rules" / "good.pattern").write_text(RULES + PASSES + FAILS, encoding="utf-8")
    done = cep(folder, "rules/good.pattern")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[:5] == [
        "FAILED  a small sum  (big)  rules/good.pattern:13",
        "  rules/good.pattern:15: expected a match, but none came",
        "      expect match { amount: 9.99 }",
        "    - match { amount: 9.99 }",
        "",
    ]
    assert done.stdout.splitlines()[-1].startswith("1 failed, 2 passed in ")


def test_k_and_double_colon_pick_tests(folder: Path) -> None:
    for words in (("-k", "large"), ("-k", "not pair"), ("rules/good.pattern::big",)):
        done = cep(folder, *words, "-v")
        assert done.returncode == 0
        assert [line for line in done.stdout.splitlines() if "PASSED" in line] == [
            "PASSED  a large sum  (big)  rules/good.pattern:4"
        ]


def test_json_and_junit(folder: Path) -> None:
    done = cep(folder, "--output", "json", "--junit", "tests.xml", "--out", "tests.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    document = json.loads((folder / "tests.json").read_text(encoding="utf-8"))
    assert [(test["name"], test["outcome"]) for test in document["tests"]] == [
        ("a large sum", "passed"),
        ("two of a card", "passed"),
    ]
    assert ElementTree.parse(folder / "tests.xml").getroot().get("tests") == "2"


def test_rules_with_errors_are_1_and_nothing_runs(folder: Path) -> None:
    (folder / "rules" / "bad.pattern").write_text(RULES.replace("amount >=", "amonut >="), encoding="utf-8")
    done = cep(folder, "rules/bad.pattern")
    assert (done.returncode, done.stdout) == (1, "")
    assert "rules/bad.pattern:2:" in done.stderr
    assert "amonut" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.pattern",), "there is no file `nowhere.pattern`"),
        (("rules/good.pattern::bug",), "there is no rule `bug`"),
        (("-k", "zebra"), "cep: none of the 2 tests fits `-k zebra`"),
        (("-k", "(large"), "cep: a parenthesis is not closed"),
        (("--junit", "no/such/folder/x.xml"), "cannot be written: no such file or directory"),
        (("--output", "yaml"), "yaml"),
    ],
)
def test_wrong_usage_is_2_with_one_sentence(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = cep(folder, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_without_tests_is_2(folder: Path) -> None:
    (folder / "bare.pattern").write_text(RULES, encoding="utf-8")
    done = cep(folder, "bare.pattern")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'cep: there is no test in bare.pattern; write `test "…" for RULE { … }` into a rule file\n'


def test_python_functions_come_only_from_allowed_modules(folder: Path) -> None:
    (folder / "own.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    rules = 'function double(x: decimal) -> decimal from python "own:double"\n' + RULES.replace(
        "amount >= 10.00", "double(amount) >= 10.00"
    )
    test = 'test "doubled" for big {\n  00:00 Pay { card: "c", amount: 5.00 }\n  expect match\n}\n'
    (folder / "own.pattern").write_text(rules + test, encoding="utf-8")
    refused = cep(folder, "own.pattern")
    assert refused.returncode == 1
    assert "the module of the function `double` is not allowed" in refused.stdout
    assert cep(folder, "own.pattern", "--allow", "own").returncode == 0
