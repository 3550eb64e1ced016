"""From text to the syntax tree and what was wrong with the text."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language import ast
from cep.language.automaton import Automaton, TooDeep
from cep.language.build_clauses import CLAUSE_BUILDERS
from cep.language.build_expressions import EXPRESSION_BUILDERS
from cep.language.build_items import ITEM_BUILDERS
from cep.language.build_patterns import PATTERN_BUILDERS
from cep.language.diagnostics import Diagnostic, Span
from cep.language.lexer import tokenize
from cep.language.notes import Notes
from cep.language.tables import load_tables

BUILDERS = EXPRESSION_BUILDERS | PATTERN_BUILDERS | CLAUSE_BUILDERS | ITEM_BUILDERS


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as far as it parses, and the findings. What does not parse is left out of `file` and reported."""

    file: ast.File
    diagnostics: tuple[Diagnostic, ...]


def parse_text(text: str, name: str) -> Parsed:
    """Parse a file's text; `name` is the file as diagnostics show it. Never raises on what the text holds."""
    tables = load_tables()
    lexed = tokenize(text, tables)
    notes = Notes(name)
    automaton = Automaton(tables, lexed.tokens, BUILDERS, notes)
    try:
        stopped = automaton.run(0)
    except TooDeep as deep:
        stopped = deep.position
    if stopped is None:
        return Parsed(automaton.values[-1], tuple(notes.found))
    token = lexed.tokens[stopped]
    notes.error("E0100", f"`{token.text}` does not fit here.", token.span(name), "Look at the text before it.")
    return Parsed(ast.File(name, None, (), Span(name, 1, 1, 1, 1)), tuple(notes.found))
