"""How words stand beside each other on a line: with a space between them or without."""

from __future__ import annotations

from cep.language.layout.source import Word

_CLOSERS = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
_OPENERS = frozenset(_CLOSERS.values())
_VALUES = frozenset({"NAME", "STRING", "INT", "DECIMAL", "PERCENT", "DURATION", "TIMESTAMP"})
_VALUE_ENDS = _VALUES | {"_TRUE", "_FALSE", "_NULL", "RPAR", "RSQB", "RBRACE"}
_VALUE_STARTS = _VALUES | {"_TRUE", "_FALSE", "_NULL", "NOT", "MINUS", "LPAR", "LSQB", "LBRACE"}
_NO_SPACE_BEFORE = frozenset({"COMMA", "COLON", "DOT", "SAFE_DOT", "QUESTION"})
_NO_SPACE_AFTER = frozenset({"DOT", "SAFE_DOT"})
_PARTS = frozenset({"_WHERE", "_HAVING", "_WITHIN", "_UNTIL"})
_JOINTS = frozenset({"_AND", "_OR", "_IF", "_ELSE", "THEN", "_WITHOUT"})


class Spacing:
    """Spaces and places to break for the words of a file, worked out once from their terminals.

    `spaced[i]` says whether a space stands before word i, `breaks[i]` whether a long line may go on with word i on the
    next one: None if not, else how many brackets are open there, and one less for a part of a step.
    """

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self.spaced = [True] * len(words)
        self.breaks: list[int | None] = [None] * len(words)
        self._depths = [0] * len(words)
        self._tight: list[bool] = [False] * len(words)
        self._mark_brackets()
        for index in range(1, len(words)):
            self.spaced[index] = self._is_spaced(index)
            self.breaks[index] = self._break(index)

    def _kind(self, index: int) -> str:
        return self._words[index].kind if 0 <= index < len(self._words) else ""

    def _break(self, index: int) -> int | None:
        kind, before = self._kind(index), self._kind(index - 1)
        if kind in _PARTS:
            return self._depths[index] - 1
        operator = kind in ("PLUS", "MINUS", "STAR", "SLASH") and before in _VALUE_ENDS and self.spaced[index]
        if operator or kind in _JOINTS or before in ("COMMA", "VBAR"):
            return self._depths[index]
        return None

    def _mark_brackets(self) -> None:
        """Find the brackets that hold their content tight, and count the open ones."""
        opened: list[int] = []
        angles: list[int] = []
        for index, word in enumerate(self._words):
            if word.kind in _CLOSERS and opened:
                self._tight[index] = self._tight[opened.pop()]
            self._depths[index] = len(opened)
            if word.kind in _OPENERS:
                opened.append(index)
                self._tight[index] = self._opens_tight(index)
            elif word.kind == "LESSTHAN" and self._kind(index - 1) in ("_LIST", "_MAP"):
                angles.append(index)
                self._tight[index] = True
            elif word.kind == "MORETHAN" and angles:
                angles.pop()
                self._tight[index] = True

    def _opens_tight(self, index: int) -> bool:
        kind = self._kind(index)
        if kind == "LSQB":
            return True
        if kind == "LBRACE":
            return self._kind(index + 1) in ("INT", "RBRACE")
        return not self._opens_group(index)

    def _opens_group(self, index: int) -> bool:
        """Whether a parenthesis holds steps. The parameters of a define or function look alike."""
        if self._kind(index - 2) in ("_DEFINE", "_FUNCTION"):
            return False
        following = self._kind(index + 1)
        if following == "LPAR":
            return self._opens_group(index + 1)
        steps = following == "NAME" and self._kind(index + 2) == "COLON"
        return steps or following in ("_EITHER", "_ALL", "_AT", "_WITHOUT")

    def _is_spaced(self, index: int) -> bool:
        before, kind = self._kind(index - 1), self._kind(index)
        if kind in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER:
            return False
        if before in _OPENERS or kind in _CLOSERS:
            return not self._tight[index - 1 if before in _OPENERS else index]
        if kind in ("LESSTHAN", "MORETHAN"):
            return not self._tight[index]
        if before == "LESSTHAN":
            return not self._tight[index - 1]
        if kind == "LPAR":
            return not (before in ("NAME", "_ENUM", "RPAR", "RSQB") and self._tight[index])
        if kind == "LSQB":
            return before not in ("NAME", "RPAR", "RSQB", "STRING")
        return self._is_spaced_mark(before, kind, index)

    def _is_spaced_mark(self, before: str, kind: str, index: int) -> bool:
        """For a quantifier, and behind a sign."""
        if kind == "LBRACE":
            return not self._tight[index] or self._kind(index + 1) == "RBRACE"
        if kind in ("PLUS", "STAR"):
            # An operator has a value behind it, a quantifier never.
            return self._kind(index + 1) in _VALUE_STARTS
        if before == "MINUS":
            return self._kind(index - 2) in _VALUE_ENDS
        return not (before == "COMMA" and self._tight_comma(index - 1))

    def _tight_comma(self, index: int) -> bool:
        """Whether a comma is that of `{2,5}`."""
        return self._kind(index - 1) == "INT" and self._kind(index - 2) == "LBRACE"
