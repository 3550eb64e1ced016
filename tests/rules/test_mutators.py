"""The mutator makes the slips it names, each in its place and nothing else."""

from __future__ import annotations

import pytest

from cep.language import ast
from cep.language.parse import parse_text
from tests.rules.mutators import mutants

TEXT = """
event E { k: string  other: string  n: int  x: decimal  ts: timestamp } time ts
param limit: decimal = 2.50
define far(a: decimal) = max(a, 1.0) > 3.0
rule r {
  match by k within 1h
    a: E{2,} where n < 3 and x != limit
    without E where far(x)
    then within 5m b: E by other where n in [1, 2]
  suppress for 1d
}
"""

EXPECTED = {
    "comparison": {"where n <= 3 and x != limit", "where n < 3 and x == limit", "max(a, 1.0) >= 3.0"},
    "membership": {"n not in [1, 2]"},
    "threshold": {
        "n < 2 and",
        "n < 4 and",
        "limit: decimal = 2.49",
        "limit: decimal = 2.51",
        "max(a, 0.9)",
        "max(a, 1.1)",
        "> 2.9",
        "> 3.1",
        "in [0, 2]",
        "in [2, 2]",
        "in [1, 1]",
        "in [1, 3]",
    },
    "logic": {"where n < 3 or x != limit"},
    "part left out": {"a: E{2,} where n < 3", "a: E{2,} where x != limit"},
    "function": {"min(a, 1.0)"},
    "quantifier": {"a: E{1,} where", "a: E{3,} where", "a: E{2,2} where"},
    "contiguity": {
        "a: E{2,} consecutive where",
        "without next E where far(x)",
        "then any within 5m",
        "then next within 5m",
    },
    "span": {"within 3599999ms", "within 3600001ms", "within 299999ms", "within 300001ms", "86399999ms", "86400001ms"},
    "span left out": {"then b: E by other", "match by k"},
    "key left out": {"match within 1h", "b: E where n in"},
    "key": {"match by other within 1h", "b: E by k where"},
    "line left out": {"", " "},
    "skip": {"after match skip to next", "after match skip nothing"},
    "clause left out": {""},
}


def test_every_slip_of_an_example() -> None:
    file = parse_text(TEXT, "example.pattern").file
    rule = next(item for item in file.items if isinstance(item, ast.Rule))
    made: dict[str, list[str]] = {}
    for mutant in mutants(TEXT, file, rule):
        assert mutant.text != TEXT
        made.setdefault(mutant.kind, []).append(mutant.description.partition("→  ")[2])
    assert made.keys() == EXPECTED.keys()
    for kind, endings in made.items():
        assert len(endings) == len(EXPECTED[kind]), (kind, endings)
        for wanted in EXPECTED[kind]:
            assert any(wanted.strip() in ending for ending in endings), (kind, wanted, endings)


@pytest.mark.parametrize("skip", ["past last", "to next", "nothing"])
def test_a_written_skip_is_changed_to_the_others(skip: str) -> None:
    text = TEXT.replace("  suppress", f"  after match skip {skip}\n  suppress")
    file = parse_text(text, "example.pattern").file
    rule = next(item for item in file.items if isinstance(item, ast.Rule))
    changed = {m.description.rpartition("skip ")[2] for m in mutants(text, file, rule) if m.kind == "skip"}
    assert changed == {"past last", "to next", "nothing"} - {skip}
