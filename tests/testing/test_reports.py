"""Results rendered: text, JSON, JUnit. The results are made by hand, so that reporters alone are looked at."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from cep.language.diagnostics import Span
from cep.testing.json_report import render_json
from cep.testing.junit_report import render_junit
from cep.testing.result import DiffLine, Failure, TestResult, TestRun
from cep.testing.text_report import TextReport

HEAD = Span("a.pattern", 3, 1, 3, 30)
LINE = Span("a.pattern", 4, 3, 4, 20)
SOURCES = {"a.pattern": 'module a\n\ntest "it fails" for r {\n  expect match { n: 3 }\n}\n'}
DIFF = (DiffLine("-", "n: 3"), DiffLine("+", "n: 4"), DiffLine(" ", 'who: "<&\x00"'))
FAILED = TestResult(
    "it fails",
    "a.r",
    "a.pattern",
    HEAD,
    (Failure(LINE, "the match differs in `n`", DIFF),),
    ("one thing more",),
    False,
    0.5,
)
PASSED = TestResult("it passes", "a.r", "a.pattern", Span("a.pattern", 9, 1, 9, 20), seconds=0.25)
BROKEN = TestResult(
    "it cannot", "b.r", "b.pattern", Span("b.pattern", 1, 1, 1, 5),
    (Failure(Span("b.pattern", 1, 1, 1, 5), "not allowed", (), "allow it"),), is_broken=True,
)  # fmt: skip
RUN = TestRun((FAILED, PASSED, BROKEN), SOURCES, 1.0)


def test_text_shows_what_failed_with_its_line_and_counts() -> None:
    assert TextReport().render(RUN) == (
        "FAILED  it fails  (a.r)  a.pattern:3\n"
        "  a.pattern:4: the match differs in `n`\n"
        "      expect match { n: 3 }\n"
        "    - n: 3\n"
        "    + n: 4\n"
        '      who: "<&\x00"\n'
        "  note: one thing more\n"
        "\n"
        "COULD NOT RUN  it cannot  (b.r)  b.pattern:1\n"
        "  b.pattern:1: not allowed\n"
        "    fix: allow it\n"
        "\n"
        "1 failed, 1 could not run, 1 passed in 1.00 s\n"
    )


def test_text_names_passing_tests_only_when_asked() -> None:
    run = TestRun((PASSED, PASSED), {}, 0.5)
    assert TextReport().render(run) == "2 passed in 0.50 s\n"
    line = "PASSED  it passes  (a.r)  a.pattern:9\n"
    assert TextReport(verbose=True).render(run) == line + line + "2 passed in 0.50 s\n"


def test_colour_adds_nothing_but_colour() -> None:
    coloured = TextReport(colour=True).render(RUN)
    assert "\x1b[31m- n: 3\x1b[0m" in coloured
    plain = coloured
    for code in ("0", "1", "31", "32", "33", "90"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == TextReport().render(RUN)


def test_json_holds_everything() -> None:
    document = json.loads(render_json(RUN))
    assert {key: document[key] for key in ("passed", "failed", "broken", "seconds")} == {
        "passed": 1, "failed": 1, "broken": 1, "seconds": 1.0,
    }  # fmt: skip
    assert document["tests"][0] == {
        "name": "it fails",
        "rule": "a.r",
        "outcome": "failed",
        "file": "a.pattern",
        "line": 3,
        "column": 1,
        "seconds": 0.5,
        "failures": [
            {
                "file": "a.pattern",
                "line": 4,
                "column": 3,
                "message": "the match differs in `n`",
                "diff": ["- n: 3", "+ n: 4", '  who: "<&\x00"'],
                "fix": None,
            }
        ],
        "notes": ["one thing more"],
    }
    assert [test["outcome"] for test in document["tests"]] == ["failed", "passed", "broken"]


def test_junit_is_well_formed_and_counts_by_file() -> None:
    root = ElementTree.fromstring(render_junit(RUN))
    assert root.attrib == {"name": "cep test", "tests": "3", "failures": "1", "errors": "1", "time": "1.000"}
    assert [suite.attrib for suite in root] == [
        {"name": "a.pattern", "tests": "2", "failures": "1", "errors": "0", "time": "0.750"},
        {"name": "b.pattern", "tests": "1", "failures": "0", "errors": "1", "time": "0.000"},
    ]
    case = root[0][0]
    assert case.attrib == {
        "name": "it fails", "classname": "a.r", "file": "a.pattern", "line": "3", "time": "0.500",
    }  # fmt: skip
    assert case[0].tag == "failure"
    assert case[0].text == (
        'a.pattern:4: the match differs in `n`\n  - n: 3\n  + n: 4\n    who: "<&\ufffd"\nnote: one thing more'
    )
    assert root[1][0][0].tag == "error"
    assert list(root[0][1]) == []
