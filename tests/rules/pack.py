"""The shipped rules, each as a file of its own text: its declarations, the rule, and its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cep.language import ast
from cep.language.parse import parse_text
from tests.rules.source_text import Edit, SourceText

FOLDER = Path(__file__).resolve().parents[2] / "rules"
EVENTS = "events.pattern"


@dataclass(frozen=True, slots=True)
class ShippedRule:
    """A rule of the pack alone: text without imports, its syntax tree, the rule in it."""

    name: str
    text: str
    file: ast.File
    rule: ast.Rule


def shipped_rules() -> Iterator[ShippedRule]:
    """Every rule of the pack."""
    for path in sorted(FOLDER.glob("*.pattern")):
        text = path.read_text(encoding="utf-8")
        for item in parse_text(text, path.name).file.items:
            if isinstance(item, ast.Rule):
                yield _alone(text, item.name)


def _alone(text: str, name: str) -> ShippedRule:
    """The rule with the events written out and without the rules and tests of its neighbours."""
    source = SourceText(text)
    edits = [_alone_edit(source, item, name) for item in parse_text(text, name).file.items]
    for edit in reversed([edit for edit in edits if edit is not None]):
        source = SourceText(source.apply(edit))
    file = parse_text(source.text, f"{name}.pattern").file
    rule = next(item for item in file.items if isinstance(item, ast.Rule))
    return ShippedRule(name, source.text, file, rule)


def _alone_edit(source: SourceText, item: ast.Declaration, name: str) -> Edit | None:
    if isinstance(item, ast.Import):
        return source.replace(item.span, (FOLDER / item.path).read_text(encoding="utf-8"))
    is_neighbour = (isinstance(item, ast.Rule) and item.name != name) or (
        isinstance(item, ast.Test) and item.rule != name
    )
    return source.replace(item.span, "") if is_neighbour else None
