"""Whatever the text: no exception, and every finding says what, where and how to mend it."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cep.language.parse import parse_text

SYNTAX = Path(__file__).parents[1] / "golden" / "syntax"
TEXTS = [path.read_text("utf-8") for path in sorted(SYNTAX.glob("*.pattern"))]
CHARACTERS = [*map(chr, range(32, 127)), "\n", "\r", "\t", "\x00", "é", "“", "\u2028", "\ufeff", "😀"]


def mangled(text: str, randomness: random.Random) -> str:
    """A stretch of a text with characters put in, taken out and repeated."""
    start = randomness.randrange(len(text))
    characters = list(text[start : start + randomness.randrange(10, 2000)])
    for _ in range(randomness.randrange(30)):
        place = randomness.randrange(len(characters) + 1)
        change = randomness.random()
        if change < 0.4:
            characters.insert(place, randomness.choice(CHARACTERS))
        elif change < 0.8:
            del characters[place : place + randomness.randrange(1, 5)]
        else:
            characters[place:place] = characters[max(0, place - 30) : place]
    return "".join(characters)


def check(text: str) -> None:
    lines = text.removeprefix("\ufeff").split("\n")
    for found in parse_text(text, "f").diagnostics:
        assert found.code.startswith("E01")
        assert found.message
        assert found.fix
        assert 1 <= found.span.line <= len(lines)
        assert 1 <= found.span.column <= len(lines[found.span.line - 1]) + 1


@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from(TEXTS), seed=st.integers(0, 2**32))
def test_mangled_rules(text: str, seed: int) -> None:
    check(mangled(text, random.Random(seed)))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text(text: str) -> None:
    check(text)


WORDS = ["rule", "r", "{", "match", "by", "k", "within", "5m", "a", ":", "T", "where", "x", ">", "1", "then", "without"]
MORE_WORDS = ["emit", "}", "(", ")", "=", ",", ".", "?", "+", "event", "import", "test", "expect"]


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.sampled_from([*WORDS, *MORE_WORDS]), max_size=60))
def test_any_words(words: list[str]) -> None:
    check(" ".join(words))
