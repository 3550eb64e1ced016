"""A code means one thing: no two rows of a page's tables explain the same one differently."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

PAGES = ["operations.md", "running.md"]
FOLDER = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_code_has_one_row(name: str) -> None:
    rows = re.findall(r"^\| (C\d{4}) \|", (FOLDER / name).read_text(encoding="utf-8"), re.M)
    assert rows
    assert [code for code, count in Counter(rows).items() if count > 1] == []
