"""The metrics that the documentation lists are those that are served."""

from __future__ import annotations

import re
from pathlib import Path

from cep.runtime.metrics.catalog import CATALOG, series

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
NAMES = {name for metric in CATALOG for name in (metric.name, *series(metric))}


def test_the_table_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(cep_\w+)` \| (\w+) \| (.*?) \| (\w+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    shown = [
        (metric.name, metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.jobs, metric.help)
        for metric in CATALOG
    ]
    assert rows == shown


def test_every_name_on_a_page_is_served() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    for page in pages:
        named = set(re.findall(r"\bcep_[a-z_]+\b(?!\.)", page.read_text(encoding="utf-8")))
        assert named <= NAMES, page


def test_names_follow_the_conventions() -> None:
    assert len({metric.name for metric in CATALOG}) == len(CATALOG)
    for metric in CATALOG:
        assert metric.name.endswith("_total") is (metric.kind == "counter")
        assert (metric.kind == "histogram") is bool(metric.bounds)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        if metric.kind == "histogram":
            assert metric.name.endswith("_seconds")
