"""A folder with a job that keeps state."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.connectors import compression, text_feed
from tests.cli import test_run_state as plain


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; files are read a few lines at a time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compression, "PIECE", 700)
    monkeypatch.setattr(text_feed.TextFeed.__init__, "__defaults__", ((700, 700),))
    (tmp_path / "shop.pattern").write_text(plain.RULES)
    (tmp_path / "job.yaml").write_text(plain.JOB)
    (tmp_path / "orders.jsonl").write_text(plain.order_lines(120))
    (tmp_path / "shipped.csv").write_text(plain.shipped_lines(120))
    return tmp_path
