"""Words written one after the other, broken where the line gets too long or a comment ends it."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language.layout.source import Source
from cep.language.layout.spacing import Spacing

WIDTH = 120
"""The longest line, but for a single word or comment that is longer."""
HANG = 4
"""How much further in a line goes on."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    gap: str
    depth: int | None
    """How far in the line may break before the piece, see Spacing.breaks."""


class Flow:
    """Writes rows of words of one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.spacing = Spacing(source.words)

    def lines(self, first: int, last: int, indent: int, suffix: str = "", hang: int = HANG) -> list[str]:
        """The words from `first` to `last` with their comments, at an indent; `suffix` goes behind the last, further
        lines are indented by `hang` more."""
        words = self.source.words
        lines = self.comments(first, indent)
        pieces: list[_Piece] = []
        start = indent
        for index in range(first, last + 1):
            word = words[index]
            if not word.text:
                continue
            if word.before and index != first:
                lines += _wrapped(pieces, start, indent + hang)
                lines += [" " * (indent + hang) + comment.text for comment in word.before]
                pieces, start = [], indent + hang
            gap = " " if pieces and self.spacing.spaced[index] else ""
            depth = self.spacing.breaks[index]
            pieces.append(_Piece(word.text + (suffix if index == last else ""), gap, depth))
            if word.after:
                lines += _commented(_wrapped(pieces, start, indent + hang), word.after)
                pieces, start = [], indent + hang
        return lines + _wrapped(pieces, start, indent + hang)

    def comments(self, index: int, indent: int) -> list[str]:
        """The comments before a word, on lines of their own, with the empty lines between them."""
        word = self.source.words[index]
        lines: list[str] = []
        for number, comment in enumerate(word.before):
            lines += [""] * (comment.blank and number > 0) + [" " * indent + comment.text]
        return lines + [""] * (word.blank and bool(lines))

    def blank_before(self, index: int) -> bool:
        """Whether an empty line stood before a word and its comments."""
        word = self.source.words[index]
        return word.before[0].blank if word.before else word.blank

    def fits(self, first: int, last: int, indent: int) -> bool:
        """Whether the words fit on one line, without comments among them."""
        if self.source.has_comments(first, last):
            return False
        *comments, line = self.lines(first, last, indent)
        return len(comments) == len(self.comments(first, indent)) and len(line) <= WIDTH


def _commented(lines: list[str], comment: str) -> list[str]:
    return [*lines[:-1], f"{lines[-1]}  {comment}"]


def _wrapped(pieces: list[_Piece], start: int, indent: int) -> list[str]:
    lines: list[str] = []
    while pieces:
        cut = _cut(pieces, start, indent)
        lines.append(" " * start + "".join(p.gap * (n > 0) + p.text for n, p in enumerate(pieces[:cut])))
        pieces, start = pieces[cut:], indent
    return lines


def _length(pieces: list[_Piece]) -> int:
    return sum(len(piece.gap) + len(piece.text) for piece in pieces)


def _cut(pieces: list[_Piece], start: int, indent: int) -> int:
    """How many pieces go on the line: up to the last of the outermost places to break at that fit, else the first. A
    part of a step goes to a line of its own only as a whole."""
    length = start
    fitting: list[tuple[int, int]] = []
    for number, piece in enumerate(pieces):
        if number and piece.depth is not None and (piece.depth >= 0 or _length(pieces[number:]) <= WIDTH - indent):
            fitting.append((piece.depth, -number))
        length += len(piece.text) + (len(piece.gap) if number else 0)
        if length > WIDTH and fitting:
            return -min(fitting)[1]
    return len(pieces)
