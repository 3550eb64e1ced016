"""A parsed text as tokens with their comments, found by the places of the tree's nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language.automaton import Automaton
from cep.language.diagnostics import Span
from cep.language.lexer import END, Lexed


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a line of its own; `blank` says that an empty line stood before it."""

    text: str
    blank: bool


@dataclass(slots=True)
class Word:
    """A token as it will be written: its text, the terminal it was read as, and the comments that belong to it."""

    text: str
    kind: str
    blank: bool
    """An empty line stood before the token, behind its comments."""
    breaks: bool
    """The next token stood on another line."""
    before: list[Comment] = field(default_factory=list)
    after: str | None = None


class Source:
    """The words of a text. Words are numbered; `first` and `last` find those of a node."""

    def __init__(self, lexed: Lexed, automaton: Automaton) -> None:
        kinds = automaton.kinds(lexed.tokens)
        self.words: list[Word] = []
        self._starts: dict[tuple[int, int], int] = {}
        self._ends: dict[tuple[int, int], int] = {}
        position = 0
        for index, token in enumerate(lexed.tokens):
            word = Word(token.text, kinds[index], False, False)
            self._read_between(lexed.text[position : token.start], word)
            self.words.append(word)
            # Not overwritten: the end of the text has no width, it may stand where the last word ends.
            self._starts.setdefault((token.line, token.column), index)
            self._ends.setdefault((token.line, token.column + len(token.text)), index)
            position = token.end
        for index in range(3, len(self.words)):
            self._drop_last_comma(index)

    @property
    def end(self) -> int:
        """The number of the word that stands for the end of the text."""
        return len(self.words) - 1

    def first(self, span: Span) -> int:
        """The first word of a node."""
        return self._starts[span.line, span.column]

    def last(self, span: Span) -> int:
        """The last word of a node."""
        return self._ends[span.end_line, span.end_column]

    def find(self, kind: str, start: int) -> int:
        """The first word of a terminal from `start` on."""
        return next(index for index in range(start, len(self.words)) if self.words[index].kind == kind)

    def has_comments(self, first: int, last: int) -> bool:
        """Whether a comment stands between the first and the last of a row of words."""
        inside = any(word.before for word in self.words[first + 1 : last + 1])
        return inside or any(word.after for word in self.words[first:last])

    def drop(self, index: int) -> None:
        """Do not write a word, such as a comma that the layout makes needless. Its comments go to its neighbours."""
        word, before, following = self.words[index], self.words[index - 1], self.words[index + 1]
        if word.after and before.after:
            following.before.insert(0, Comment(word.after, False))
        elif word.after:
            before.after = word.after
        following.before[:0] = word.before
        before.breaks = before.breaks or word.breaks
        word.text, word.before, word.after = "", [], None

    def _drop_last_comma(self, index: int) -> None:
        """An object needs no comma behind its last pair; that of `{2,}` stays."""
        kinds = [word.kind for word in self.words[index - 3 : index]]
        if self.words[index].kind == "RBRACE" and kinds[2] == "COMMA" and kinds[:2] != ["LBRACE", "INT"]:
            self.drop(index - 1)

    def _read_between(self, between: str, word: Word) -> None:
        """The comments between two words: one that ends a line belongs to the word before it, others to `word`."""
        lines = between.split("\n")
        if self.words:
            self.words[-1].breaks = len(lines) > 1
            self.words[-1].after = _comment(lines[0])
        elif _comment(lines[0]):
            word.before.append(Comment(lines[0].strip(), False))
        blank = False
        for line in lines[1:-1] if word.kind != END else lines[1:]:
            text = _comment(line)
            if text is None:
                blank = True
            else:
                word.before.append(Comment(text, blank))
                blank = False
        word.blank = blank


def _comment(line: str) -> str | None:
    return line.strip() or None
