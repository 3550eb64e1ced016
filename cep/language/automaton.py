"""The LALR(1) automaton: shifts tokens, reduces alternatives, builds nodes on the way.

It stops at the first token that does not fit and keeps its stack, so that `recovery` can repair the text or cut the
stack back and go on. It never recurses, so that no input can exhaust Python's stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cep.language.diagnostics import Span
from cep.language.lexer import END, WORD, Token
from cep.language.notes import Notes
from cep.language.tables import Production, Tables

Builder = Callable[[list[Any], Span, Notes], Any]
"""Makes a node from the kept parts of an alternative in order (None for an absent optional one), its place, and the
notes in which to leave what is wrong with it."""

MAX_DEPTH = 80
"""How deep expressions, groups and types may nest: later stages walk the tree recursively."""
_NESTING = frozenset(
    {"parenthesized", "tuple", "list_of", "object", "pair", "shorthand", "call", "index", "attribute"}
    | {"optional_attribute", "negative", "not_", "arithmetic", "compare", "in_", "like", "between", "is_null"}
    | {"conjunction", "disjunction", "coalesce", "conditional"}
    | {"group", "either", "all_of", "at_least_of", "list_type", "map_type", "record_type"}
)
_MAX_STACK = 12 * MAX_DEPTH


class TooDeep(Exception):
    """The text nests deeper than MAX_DEPTH at the token of that index."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Automaton:
    """One run over one text. `states` is the stack; `values`, `starts` (index of the first token of each value) and
    `heights` (how deep it nests) lie beside it, one entry shorter."""

    __slots__ = ("_compiled", "_tables", "heights", "notes", "starts", "states", "tokens", "values")

    def __init__(self, tables: Tables, tokens: list[Token], builders: Mapping[str, Builder], notes: Notes) -> None:
        self._tables = tables
        self._compiled = [_compile(production, builders) for production in tables.productions]
        self.tokens = tokens
        self.notes = notes
        self.states = [tables.start]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.heights: list[int] = []

    def terminal(self, state: int, token: Token) -> str:
        """What a token is in a state: a word is a keyword wherever the state can take it as one."""
        if token.kind == WORD:
            row = self._tables.actions[state]
            for keyword in self._tables.words.get(token.text, ()):
                if keyword in row:
                    return keyword
        return token.kind

    def run(self, position: int) -> int | None:
        """Take tokens from that index on. None when the file is complete, else the index of the token that does not
        fit. Raises TooDeep."""
        states, values, starts, heights, tokens = self.states, self.values, self.starts, self.heights, self.tokens
        actions = self._tables.actions
        while True:
            token = tokens[position]
            terminal = self.terminal(states[-1], token)
            while (action := actions[states[-1]].get(terminal)) is not None and action < 0:
                self._reduce(-1 - action, position)
            if action is None:
                return None if terminal == END and states[-1] == self._tables.end else position
            states.append(action)
            values.append(token)
            starts.append(position)
            heights.append(0)
            position += 1
            if len(states) > _MAX_STACK:
                raise TooDeep(position - 1)

    def trial(self, states: list[int], tokens: Sequence[Token], position: int = 0) -> int:
        """How far a stack of states gets with the tokens from that index on: the index of the first that does not fit,
        or their number. Builds nothing; `states` is left where it stopped."""
        for index in range(position, len(tokens)):
            terminal = self.terminal(states[-1], tokens[index])
            if not self._trial_shift(states, terminal):
                return index
        return len(tokens)

    def kinds(self, tokens: list[Token]) -> list[str]:
        """The terminal each token of a text without slips is read as."""
        states = [self._tables.start]
        kinds: list[str] = []
        for token in tokens:
            kinds.append(self.terminal(states[-1], token))
            self._trial_shift(states, kinds[-1])
        return kinds

    def acceptable(self, states: list[int]) -> set[str]:
        """The terminals that fit on a stack of states."""
        row = self._tables.actions[states[-1]]
        return {terminal for terminal in row if self._trial_shift(states.copy(), terminal)}

    def words(self, terminals: set[str]) -> list[str]:
        """The keywords among terminals, as written."""
        return [word for word, kinds in self._tables.words.items() if not terminals.isdisjoint(kinds)]

    def is_keyword(self, word: str) -> bool:
        """Whether a word is a keyword somewhere in the language."""
        return word in self._tables.words

    def settle(self, position: int) -> None:
        """Finish the item before that index, if it could be the last one: what follows is then no part of it."""
        if self._trial_shift(self.states.copy(), END):
            while (action := self._tables.actions[self.states[-1]].get(END)) is not None and action < 0:
                if self._finishes_file(-1 - action):
                    return
                self._reduce(-1 - action, position)

    def _finishes_file(self, number: int) -> bool:
        return self._compiled[number][0] == "file"

    def literal(self, terminal: str) -> str | None:
        """How a terminal is written, if it is always written one way."""
        return self._tables.literals.get(terminal)

    def can_hold(self, state: int, symbol: str) -> bool:
        """Whether a value of that grammar rule may follow in a state."""
        return symbol in self._tables.gotos[state]

    def cut(self, depth: int) -> None:
        """Drop every value above the first `depth`."""
        del self.states[depth + 1 :], self.values[depth:], self.starts[depth:], self.heights[depth:]

    def _trial_shift(self, states: list[int], terminal: str) -> bool:
        actions, gotos = self._tables.actions, self._tables.gotos
        while (action := actions[states[-1]].get(terminal)) is not None and action < 0:
            symbol, size, *_ = self._compiled[-1 - action]
            if size:
                del states[-size:]
            states.append(gotos[states[-1]][symbol])
        if action is None:
            return terminal == END and states[-1] == self._tables.end
        states.append(action)
        return len(states) <= _MAX_STACK

    def _reduce(self, number: int, position: int) -> None:
        symbol, size, build, picks, deeper = self._compiled[number]
        states, values, starts, heights = self.states, self.values, self.starts, self.heights
        if build is None:
            states[-1:] = [self._tables.gotos[states[-2]][symbol]]
            return
        if size:
            parts, start, height = values[-size:], starts[-size], max(heights[-size:]) + deeper
            del states[-size:], values[-size:], starts[-size:], heights[-size:]
        else:
            parts, start, height = [], position, 0
        if height > MAX_DEPTH:
            raise TooDeep(start)
        values.append(build(_picked(parts, picks), self._span(start, position), self.notes))
        starts.append(start)
        heights.append(height)
        states.append(self._tables.gotos[states[-1]][symbol])

    def _span(self, start: int, position: int) -> Span:
        first, last = self.tokens[start], self.tokens[position - 1 if position > start else start]
        return Span(self.notes.file, first.line, first.column, last.line, last.column + len(last.text))


def _compile(
    production: Production, builders: Mapping[str, Builder]
) -> tuple[str, int, Builder | None, tuple[int, ...], int]:
    name = production.builder
    build = None if name is None else _collect if name == "*" else builders[name]
    return production.symbol, production.size, build, production.picks, int(name in _NESTING)


def _picked(parts: list[Any], picks: tuple[int, ...]) -> list[Any]:
    if picks and picks[0] == -2 and isinstance(parts[0], list):
        # A list that grows by one: taken over, as a copy for each element would cost the square of its length.
        picked, picks = parts[0], picks[1:]
    else:
        picked = []
    for pick in picks:
        if pick >= 0:
            picked.append(parts[pick])
        elif pick == -1:
            picked.append(None)
        else:
            picked.extend(parts[-2 - pick])
    return picked


def _collect(parts: list[Any], span: Span, notes: Notes) -> list[Any]:
    return parts
