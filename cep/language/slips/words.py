"""Misspelt keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cep.language.lexer import WORD, Token
from cep.language.spelling import nearest
from cep.language.trouble import CLAUSE_WORDS, ITEM_WORDS, Repair, Trouble


def misspelt_word(trouble: Trouble) -> Iterator[Repair]:
    """`severty high`, `whre x > 1`, `evnt A {`. A misspelt keyword may have passed as a name one or two words ago."""
    for index in (trouble.at, trouble.at - 1, trouble.at - 2):
        if index < trouble.start or not trouble.is_word(index) or trouble.text(index).startswith("`"):
            continue
        word = trouble.text(index)
        fitting = trouble.automaton.words(trouble.automaton.acceptable(trouble.states_at(index)))
        meant = nearest(word, fitting)
        if meant is None or trouble.automaton.is_keyword(word):
            continue
        yield Repair(
            index,
            index + 1,
            (trouble.tokens[index]._replace(text=meant),),
            "E0107",
            _message(trouble, index, meant),
            trouble.span(index),
            f"did you mean `{meant}`?",
            # A word that begins like the keyword may as well be one glued to a name.
            sure=index == trouble.at and not word.startswith(meant),
        )


def glued_word(trouble: Trouble) -> Iterator[Repair]:
    """`thenb: T`, `k inx`, `within5m`: a keyword without a space behind it."""
    if trouble.token.kind != WORD:
        return
    text = trouble.token.text
    for word in trouble.automaton.words(trouble.expected):
        rest = _split(trouble.token, len(word)) if text.startswith(word) else None
        if rest is not None:
            yield Repair(
                trouble.at,
                trouble.at + 1,
                (trouble.token._replace(text=word), rest),
                "E0108",
                f"`{word}` is glued to what follows it",
                trouble.span(trouble.at),
                f"write `{word} {rest.shown}`",
            )


def dashed_name(trouble: Trouble) -> Iterator[Repair]:
    """`rule card-testing {`."""
    at = trouble.at
    if trouble.token.text != "-" or not (trouble.is_word(at - 1) and trouble.is_word(at + 1)):
        return
    before, after = trouble.tokens[at - 1], trouble.tokens[at + 1]
    if before.end == trouble.token.start and trouble.token.end == after.start:
        name = f"{before.text}_{after.text}"
        yield Repair(
            at - 1,
            at + 2,
            (before._replace(text=name),),
            "E0126",
            "a name has no `-` in it",
            trouble.span(at - 1, at + 1),
            f"write `{name}`",
        )


def _split(token: Token, length: int) -> Token | None:
    """What a word leaves of a token behind its first characters, if it is a name, an amount or a number."""
    rest = token.text[length:]
    kind = next((kind for kind, pattern in _RESTS.items() if re.fullmatch(pattern, rest)), None)
    return Token(kind, rest, token.line, token.column + length, token.start + length) if kind else None


_RESTS = {WORD: r"[A-Za-z][A-Za-z0-9_]*", "DURATION": r"(?:[0-9]+(?:ms|[smhdw]))+", "INT": r"[0-9]+"}


def _message(trouble: Trouble, index: int, meant: str) -> str:
    word = trouble.tokens[index].shown
    if trouble.first_on_line(index) and meant in CLAUSE_WORDS:
        return f"a rule has no clause `{word}`"
    if trouble.first_on_line(index) and meant in ITEM_WORDS:
        return f"a file has no declaration `{word}`"
    return f"`{word}` does not fit here"
