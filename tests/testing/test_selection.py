"""`-k` expressions."""

from __future__ import annotations

import pytest

from cep.language import model
from cep.language.diagnostics import NOWHERE
from cep.testing.selection import SelectionError, selector

CASE = model.Test(
    "Three probes, then a purchase", "bank.card_testing", model.TestSettings(), (), "rules/cards.pattern", NOWHERE
)


@pytest.mark.parametrize(
    ("expression", "picked"),
    [
        ("", True),
        ("probes", True),
        ("PROBES", True),
        ("card_test", True),
        ("cards.pattern", True),
        ("window", False),
        ("not window", True),
        ("probes and window", False),
        ("probes or window", True),
        ("probes purchase", True),
        ("probes not window", True),
        ("window or probes and purchase", True),
        ("(window or probes) and not purchase", False),
        ("not (window or probes)", False),
        ("not not probes", True),
        ('"then a purchase"', True),
        ('"a probes"', False),
        ('"not"', False),
    ],
)
def test_an_expression_picks(expression: str, picked: bool) -> None:
    assert selector(expression)(CASE) is picked


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("and", "a word is missing before `and` in `-k`"),
        ("probes and", "a word is missing before the end in `-k`"),
        ("probes or or x", "a word is missing before `or` in `-k`"),
        ("not", "a word is missing before the end in `-k`"),
        ("(probes", "a parenthesis is not closed in the expression of `-k`"),
        ("probes)", "`)` does not fit in the expression of `-k`"),
        ('"probes', 'a quote is not closed in `"probes`'),
    ],
)
def test_a_wrong_expression_says_what_is_wrong(expression: str, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        selector(expression)
    assert str(caught.value) == message
