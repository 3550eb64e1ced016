"""Results as JUnit XML, which CI systems read: a suite for each file, a case for each test."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as Xml

from cep.testing.result import TestResult, TestRun

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def render_junit(run: TestRun) -> str:
    """The XML document, ending with a line end."""
    root = Xml.Element("testsuites", _suite("cep test", run.results, run.seconds))
    for file, group in groupby(run.results, key=lambda result: result.file):
        results = tuple(group)
        suite = Xml.SubElement(root, "testsuite", _suite(file, results, sum(result.seconds for result in results)))
        for result in results:
            _case(suite, result)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, results: tuple[TestResult, ...], seconds: float) -> dict[str, str]:
    outcomes = [result.outcome for result in results]
    return {
        "name": _clean(name),
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("failed")),
        "errors": str(outcomes.count("broken")),
        "time": f"{seconds:.3f}",
    }


def _case(suite: Xml.Element, result: TestResult) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        name=_clean(result.name),
        classname=_clean(result.rule),
        file=_clean(result.file),
        line=str(result.span.line),
        time=f"{result.seconds:.3f}",
    )
    if result.outcome == "passed":
        return
    element = Xml.SubElement(
        case,
        "failure" if result.outcome == "failed" else "error",
        message=_clean("; ".join(failure.message for failure in result.failures)),
    )
    element.text = _clean("\n".join(_details(result)))


def _details(result: TestResult) -> list[str]:
    lines: list[str] = []
    for failure in result.failures:
        lines.append(f"{failure.span.file}:{failure.span.line}: {failure.message}")
        lines += [f"  {change.mark} {change.text}" for change in failure.diff]
    return lines + [f"note: {note}" for note in result.notes]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
