"""The rules over Windows event logs pass their own tests, and name nothing of the recordings."""

from __future__ import annotations

import re
from pathlib import Path

from cep.language.load import load_paths
from cep.testing.runner import run_tests

RULES = Path(__file__).resolve().parents[2] / "examples" / "security_logs" / "rules"
NAMES_OF_THE_RECORDINGS = (
    r"workstation\d|mordor|theshire|pgustavo|updater|172\.18\.|10\.10\.10|297bc33e|d273d0f0|2020-0"
)


def test_the_rules_pass_their_tests() -> None:
    rules = load_paths([RULES])
    assert len(rules.rules) == 6
    run = run_tests(rules)
    assert {result.rule for result in run.results} == {rule.name for rule in rules.rules}
    assert [result.name for result in run.results if result.outcome != "passed"] == []


def test_every_rule_has_two_steps_or_an_absence() -> None:
    for rule in load_paths([RULES]).rules:
        assert len(rule.items) >= 2, rule.name


def test_no_rule_names_a_host_a_user_an_address_or_a_time_of_the_recordings() -> None:
    for path in [*RULES.glob("*.pattern"), RULES.parent / "job.yaml"]:
        assert not re.search(NAMES_OF_THE_RECORDINGS, path.read_text(encoding="utf-8").lower()), path
