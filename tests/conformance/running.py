"""One case from its text to a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language.diagnostics import CheckFailed, Severity
from tests.conformance.backends import Backend
from tests.conformance.logs import plays
from tests.conformance.outcome import Comparison
from tests.conformance.rule_text import Case, translate
from tests.conformance.skipping import Skipped


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case; `details` are the differences, or the reason of a skip."""

    case: str
    kind: OneOf["passed", "failed", "skipped"]
    details: tuple[str, ...] = ()


KINDS = ("sequence", "stream", "invalid", "property")


def judge(case: Case, backend: Backend) -> Verdict:
    """Translate, run and compare one case. What fails in any other way than by a difference is a failed case, too."""
    name = str(case.get("id", "a case without an id"))
    try:
        return _judge(case, backend)
    except Skipped as skipped:
        return Verdict(name, "skipped", (skipped.reason,))
    except CheckFailed as failed:
        return _judge_diagnostics(name, failed)
    except Exception as error:
        return Verdict(name, "failed", (f"{type(error).__name__}: {error}",))


def _judge(case: Case, backend: Backend) -> Verdict:
    if case["kind"] not in KINDS:
        raise ValueError(f"no such kind of case: {case['kind']!r}")
    translation = translate(case)
    if case["kind"] == "invalid":
        return _judge_refusal(case, backend)
    outcome = backend(case, translation, plays(case, translation))
    differences = Comparison(case, translation, outcome).differences
    return Verdict(case["id"], "failed" if differences else "passed", tuple(differences))


def _judge_refusal(case: Case, backend: Backend) -> Verdict:
    """A pattern that must be refused: the check fails, whatever the events."""
    translation = translate(case)
    try:
        backend(case, translation, ())
    except CheckFailed as failed:
        if any(d.severity is Severity.ERROR for d in failed.diagnostics):
            return Verdict(case["id"], "passed")
        return _judge_diagnostics(case["id"], failed)
    return Verdict(case["id"], "failed", (f"not refused: {case['reason']}",))


def _judge_diagnostics(name: str, failed: CheckFailed) -> Verdict:
    errors = [d for d in failed.diagnostics if d.severity is Severity.ERROR]
    return Verdict(name, "failed", tuple(f"{d.code} {d.span}: {d.message}" for d in errors))
