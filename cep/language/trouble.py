"""A place where the text does not fit the grammar, and the repairs that may be tried there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cep.language.automaton import Automaton
from cep.language.diagnostics import Span
from cep.language.lexer import END, WORD, Token

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}

ITEM_WORDS = frozenset({"import", "event", "list", "param", "define", "function", "rule", "test"})
CLAUSE_WORDS = frozenset(
    {"severity", "score", "tags", "owner", "description", "runbook", "version", "mode", "match", "cancel", "after"}
    | {"report", "let", "emit", "on", "suppress", "unbounded", "limit"}
)
STEP_WORDS = frozenset({"then", "without"})
PART_WORDS = frozenset({"by", "where", "having", "within", "until"})
OPERATOR_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "between", "like", "ilike", "matches", "imatches", "if", "else"}
)
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
BEFORE_VALUE = (
    COMPARISONS | {"+", "-", "*", "/", "??", "=", ",", "(", "[", ":", "where", "having"} | OPERATOR_WORDS - {"is"}
)
"""What a value has to follow."""
_VALUE_STARTS = frozenset({WORD, "STRING", "INT", "DECIMAL", "PERCENT"})


@dataclass(frozen=True, slots=True)
class Repair:
    """A change of the tokens from index `start` to before `end`, and how to report it.

    A `sure` repair names a telling slip and only has to move the parser on, others must carry it several tokens; a
    `certain` one is taken without a trial. Where not `whole`, the repaired text says less than was meant, so its item
    is left out of the tree.
    """

    start: int
    end: int
    tokens: tuple[Token, ...]
    code: str
    message: str
    place: Span
    fix: str
    sure: bool = True
    whole: bool = True
    certain: bool = False


class Trouble:
    """What a repair may look at: the tokens, the index `at` of the one that does not fit, the index `start` where a
    list element around it begins, the `element`'s sort (`clause`, `field` …) and the stack of states before it."""

    def __init__(self, automaton: Automaton, at: int, start: int, element: str, states: Sequence[int]) -> None:
        self.automaton = automaton
        self.tokens = automaton.tokens
        self.at = at
        self.start = start
        self.element = element
        self.states = states
        self.file = automaton.notes.file

    @property
    def token(self) -> Token:
        """The token that does not fit."""
        return self.tokens[self.at]

    def text(self, index: int) -> str:
        """The text of a token; empty outside the text."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def is_word(self, index: int) -> bool:
        """Whether a token is a word, back-quoted or not."""
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == WORD

    def span(self, first: int, last: int | None = None) -> Span:
        """The place from one token to another, both included."""
        start = self.tokens[first].span(self.file)
        return start if last is None else start.to(self.tokens[last].span(self.file))

    def states_at(self, index: int) -> list[int]:
        """The stack of states when the tokens before that index have been taken."""
        states = list(self.states)
        self.automaton.trial(states, self.tokens[:index], self.start)
        return states

    @cached_property
    def expected(self) -> set[str]:
        """The terminals that would fit instead."""
        return self.automaton.acceptable(self.states_at(self.at))

    def first_on_line(self, index: int) -> bool:
        """Whether a token is the first of its line."""
        return index == 0 or self.tokens[index].line != self.tokens[index - 1].line


def begins_item(tokens: Sequence[Token], index: int) -> bool:
    """Whether an item of the file plausibly begins at a token."""
    word, after, later = _look(tokens, index)
    if word in ("import", "test"):
        return after.kind == "STRING"
    if word == "rule" and after.text == "{":
        return True
    if word not in ITEM_WORDS or after.kind != WORD:
        return False
    follow = {"event": ("{", "extends"), "rule": ("{",), "list": (":",), "param": (":",)}.get(word, ("(",))
    return later.text in follow or (word == "rule" and later.kind == "STRING")


def begins_clause(tokens: Sequence[Token], index: int) -> bool:
    """Whether a clause of a rule plausibly begins at a token."""
    word, after, _ = _look(tokens, index)
    if word not in CLAUSE_WORDS:
        return False
    follow = {"cancel": "on", "after": "match", "on": "timeout", "limit": "runs", "emit": "{", "suppress": "for"}
    if word in follow:
        return after.text == follow[word]
    if word == "unbounded":
        return after.kind in (WORD, END) or after.text == "}"
    if word == "match":
        return (after.kind == WORD and after.text not in OPERATOR_WORDS) or after.text == "("
    if word == "tags" and after.text == "[":
        return True
    return after.kind in _VALUE_STARTS and after.text not in OPERATOR_WORDS


def begins_step(tokens: Sequence[Token], index: int) -> bool:
    """Whether a line of a sequence begins at a token."""
    word, after, _ = _look(tokens, index)
    return word in STEP_WORDS and (after.kind == WORD or after.text == "(")


def begins_test_line(tokens: Sequence[Token], index: int) -> bool:
    """Whether a line of a test plausibly begins at a token."""
    token, after = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
    if token.text in ("advance", "+"):
        return after.kind == "DURATION"
    return token.text == "expect" or (token.kind in ("TIME_OF_DAY", "TIMESTAMP") and after.kind == WORD)


def _look(tokens: Sequence[Token], index: int) -> tuple[str, Token, Token]:
    """A token's text, empty where it is no plain word, and the two tokens after it."""
    last = len(tokens) - 1
    token = tokens[index]
    return token.text if token.kind == WORD else "", tokens[min(index + 1, last)], tokens[min(index + 2, last)]
