"""Which tests `-k` picks: words combined with `and`, `or`, `not` and parentheses, as pytest does it."""

from __future__ import annotations

import re
from collections.abc import Callable

from cep.language.model import Test

Predicate = Callable[[str], bool]

_TOKEN = re.compile(r'\s*(?:([()])|"([^"]*)"|([^\s()"]+))')


class SelectionError(ValueError):
    """An expression that cannot be read; the message is one sentence."""


def selector(expression: str) -> Callable[[Test], bool]:
    """Whether a test is picked. A word fits if it is part of the test's name, its rule or its file, in any case;
    several words in double quotes are one. Raises `SelectionError`."""
    tokens = _tokens(expression)
    holds = _Reader(tokens).whole() if tokens else _always

    def picks(test: Test) -> bool:
        return holds(f"{test.file}::{test.rule}::{test.name}".lower())

    return picks


def _always(text: str) -> bool:
    return True


def _tokens(expression: str) -> list[tuple[str, str]]:
    """Kind and text: `(` and `)`, the three words in lower case, anything else a `word`."""
    tokens: list[tuple[str, str]] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise SelectionError(f"a quote is not closed in `{expression}`")
        sign, quoted, word = found.groups()
        if sign:
            tokens.append((sign, sign))
        elif word in ("and", "or", "not"):
            tokens.append((word, word))
        else:
            tokens.append(("word", (quoted if quoted is not None else word).lower()))
        position = found.end()
    return tokens


class _Reader:
    """Recursive descent over the tokens: `or` binds loosest, words side by side are joined by `and`."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "the end")]

    def whole(self) -> Predicate:
        """The whole expression."""
        holds = self._any()
        if self._next != "end":
            raise SelectionError(f"`{self._tokens[0][1]}` does not fit in the expression of `-k`")
        return holds

    @property
    def _next(self) -> str:
        return self._tokens[0][0]

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._next == "or":
            self._tokens.pop(0)
            parts.append(self._all())
        return lambda text: any(part(text) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._next in ("and", "word", "not", "("):
            if self._next == "and":
                self._tokens.pop(0)
            parts.append(self._one())
        return lambda text: all(part(text) for part in parts)

    def _one(self) -> Predicate:
        kind, word = self._tokens.pop(0)
        if kind == "word":
            return lambda text: word in text
        if kind == "not":
            part = self._one()
            return lambda text: not part(text)
        if kind == "(":
            inside = self._any()
            if self._tokens.pop(0)[0] != ")":
                raise SelectionError("a parenthesis is not closed in the expression of `-k`")
            return inside
        raise SelectionError(f"a word is missing before {word if kind == 'end' else f'`{word}`'} in `-k`")
