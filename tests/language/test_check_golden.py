"""What the checker says of the golden cases, and the model it makes of them.

After a wanted change: `python -m tests.language.check_cases`, then read the difference.
"""

from __future__ import annotations

import pytest

from cep.language.codes import CODES
from cep.language.diagnostics import Severity
from tests.language.check_cases import (
    check_case,
    error_cases,
    expectation,
    findings_text,
    resolved_cases,
    resolved_text,
)


@pytest.mark.parametrize("case", error_cases())
def test_findings_are_as_expected(case: str) -> None:
    assert findings_text(case) == expectation(case).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", resolved_cases())
def test_the_model_is_as_expected(case: str) -> None:
    assert resolved_text(case) == expectation(case).read_text(encoding="utf-8")


def test_every_code_is_in_the_table_and_in_a_golden_case() -> None:
    found = {d.code for case in error_cases() for d in check_case(case).diagnostics if not d.code.startswith("E01")}
    assert found == set(CODES)


def test_the_letter_of_a_code_says_how_bad_it_is() -> None:
    for case in error_cases():
        for diagnostic in check_case(case).diagnostics:
            assert (diagnostic.severity is Severity.ERROR) == diagnostic.code.startswith("E")


def test_every_finding_has_a_sentence_and_a_fix() -> None:
    for case in error_cases():
        for found in check_case(case).diagnostics:
            assert found.message and not found.message.endswith("."), found
            assert found.fix and not found.fix.endswith("."), found
            assert "None" not in found.message + found.fix, found
