"""From text to the syntax tree and what was wrong with the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from cep.language import ast
from cep.language.automaton import Automaton
from cep.language.build_clauses import CLAUSE_BUILDERS
from cep.language.build_expressions import EXPRESSION_BUILDERS
from cep.language.build_items import ITEM_BUILDERS
from cep.language.build_patterns import PATTERN_BUILDERS
from cep.language.diagnostics import Diagnostic, Span
from cep.language.lexer import UNKNOWN, Lexed, Token, tokenize
from cep.language.notes import Notes
from cep.language.recovery import Losses, parse_all
from cep.language.tables import load_tables

_Place = tuple[int, int]
_Part = TypeVar("_Part", ast.Clause, ast.Field, ast.TestLine)
BUILDERS = EXPRESSION_BUILDERS | PATTERN_BUILDERS | CLAUSE_BUILDERS | ITEM_BUILDERS
"""The function for each grammar rule that builds a node."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as far as it parses, and the findings by place.

    Clauses of rules, fields of events and lines of tests that could not be read whole are left out of `file`, as are
    other items. `broken` holds the names of items left out, so that their use elsewhere need not be reported again;
    `incomplete` says that something whose name cannot be told was left out, so that no unknown name proves anything.
    Where nothing is left out, findings name slips whose meaning is plain (`=` for `==`), and the tree holds it.
    """

    file: ast.File
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str] = frozenset()
    incomplete: bool = False


def parse_text(text: str, name: str) -> Parsed:
    """Parse a file's text; `name` is the file as diagnostics show it. Never raises on what the text holds."""
    tables = load_tables()
    lexed = tokenize(text, tables)
    notes, losses = Notes(name), Losses()
    automaton = Automaton(tables, _known(lexed, notes, losses), BUILDERS, notes)
    parse_all(automaton, losses)
    return _without_losses(automaton.values[-1], notes, losses)


def _known(lexed: Lexed, notes: Notes, losses: Losses) -> list[Token]:
    if not any(token.kind == UNKNOWN for token in lexed.tokens):
        return lexed.tokens
    from cep.language.slips.characters import mend_characters

    mended = mend_characters(lexed.tokens, notes)
    if mended is None:
        losses.unnamed = True
        return lexed.tokens[-1:]
    losses.places.extend(mended[1])
    return mended[0]


def _without_losses(file: ast.File, notes: Notes, losses: Losses) -> Parsed:
    lost = [(token.line, token.column) for token in losses.places]
    # A literal that cannot be read stands in the tree as zero: nothing sensible can be said of what holds it.
    lost.extend((found.span.line, found.span.column) for found in notes.sorted() if found.code == "E0120")
    if not lost:
        return Parsed(file, notes.sorted(), frozenset(losses.names), losses.unnamed)
    kept = [(item, _pruned(item, lost)) for item in file.items]
    gone = [item for item, left in kept if left is None]
    names = {item.name for item in gone if not isinstance(item, ast.Import)} | losses.names
    unnamed = losses.unnamed or any(isinstance(item, ast.Import) for item in gone)
    items = tuple(left for _, left in kept if left is not None)
    return Parsed(replace(file, items=items), notes.sorted(), frozenset(names), unnamed)


def _pruned(item: ast.Declaration, lost: list[_Place]) -> ast.Declaration | None:
    """An item without the clauses, fields or lines in which something was lost; None where nothing else is left."""
    if not any(_holds(item.span, place) for place in lost):
        return item
    match item:
        case ast.Rule():
            return replace(item, clauses=_whole(item.clauses, lost))
        case ast.Event():
            return replace(item, fields=_whole(item.fields, lost))
        case ast.Test():
            return replace(item, lines=_whole(item.lines, lost))
        case _:
            return None


def _whole(parts: tuple[_Part, ...], lost: list[_Place]) -> tuple[_Part, ...]:
    return tuple(part for part in parts if not any(_holds(part.span, place) for place in lost))


def _holds(span: Span, place: _Place) -> bool:
    return (span.line, span.column) <= place < (span.end_line, span.end_column)
