"""The log of real deaths: enough of them, many in a rebalance, none that went wrong."""

from __future__ import annotations

import json
from pathlib import Path

ROWS = [json.loads(line) for line in Path(__file__).with_name("deaths.jsonl").read_text("utf-8").splitlines()]


def test_two_hundred_deaths_and_sixty_in_a_rebalance_under_both_guarantees() -> None:
    assert sum(row["deaths"] for row in ROWS) >= 200
    assert sum(row.get("rebalance", 0) for row in ROWS) >= 60
    for guarantee in ("at_least_once", "exactly_once"):
        assert sum(row["deaths"] for row in ROWS if row["guarantee"] == guarantee) >= 80


def test_none_went_wrong() -> None:
    assert [row["seed"] for row in ROWS if row["wrong"]] == []
    assert [row["seed"] for row in ROWS if row["guarantee"] == "exactly_once" and row.get("doubled")] == []
