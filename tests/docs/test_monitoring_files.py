"""The dashboard and the alarms ask for metrics that are served, by labels that these have, in ways that make sense."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cep.runtime.metrics.catalog import CATALOG, Metric, series

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "monitoring"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
ALARMS = yaml.safe_load((FOLDER / "alarms.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
SERVED: dict[str, Metric] = {name: metric for metric in CATALOG for name in series(metric)}
OUTSIDE = {
    "up",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
}
"""What Prometheus adds, and what its client tells of the process (`tests/connectors/metrics` sees that it does)."""
TARGET = {"job", "instance"}
"""Labels that every scraped number has."""
WORDS = {
    "sum",
    "max",
    "min",
    "by",
    "rate",
    "increase",
    "changes",
    "time",
    "topk",
    "count",
    "histogram_quantile",
    "offset",
}


def panels() -> Iterator[dict[str, Any]]:
    """All that show something."""
    return (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


EXPRESSIONS = [
    *((f"panel {p['title']}", t["expr"], t["legendFormat"]) for p in panels() for t in p["targets"]),
    *((f"alarm {a['alert']}", a["expr"], " ".join(a["annotations"].values())) for a in ALARMS),
]


def names(expression: str) -> set[str]:
    """The metrics in an expression."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby\s*\([^)]*\)|\"[^\"]*\"", " ", expression)
    return set(re.findall(r"\b[a-z_]{2,}\b", bare)) - WORDS


def labels(expression: str) -> set[str]:
    """The labels that it selects or groups by."""
    found = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    for group in re.findall(r"\bby\s*\(([^)]*)\)", expression):
        found |= {label.strip() for label in group.split(",")}
    return found


@pytest.mark.parametrize(("what", "expression", "text"), EXPRESSIONS, ids=[what for what, *_ in EXPRESSIONS])
def test_an_expression(what: str, expression: str, text: str) -> None:
    asked = names(expression)
    assert asked
    assert asked <= SERVED.keys() | OUTSIDE
    metrics = [SERVED[name] for name in asked if name in SERVED]
    known = TARGET.union(*({*metric.labels, *(["le"] if metric.kind == "histogram" else [])} for metric in metrics))
    assert labels(expression) <= known
    shown = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text))
    assert shown <= (labels(expression) if re.search(r"\bby\b", expression) else known)
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)
    for name in asked:
        ranged = re.search(rf"\b(rate|increase)\({name}\b", expression) is not None
        counted = name.endswith(("_total", "_bucket", "_sum", "_count"))
        assert ranged is counted, f"{name} is {'' if counted else 'not '}counted up"
        if name.endswith("_bucket"):
            assert re.search(r"histogram_quantile\(0\.\d+, sum by \([^)]*\ble\b", expression)


def test_every_metric_is_on_the_dashboard() -> None:
    asked = {name for panel in panels() for target in panel["targets"] for name in names(target["expr"])}
    hidden = {metric.name for metric in CATALOG if not asked & set(series(metric))}
    assert hidden == set()


def test_the_dashboard_can_be_laid_out() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] >= 0 and at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in panels():
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))
        assert panel["datasource"]["uid"] == "${datasource}"
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "job"}


def test_every_alarm_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(Cep\w+)` \| `(.*?)` \|", page, re.M)
    assert told == [(alarm["alert"], alarm["expr"]) for alarm in ALARMS]
    assert {alarm["labels"]["severity"] for alarm in ALARMS} == {"page", "ticket"}


def test_what_is_scraped_is_where_workers_answer() -> None:
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = scraped["scrape_configs"]
    assert job["job_name"] == "cep"
    assert job["static_configs"][0]["targets"] == [f"localhost:{9108 + number}" for number in range(3)]
    assert all((FOLDER / name).exists() for name in scraped["rule_files"])
