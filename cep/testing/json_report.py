"""Results for machines: one JSON object, its keys in a fixed order."""

from __future__ import annotations

import json
from typing import Any

from cep.language.diagnostics import Span
from cep.testing.result import Failure, TestResult, TestRun


def render_json(run: TestRun) -> str:
    """`{"passed": …, "failed": …, "broken": …, "seconds": …, "tests": […]}`, ending with a line end."""
    document = {
        "passed": run.count("passed"),
        "failed": run.count("failed"),
        "broken": run.count("broken"),
        "seconds": round(run.seconds, 6),
        "tests": [_test(result) for result in run.results],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "rule": result.rule,
        "outcome": result.outcome,
        **_place(result.span),
        "seconds": round(result.seconds, 6),
        "failures": [_failure(failure) for failure in result.failures],
        "notes": list(result.notes),
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        **_place(failure.span),
        "message": failure.message,
        "diff": [f"{change.mark} {change.text}" for change in failure.diff],
        "fix": failure.fix,
    }


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.column}
