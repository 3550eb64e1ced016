"""The grammar itself: strict LALR(1), whole words only, and read alike by its generator and by our automaton."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import LarkError

from cep.language.build_tables import build_tables
from cep.language.lexer import tokenize
from cep.language.parse import BUILDERS, parse_text
from cep.language.tables import grammar_path, load_tables

SYNTAX = Path(__file__).parents[1] / "golden" / "syntax"
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(SYNTAX.glob("*.pattern"))}


@pytest.fixture(scope="module")
def strict() -> Lark:
    """The grammar as its generator builds it: strict refuses every conflict, also between terminals (interegular)."""
    assert importlib.util.find_spec("interegular"), "without interegular, strict overlooks colliding terminals"
    return Lark(grammar_path().read_text("utf-8"), parser="lalr", lexer="contextual", start="file", strict=True)


def lark_accepts(strict: Lark, text: str) -> bool:
    try:
        strict.parse(text)
    except LarkError:
        return False
    return True


def we_accept(text: str) -> bool:
    return parse_text(text, "f").diagnostics == ()


def rule(condition: str = "x > 1", rest: str = "") -> str:
    return f"rule r {{ match by k a: T where {condition} {rest} }}"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_strict_grammar_reads_all_examples(strict: Lark, text: str) -> None:
    assert lark_accepts(strict, text)


GLUED = [
    rule("k inx"),
    rule("k in xand y"),
    rule("x > 1 andy > 2"),
    rule("x > 1andy > 2"),
    rule("x isnull"),
    rule("x between 1and 2"),
    rule(rest="thenb: T"),
    rule(rest="then b: Twhere x > 1"),
    rule(rest="within5m"),
    rule(rest="within 5mthen b: T"),
    rule(rest="limit runs5"),
    rule(rest="limitruns 5"),
    rule(rest="emit{ k }unbounded1"),
    rule(rest="report earlyfinal"),
    "rule r { matchby k a: T }",
    "ruler { match by k a: T }",
    "eventE { k: string }",
    "event E { k: stringn: int }",
    'import"a"x',
]


@pytest.mark.parametrize("text", GLUED)
def test_keywords_are_whole_words(strict: Lark, text: str) -> None:
    assert not lark_accepts(strict, text)
    assert not we_accept(text)


GLUED_NUMBERS = ["10x", "100%x", "10m30", "1__0", "10_", "1h30mx", "5.0x", "5.5h2", "0x1F", "1e5", "10%5", "1_000.5_"]


@pytest.mark.parametrize("number", GLUED_NUMBERS)
def test_numbers_end_where_no_letter_or_digit_follows(strict: Lark, number: str) -> None:
    for text in (rule(f"x > {number}"), rule(f"x > {number} and y"), rule(rest=f"within {number}")):
        assert not lark_accepts(strict, text)
        assert not we_accept(text)


@pytest.mark.parametrize("number", ["10", "1_000.50", "90%", "2.5%", "250ms", "1h30m", "7d", "1_000ms", "1.5h"])
def test_numbers_of_the_language(strict: Lark, number: str) -> None:
    assert lark_accepts(strict, rule(f"x > {number}"))
    assert we_accept(rule(f"x > {number}"))


ITEM_WORDS = ["list", "event", "rule", "test", "param", "define", "function", "import"]


@pytest.mark.parametrize("word", ITEM_WORDS)
def test_words_that_open_an_item_are_field_names(strict: Lark, word: str) -> None:
    for fields in (f"{word}: string", f"a: int {word}: string?", f"a: {{ {word}: int }} {word}: list<int>, b: int"):
        text = f"event E {{ {fields} }} time ts\n{rule(f'{word} == {word}.{word}')}"
        assert lark_accepts(strict, text)
        assert we_accept(text)


@pytest.mark.parametrize("word", sorted(load_tables().words))
def test_every_keyword_back_quoted_is_a_name(word: str) -> None:
    assert we_accept(f"event E {{ `{word}`: int }} time `{word}`\n{rule(f'`{word}` > 1', f'then `{word}`: T')}")


@pytest.mark.parametrize("word", sorted(set(load_tables().words) - {"not", "true", "false", "null"}))
def test_every_keyword_is_a_plain_name_where_only_a_value_can_stand(word: str) -> None:
    assert we_accept(rule(f"{word} > 1 and f({word}, a.{word})", f"emit {{ {word}, x: {word} }}"))


def test_every_rule_of_the_grammar_has_its_builder() -> None:
    used = {production.builder for production in load_tables().productions} - {None, "*"}
    assert used == set(BUILDERS)


def test_the_tables_come_out_the_same_each_time() -> None:
    grammar = grammar_path().read_text("utf-8")
    assert build_tables(grammar) == build_tables(grammar) == load_tables()


@pytest.mark.parametrize("name", TEXTS)
def test_our_automaton_accepts_what_the_generator_accepts(strict: Lark, name: str) -> None:
    tokens = [token.text for token in tokenize(TEXTS[name], load_tables()).tokens]
    for index in range(0, len(tokens), 19):
        without = " ".join(tokens[:index] + tokens[index + 1 :])
        swapped = " ".join([*tokens[:index], *reversed(tokens[index : index + 2]), *tokens[index + 2 :]])
        for text in (without, swapped):
            assert we_accept(text) == lark_accepts(strict, text), text
