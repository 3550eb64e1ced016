"""Each row of the table of outcomes names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = "### Records and topics that are not as they should be"


def rows() -> list[str]:
    """The rows of the table, without its head."""
    text = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    section = text.partition(HEADING)[2].partition("\n#")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_each_row_names_a_test_that_exists() -> None:
    missing = []
    for row in rows():
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        if not named:
            missing.append(row)
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
                missing.append(f"{path}::{name}")
    assert missing == []
    assert len(rows()) >= 15
