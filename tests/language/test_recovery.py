"""What is said of slips, and what is left of the text around them. The cases are data: tests/golden/syntax/slips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cep.language import ast
from cep.language.notes import MOST_ERRORS
from cep.language.parse import parse_text
from cep.language.slips.codes import SYNTAX_CODES

SLIPS = Path(__file__).parents[1] / "golden" / "syntax" / "slips"


@dataclass(frozen=True)
class Case:
    """A text, the findings expected (`code line:column-line:column message | fix`), and the items
    kept, with the number of their clauses, fields or lines behind a stroke."""

    name: str
    text: str
    findings: tuple[str, ...]
    kept: str


def read_cases(path: Path) -> list[Case]:
    """The cases of a file: `## name`, the text, `>> finding` …, `>> kept names`."""
    cases: list[Case] = []
    with path.open(encoding="utf-8", newline="") as file:
        for part in file.read().split("## ")[1:]:
            name, body = part.split("\n", 1)
            text, *expected = body.split(">> ")
            *findings, kept = (line.rstrip("\n") for line in expected)
            cases.append(Case(f"{path.stem}: {name}", text, tuple(findings), kept.removeprefix("kept ").strip()))
    return cases


def shown(item: ast.Declaration) -> str:
    match item:
        case ast.Import():
            return item.path
        case ast.Rule():
            return f"{item.name}/{len(item.clauses)}"
        case ast.Event():
            return f"{item.name}/{len(item.fields)}"
        case ast.Test():
            return f"{item.name}/{len(item.lines)}"
        case _:
            return item.name


CASES = [case for path in sorted(SLIPS.glob("*.txt")) for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_slip_is_named_once_with_its_place_and_fix(case: Case) -> None:
    parsed = parse_text(case.text, "f")
    said = tuple(
        f"{d.code} {d.span.line}:{d.span.column}-{d.span.end_line}:{d.span.end_column} {d.message} | {d.fix}"
        for d in parsed.diagnostics
    )
    assert said == case.findings
    assert ", ".join(map(shown, parsed.file.items)) == case.kept


def test_the_cases_cover_every_code_of_the_parser() -> None:
    said = {finding.split()[0] for case in CASES for finding in case.findings}
    others = {"E0113", "E0199"}  # what needs a long text, below
    assert said | others == set(SYNTAX_CODES)


def test_a_repaired_slip_leaves_the_tree_that_was_meant() -> None:
    slip = parse_text("rule r { match by k a: T where x = 1 && y == 'q'\n b: U within 5 minutes }", "f")
    meant = parse_text('rule r { match by k a: T where x == 1 and y == "q"\n then b: U within 5m }', "f")
    rule, right = slip.file.items[0], meant.file.items[0]
    assert isinstance(rule, ast.Rule)
    assert isinstance(right, ast.Rule)
    match, other = rule.clauses[0], right.clauses[0]
    assert isinstance(match, ast.Match)
    assert isinstance(other, ast.Match)
    step, second = (item.node for item in match.body.items)
    assert isinstance(step, ast.Step)
    assert isinstance(second, ast.Step)
    assert isinstance(step.where, ast.Logic)
    assert second.within is not None
    assert second.within.value == 300_000_000
    assert [d.code for d in slip.diagnostics] == ["E0102", "E0111", "E0104", "E0101", "E0105"]


def test_names_left_out_are_told_so_that_their_use_is_not_reported_too() -> None:
    parsed = parse_text("param p: int\nrule r { match by k a: E }\nlorem ipsum\n", "f")
    assert parsed.broken == {"p"}
    assert parsed.incomplete
    assert [item.name for item in parsed.file.items if isinstance(item, ast.Rule)] == ["r"]


DEEP = 5000
NESTED = {
    "parentheses": ("(" * DEEP + "x" + ")" * DEEP),
    "open parentheses": "(" * DEEP + "x",
    "a sum": " + ".join(["a"] * DEEP),
    "negations": "not " * DEEP + "x",
    "minus signs": "-" * DEEP + "x",
    "attributes": "a" + ".b" * DEEP,
    "indexes": "a" + "[0]" * DEEP,
    "calls": "f(" * DEEP + ")" * DEEP,
    "choices": "1 if x else " * DEEP + "2",
    "lists": "[" * DEEP + "]" * DEEP,
    "objects": "{ a: " * DEEP + "1" + "}" * DEEP,
}


@pytest.mark.parametrize("expression", NESTED.values(), ids=NESTED.keys())
def test_deep_nesting_is_one_clear_error(expression: str) -> None:
    text = f"rule r {{\n  match by k a: T where {expression}\n  severity high\n}}\nrule s {{ match by k a: T }}\n"
    parsed = parse_text(text, "f")
    assert [(d.code, d.span.line) for d in parsed.diagnostics] == [("E0113", 2)]
    assert [shown(item) for item in parsed.file.items] == ["r/1", "s/1"]


@pytest.mark.parametrize(
    "text",
    [
        "rule r { match by k " + "( " * DEEP + "a: T" + " )" * DEEP + " }\n",
        "event E { a: " + "list<" * DEEP + "int" + ">" * DEEP + " }\n",
        "event E { " + "a: { " * DEEP + "b: int" + " }" * DEEP + " }\n",
    ],
    ids=["groups", "lists", "records"],
)
def test_deep_groups_and_types_are_one_clear_error(text: str) -> None:
    parsed = parse_text(text + "rule s { match by k a: T }\n", "f")
    assert [d.code for d in parsed.diagnostics] == ["E0113"]
    assert [shown(item) for item in parsed.file.items] in (["r/0", "s/1"], ["E/0", "s/1"], ["s/1"])


@pytest.mark.parametrize(
    "expression",
    [" and ".join(["a > 1"] * DEEP), "x in [" + ", ".join(["1"] * DEEP) + "]", " ?? ".join(["a"] * DEEP)],
    ids=["and", "list", "coalesce"],
)
def test_long_rows_are_no_nesting(expression: str) -> None:
    assert parse_text(f"rule r {{ match by k a: T where {expression} }}", "f").diagnostics == ()


@pytest.mark.parametrize(
    "text", ["{" * DEEP, "!" * DEEP, "rule r {" * DEEP, "".join(map(chr, range(1, 3000))), '"' * (DEEP + 1)]
)
def test_what_is_no_rule_file_is_given_up_early(text: str) -> None:
    parsed = parse_text(text, "f")
    assert 1 <= len(parsed.diagnostics) <= MOST_ERRORS + 1
    assert parsed.incomplete
    if len(parsed.diagnostics) > MOST_ERRORS:
        assert "E0199" in {d.code for d in parsed.diagnostics}
