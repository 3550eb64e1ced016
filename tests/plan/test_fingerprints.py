"""Fingerprints follow what a rule means, not how its text is laid out."""

from __future__ import annotations

import pytest

from cep.language.load import load_text
from cep.plan.compile import compile_plan
from cep.plan.plan import PlanRule

EVENT = "event Pay { card: string  amount: int  ts: timestamp } time ts\n"
RULE = """rule r "title" {
  severity high
  match by card within 1h
    a: Pay{2,} where amount > 5 within 10m
    then b: Pay where amount < first(a.amount)
  emit { card, n: count(a) }
}"""


def planned(rule: str) -> PlanRule:
    """The plan of one rule."""
    return compile_plan(load_text(EVENT + rule)).rules[0]


RELAID = [
    " ".join(RULE.split()),
    RULE.replace("\n", "\n\n  # a comment\n"),
    RULE.replace("a: Pay{2,} where amount > 5 within 10m", "a:Pay{2,}\n where amount>5\n within 600s"),
    RULE.replace('"title"', '"another title"'),
    RULE.replace("severity high", 'severity low owner "somebody"'),
]


@pytest.mark.parametrize("text", RELAID)
def test_laying_a_rule_out_anew_keeps_both_fingerprints(text: str) -> None:
    before, after = planned(RULE), planned(text)
    assert (before.semantic, before.layout) == (after.semantic, after.layout)


@pytest.mark.parametrize(
    ("old", "new", "layout_kept"),
    [
        ("amount > 5", "amount > 6", True),
        ("within 1h", "within 2h", True),
        ("n: count(a)", "n: count(a) + 1", True),
        ("then b:", "then next b:", True),
        ("first(a.amount)", "last(a.amount)", False),
        ("a: Pay{2,}", "a: Pay{3,}", True),
        ("emit {", "then c: Pay\n emit {", False),
    ],
)
def test_a_change_of_meaning_changes_the_semantic_fingerprint(old: str, new: str, layout_kept: bool) -> None:
    before, after = planned(RULE), planned(RULE.replace(old, new))
    assert before.semantic != after.semantic
    assert (before.layout == after.layout) is layout_kept


def test_states_are_named_by_rule_and_step() -> None:
    rule = planned(RULE)
    assert [(rule.name, state.name) for state in rule.automaton.states] == [("r", "a"), ("r", "b")]
