"""The canonical text of a rule file, for `cep fmt`."""

from __future__ import annotations

from cep.language.automaton import Automaton
from cep.language.diagnostics import CheckFailed
from cep.language.layout.items import FileLayout
from cep.language.layout.source import Source
from cep.language.lexer import tokenize
from cep.language.notes import Notes
from cep.language.parse import BUILDERS, parse_text
from cep.language.tables import load_tables


def format_text(text: str, name: str) -> str:
    """The text in its canonical layout: a clause and a step a line, clauses in the order of the language, comments
    where they belong. It means the same, and formatting it again changes nothing. Raises CheckFailed if it does not
    parse."""
    parsed = parse_text(text, name)
    if parsed.diagnostics:
        raise CheckFailed(parsed.diagnostics, {name: text})
    tables = load_tables()
    lexed = tokenize(text, tables)
    source = Source(lexed, Automaton(tables, lexed.tokens, BUILDERS, Notes(name)))
    return FileLayout(source).file(parsed.file)
