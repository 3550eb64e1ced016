"""From the grammar to parse tables, by lark's LALR(1) construction, which takes half a second.

`python -m cep.language.build_tables` writes the file from which `tables` loads them; run it when the grammar changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from lark import Lark
from lark.grammar import Rule, Symbol
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import Shift

from cep.language.tables import Production, Tables, grammar_path, tables_path, tables_text

START = "file"
_BOUNDARY = "(?![A-Za-z0-9_])"


def build_tables(grammar: str) -> Tables:
    """The tables of a grammar text. Raises lark's GrammarError when it is no LALR(1) grammar."""
    lark = Lark(grammar, parser="lalr", lexer="contextual", start=START, maybe_placeholders=True)
    table: Any = lark.parser.parser._parse_table
    rules: dict[Rule, int] = {}
    states = _number_states(table)
    actions: list[dict[str, int]] = [{} for _ in states]
    gotos: list[dict[str, int]] = [{} for _ in states]
    nonterminals = {rule.origin.name for rule in lark.rules}
    for state, number in states.items():
        for symbol, (action, target) in sorted(table.states[state].items(), key=_symbol):
            if symbol in nonterminals:
                gotos[number][symbol] = states[target]
            elif action is Shift:
                actions[number][symbol] = states[target]
            else:
                actions[number][symbol] = -1 - rules.setdefault(target, len(rules))
    words, shapes = _terminals(lark.terminals, set(lark.ignore_tokens))
    return Tables(
        start=states[table.start_states[START]],
        end=states[table.end_states[START]],
        actions=tuple(actions),
        gotos=tuple(gotos),
        productions=tuple(_production(rule) for rule in rules),
        words=words,
        shapes=shapes,
        ignored="(?:" + "|".join(t.pattern.to_regexp() for t in lark.terminals if t.name in lark.ignore_tokens) + ")*",
        literals=_literals(lark.terminals),
    )


def _number_states(table: Any) -> dict[int, int]:
    """Lark meets states and rules in the order of sets; an order of our own keeps the tables the same each time."""
    start = table.start_states[START]
    numbers, queue = {start: 0}, [start]
    for state in queue:
        for _, (action, target) in sorted(table.states[state].items(), key=_symbol):
            if action is Shift and target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
    return numbers


def _symbol(entry: tuple[str, Any]) -> str:
    return entry[0]


def _production(rule: Rule) -> Production:
    name = str(rule.origin.name)
    picks = _picks(rule)
    if name.startswith("_"):
        return Production(name, len(rule.expansion), "*", picks)
    only_hands_on = rule.options.expand1 and not rule.alias and len(picks) == 1 and picks[0] >= 0
    return Production(name, len(rule.expansion), None if only_hands_on else str(rule.alias or name), picks)


def _picks(rule: Rule) -> tuple[int, ...]:
    picks: list[int] = []
    symbols = iter(enumerate(rule.expansion))
    for absent in rule.options.empty_indices or (False,) * len(rule.expansion):
        if absent:
            picks.append(-1)
            continue
        index, symbol = next(symbols)
        if rule.options.keep_all_tokens or not _left_out(symbol):
            picks.append(-2 - index if symbol.name.startswith("__") and not symbol.is_term else index)
    return tuple(picks)


def _left_out(symbol: Symbol) -> bool:
    return bool(symbol.is_term and symbol.filter_out)  # type: ignore[attr-defined]


def _terminals(
    terminals: Collection[TerminalDef], ignored: set[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    words: dict[str, tuple[str, ...]] = {}
    shapes: list[TerminalDef] = []
    for terminal in terminals:
        spelt = _words_of(terminal.pattern.value)
        if spelt:
            for word in spelt:
                words[word] = (*words.get(word, ()), terminal.name)
        elif terminal.name not in ignored:
            shapes.append(terminal)
    shapes.sort(key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    return words, tuple((terminal.name, terminal.pattern.to_regexp()) for terminal in shapes)


def _words_of(pattern: str) -> tuple[str, ...]:
    """The words a keyword's pattern stands for, or () for a terminal that is no keyword."""
    if not pattern.endswith(_BOUNDARY):
        return ()
    body = pattern.removesuffix(_BOUNDARY)
    return tuple(body.strip("()").split("|")) if re.fullmatch(r"[a-z]+|\([a-z|]+\)", body) else ()


def _literals(terminals: Collection[TerminalDef]) -> dict[str, str]:
    found: dict[str, str] = {}
    for terminal in terminals:
        spelt = _words_of(terminal.pattern.value)
        if len(spelt) == 1:
            found[terminal.name] = spelt[0]
        elif terminal.pattern.type == "str" or re.fullmatch(r"(\\?\W)+", terminal.pattern.value):
            found[terminal.name] = re.sub(r"\\(.)", r"\1", terminal.pattern.value)
    return found


if __name__ == "__main__":
    text = grammar_path().read_text("utf-8")
    tables_path().write_text(tables_text(text, build_tables(text)), "utf-8")
