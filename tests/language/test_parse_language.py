"""Every example of the language parses, without a word of complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.language.parse import parse_text

SYNTAX = Path(__file__).parents[1] / "golden" / "syntax"


@pytest.mark.parametrize(
    ("file", "items"),
    [("declarations", 11), ("rules", 8), ("tests", 2), ("constructs", 13)],
)
def test_a_file_of_examples_parses(file: str, items: int) -> None:
    parsed = parse_text((SYNTAX / f"{file}.pattern").read_text("utf-8"), file)
    assert parsed.diagnostics == ()
    assert len(parsed.file.items) == items
