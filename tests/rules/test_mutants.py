"""The tests beside each shipped rule hold its every bound: a rule with one slip in it fails at least one of them."""

from __future__ import annotations

import pytest

from cep.language.diagnostics import Severity
from cep.language.load import check_text
from cep.testing.runner import run_tests
from tests.rules.equivalent import EQUIVALENT
from tests.rules.mutators import Mutant, mutants
from tests.rules.pack import ShippedRule, shipped_rules

PACK = {shipped.name: shipped for shipped in shipped_rules()}


def is_caught(mutant: Mutant, rule: str) -> bool | None:
    """Whether a test of the rule fails for the mutant; None where the checker refuses it already."""
    checked = check_text(mutant.text, f"{rule}.pattern")
    if any(finding.severity is Severity.ERROR for finding in checked.diagnostics):
        return None
    return run_tests(checked.rules).count("failed") > 0


def survivors(shipped: ShippedRule) -> tuple[list[Mutant], list[Mutant], int]:
    """Mutants that no test catches, those that one does, and how many the checker refused."""
    lived, caught, refused = [], [], 0
    for mutant in mutants(shipped.text, shipped.file, shipped.rule):
        outcome = is_caught(mutant, shipped.name)
        refused += outcome is None
        if outcome is not None:
            (caught if outcome else lived).append(mutant)
    return lived, caught, refused


def test_the_pack_is_the_eight_rules() -> None:
    assert sorted(PACK) == sorted(EQUIVALENT) and len(PACK) == 8


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_rule_passes_its_own_tests(name: str) -> None:
    shipped = PACK[name]
    run = run_tests(check_text(shipped.text, f"{name}.pattern").rules)
    assert len(run.results) >= 6
    assert [result.name for result in run.results if result.outcome != "passed"] == []


@pytest.mark.parametrize("name", sorted(PACK))
def test_every_slip_is_caught(name: str) -> None:
    lived, caught, _ = survivors(PACK[name])
    assert len(caught) >= 5
    # As a set of lines, so that a failure shows the slips that slipped through, and reasons that are no longer needed.
    assert {mutant.description for mutant in lived} == set(EQUIVALENT[name])
