"""The canonical layout: as drawn in the golden files; whatever the layout before, the same meaning and comments."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cep.language import ast
from cep.language.diagnostics import CheckFailed, Span
from cep.language.format import format_text
from cep.language.layout.flow import WIDTH
from cep.language.layout.rules import clause_rank
from cep.language.lexer import tokenize
from cep.language.parse import parse_text
from cep.language.tables import load_tables

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "syntax"
FILES = [
    *sorted(GOLDEN.glob("*.pattern")),
    *sorted(GOLDEN.glob("format/*.pattern")),
    *sorted(ROOT.glob("rules/*.pattern")),
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in FILES}


def without_places(node: object) -> object:
    """A tree as nested tuples, without spans, the clauses of a rule in the order of the language."""
    if isinstance(node, ast.Rule):
        node = dataclasses.replace(node, clauses=tuple(sorted(node.clauses, key=clause_rank)))
    if isinstance(node, tuple):
        return tuple(without_places(part) for part in node)
    if isinstance(node, Span):
        return None
    if dataclasses.is_dataclass(node):
        return type(node).__name__, *(without_places(getattr(node, field.name)) for field in dataclasses.fields(node))
    return node


def comments(text: str) -> list[str]:
    lexed = tokenize(text, load_tables())
    found: list[str] = []
    position = 0
    for token in lexed.tokens:
        found += [line.strip() for line in lexed.text[position : token.start].split("\n") if line.strip()]
        position = token.end
    return sorted(found)


def check_formatting(text: str) -> None:
    formatted = format_text(text, "f")
    before, after = parse_text(text, "f"), parse_text(formatted, "f")
    assert after.diagnostics == ()
    assert without_places(after.file) == without_places(before.file)
    assert comments(formatted) == comments(text)
    assert format_text(formatted, "f") == formatted
    assert all(line == line.rstrip() for line in formatted.splitlines())


def test_the_golden_layout() -> None:
    before, after = ((GOLDEN / "format" / f"{name}.pattern").read_text("utf-8") for name in ("before", "after"))
    assert format_text(before, "f") == after


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_meaning_and_comments_stay_and_a_second_time_changes_nothing(text: str) -> None:
    check_formatting(text)


def relaid(text: str, randomness: random.Random) -> str:
    """The same tokens, spaced at random, with comments in odd places."""
    tokens = [token.text for token in tokenize(text, load_tables()).tokens]
    density = randomness.choice([0.01, 0.1, 0.5])
    gaps = ["  # c{0}\n", "\n# d{0}\n", "\n\n # e{0}\n\n\n", "\n", "\n\n", "\n# f{0}\n\n# g{0}\n"]
    parts: list[str] = []
    for number, token in enumerate(tokens):
        if randomness.random() < density:
            parts.append(randomness.choice(gaps).format(number))
        parts += [randomness.choice([" ", "  ", "\n"]), token]
    return "".join(parts)


@settings(max_examples=40, deadline=None)
@given(text=st.sampled_from(sorted(TEXTS.values())), seed=st.integers(0, 2**32))
def test_any_layout_comes_out_canonical(text: str, seed: int) -> None:
    check_formatting(relaid(text, random.Random(seed)))


def test_long_lines_are_broken_where_they_can_be() -> None:
    condition = " and ".join(f"field_{number} == {number}" for number in range(40))
    pairs = ", ".join(f"name_{number}: a.field_{number}" for number in range(40))
    formatted = format_text(f"rule r {{ match by k a: T where {condition} emit {{ {pairs} }} }}", "f")
    assert max(map(len, formatted.splitlines())) <= WIDTH
    assert len(formatted.splitlines()) > 15


def test_an_object_stays_on_several_lines_where_it_was() -> None:
    text = "rule r { match by k a: T emit {\n a: 1, b: 2 } on timeout emit { c: 3,\n d: 4 } }"
    assert "  emit {\n    a: 1,\n    b: 2,\n  }\n  on timeout emit { c: 3, d: 4 }\n" in format_text(text, "f")


def test_the_empty_file_and_one_of_comments_alone() -> None:
    assert format_text("", "f") == ""
    assert format_text("\n\n  # a\n\n\n#b\n\n", "f") == "# a\n\n#b\n"


def test_a_text_with_slips_is_not_formatted() -> None:
    with pytest.raises(CheckFailed) as failed:
        format_text("rule r { match by k a: T where x = 1 }", "f")
    assert [found.code for found in failed.value.diagnostics] == ["E0102"]
    assert failed.value.sources == {"f": "rule r { match by k a: T where x = 1 }"}
