"""Every rule that the documentation shows is run: by a test beside it on the page, or by one kept here for the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.language import model
from cep.language.load import load_text
from cep.testing.runner import run_tests
from tests.test_docs import PAGES, PATTERNS

KEPT = Path(__file__).parent
SHOWN = [page for page in PAGES if any(block.page == page and "vocabulary" in block.words for block in PATTERNS)]
"""Pages whose rules share a vocabulary: those written for rule authors."""


def shown(page: Path) -> model.RuleSet:
    """All rules of a page as one file, with the tests kept for it."""
    kept = KEPT / f"{page.stem.replace('-', '_')}_tests.pattern"
    parts = [block.text for block in PATTERNS if block.page == page and not {"wrong"} & set(block.words)]
    return load_text("\n".join([*parts, kept.read_text(encoding="utf-8") if kept.exists() else ""]), page.name)


def test_the_pages_for_rule_authors_are_there() -> None:
    assert {page.name for page in SHOWN} >= {"language.md", "coming-from.md"}


def expects_report(line: object) -> bool:
    """Whether a line of a test expects a match or a time-out."""
    return isinstance(line, model.TestExpect) and line.kind != "late" and line.count != 0


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_every_rule_is_run_and_reports_something(page: Path) -> None:
    rules = shown(page)
    results = run_tests(rules).results
    assert [result for result in results if result.failures or result.is_broken] == []
    reporting = {test.rule for test in rules.tests if any(map(expects_report, test.lines))}
    assert sorted(rule.name for rule in rules.rules if rule.name not in reporting) == []
