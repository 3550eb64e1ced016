"""The parse tables beside the grammar: what the grammar gives, and only used for the grammar they are made from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cep.language import tables
from cep.language.build_tables import build_tables
from cep.language.tables import grammar_path, load_tables, tables_path, tables_text

SHIPPED = tables_path()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the grammar, used in place of ours, without tables."""
    copy = tmp_path / "pattern.lark"
    copy.write_bytes(grammar_path().read_bytes())
    monkeypatch.setattr(tables, "grammar_path", lambda: copy)
    load_tables.cache_clear()
    yield copy
    load_tables.cache_clear()


def test_they_are_what_the_grammar_gives() -> None:
    grammar = grammar_path().read_text("utf-8")
    built = build_tables(grammar)
    again = "run `python -m cep.language.build_tables`"
    assert tables_path().read_text("utf-8") == tables_text(grammar, built), again
    load_tables.cache_clear()
    assert load_tables() == built


def test_a_check_does_not_import_the_parser_generator() -> None:
    program = (
        "import sys; from cep.language.load import check_text; check_text('rule r { match by k a: T }')\n"
        "print([name for name in ('lark', 'pydantic') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"


def test_a_changed_grammar_has_tables_of_its_own(elsewhere: Path) -> None:
    elsewhere.with_name("tables.json").write_bytes(SHIPPED.read_bytes())
    assert "unbounded" in load_tables().words
    load_tables.cache_clear()
    elsewhere.write_text(elsewhere.read_text("utf-8").replace("/unbounded(", "/boundless("), "utf-8")
    changed = load_tables()
    assert "boundless" in changed.words
    assert "unbounded" not in changed.words


def test_without_tables_they_are_built(elsewhere: Path) -> None:
    assert not elsewhere.with_name("tables.json").exists()
    assert load_tables().productions
