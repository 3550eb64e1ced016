"""From text to tokens.

Words are told apart by the parser, which alone knows whether a keyword can stand where the word does; everything else
has its terminal here. Lines and columns count from 1, a tab is one column, a byte-order mark none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cep.language.diagnostics import Span
from cep.language.tables import Tables

WORD = "NAME"
"""The terminal of a word; a keyword in the places where the grammar takes it as one."""
END = "$END"
UNKNOWN = "$UNKNOWN"
"""Text that is no token of the language: a stray character, a number glued to a word, a string without its end."""
BYTE_ORDER_MARK = "\ufeff"
_SHOWN = 40


class Token(NamedTuple):
    """A piece of text with its terminal. `start` is its offset in the text; no token spans lines."""

    kind: str
    text: str
    line: int
    column: int
    start: int

    @property
    def shown(self) -> str:
        """Its text for a message, cut where it is long."""
        return self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…"

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)

    def span(self, file: str) -> Span:
        """Its place in the file of that name."""
        return Span(file, self.line, self.column, self.line, self.column + len(self.text))


@dataclass(frozen=True, slots=True)
class Lexed:
    """The tokens of a text, closed by one of kind `END`; `text` is without the byte-order mark."""

    text: str
    tokens: list[Token]


def tokenize(text: str, tables: Tables) -> Lexed:
    """Every token of the text, in order. Never fails: what is no token arrives as `UNKNOWN`."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    ignored, shape = _patterns(tables.ignored, tables.shapes)
    tokens: list[Token] = []
    position, line, line_start, length = 0, 1, 0, len(text)
    while True:
        start = ignored.match(text, position).end()  # type: ignore[union-attr]
        newlines = text.count("\n", position, start)
        if newlines:
            line += newlines
            line_start = text.rindex("\n", position, start) + 1
        if start == length:
            tokens.append(Token(END, "", line, start - line_start + 1, start))
            return Lexed(text, tokens)
        found = shape.match(text, start)
        kind = found.lastgroup or UNKNOWN  # type: ignore[union-attr]
        tokens.append(Token(kind, found[0], line, start - line_start + 1, start))  # type: ignore[index]
        position = found.end()  # type: ignore[union-attr]


_UNKNOWN_SHAPES = r"""[0-9][A-Za-z0-9_%.]*|@[A-Za-z0-9:.+-]*|"[^\n]*|'[^'\n]*'|[‘“„«][^\n]*?[’”“»]|`[^\n]*|&&|<>|."""


@lru_cache(maxsize=4)
def _patterns(ignored: str, shapes: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands between tokens, and all shapes in one pattern, the unknown ones last."""
    named = [f"(?P<{name}>{pattern})" for name, pattern in shapes]
    return re.compile(ignored), re.compile("|".join([*named, _UNKNOWN_SHAPES]))
