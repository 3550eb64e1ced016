"""An expression written as text means what it meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cep.analysis.wording import Names, expression_text
from cep.language.load import load_text
from cep.language.model import Rule, Step
from cep.language.resolved import Expression
from cep.plan.registers import shape

CASES = Path(__file__).parent.parent / "plan" / "expressions.yaml"


class _Loader(yaml.SafeLoader):
    """Reads the values of the case file as what they are written; here only the expressions matter."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
DATA = yaml.load(CASES.read_text(encoding="utf-8"), _Loader)
EXPRESSIONS = sorted({case[0] if isinstance(case, list) else case["expr"] for case in DATA["cases"]})


def of_event(text: str) -> Expression:
    """The expression over the event under test."""
    rules = load_text(f"{DATA['event']}\nrule r {{ match by s within 1h\n a: E where ({text}) is not null }}")
    where = step(rules.rules[0]).where
    assert where is not None
    return where


def step(rule: Rule, index: int = 0) -> Step:
    """A step of a rule without groups."""
    node = rule.items[index].node
    assert isinstance(node, Step)
    return node


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_what_is_written_is_read_as_the_same(text: str) -> None:
    first = of_event(text)
    written = expression_text(first)
    again = load_text(f"{DATA['event']}\nrule r {{ match by s within 1h\n a: E where {written} }}")
    where = step(again.rules[0]).where
    assert where is not None
    assert shape(where) == shape(first), written


PAIRS = """
event E { k: string  x: int  b: int  n: int  d: duration  tags: list<string>  ts: timestamp } time ts
define far(n: int) = n * 2 + 1
list known: string
"""
IN_A_RULE = {
    "x > a.x": "x > a.x",
    "x > a.x and (x < 5 or x > 7)": "x > a.x and (x < 5 or x > 7)",
    "self.b > a.b": "self.b > a.b",
    "x > far(a.x)": "x > a.x * 2 + 1",
    "x between 1 and 5": "x >= 1 and x <= 5",
    "x > o?.x": "x > o?.x",
    "count(l) > 3 and any(l.x > 10)": "count(l) > 3 and any(l.x > 10)",
    "sum(l.x) / count(l) > 10_000": "sum(l.x) / count(l) > 10_000",
    "k not in known": "k not in known",
    "ts - a.ts > 1h30m": "ts - a.ts > 1h30m",
    "x - (a.x - 1) > 0": "x - (a.x - 1) > 0",
    'k matches "\\d+\\\\n"': 'k matches "\\d+\\\\n"',
}


@pytest.mark.parametrize("text", IN_A_RULE)
def test_references_to_other_steps(text: str) -> None:
    pattern = "a: E\n then l: E{2,}\n then o: E?\n then b: E"
    rules = load_text(f"{PAIRS}\nrule r {{ match by k within 1h\n {pattern} where {text} }}")
    where = step(rules.rules[0], 3).where
    assert where is not None
    names = Names(frozenset({"a", "l", "o", "b"}), frozenset({"o"}))
    assert expression_text(where, names) == IN_A_RULE[text]


@pytest.mark.parametrize(
    "text", ["count() > 3", "sum(x) > 10 and prev(x) < x", "x > prev(x, 2)", "all(x > 3)", "n > prev(n)"]
)
def test_a_loop_speaks_of_itself(text: str) -> None:
    rules = load_text(f"{PAIRS}\nrule r {{ match by k within 1h\n l: E{{2,}} where {text} }}")
    where = step(rules.rules[0]).where
    assert where is not None
    assert expression_text(where, Names(frozenset({"l"}))) == text
