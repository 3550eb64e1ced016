"""Writes the figures of `benchmarks/results` into docs/benchmarks.md, between its marks, and draws the charts.

python -m benchmarks.report                 with the results that are there
python -m benchmarks.report var/bench       with new ones, which are kept
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.kafka import page as kafka_page
from benchmarks.plots import bars, lines

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"
NAMES = ("suites", "peers_dense", "peers_slow", "peers_hot", "delays", "kafka", "kafka_soak")


def results(folder: Path = RESULTS) -> dict[str, Any]:
    """What was measured, by the name of the file; the page has no mark for what was not."""
    paths = {name: folder / f"{name}.json" for name in NAMES}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def page(text: str, found: dict[str, Any]) -> str:
    """The page with its figures put in anew. Raises `KeyError` for a mark that stands for nothing."""
    made = tables.sections(found) | kafka_page.sections(found)

    def filled(mark: re.Match[str]) -> str:
        return f"<!-- {mark[1]} -->\n\n{made[mark[1]]}\n\n<!-- end -->"

    return re.sub(r"<!-- ([a-z -]+) -->\n.*?<!-- end -->", filled, text, flags=re.DOTALL)


def pictures(found: dict[str, Any]) -> dict[str, str]:
    """Charts by the name of their file."""
    suites = found["suites"]
    rules = {shape: tables.curve(suites["rules"], shape) for shape in ("ten types", "equalities", "thresholds")}
    windows = {mode: tables.curve(suites["windows"], mode) for mode in ("then", "then any")}
    return {
        "bench-peers.svg": bars(
            "CPU of an event, warm", "µs", tables.by_engine({**found["peers_dense"], "workloads": tables.merged(found)})
        ),
        "bench-rules.svg": lines("CPU of an event as rules are added", "rules", "µs", rules),
        "bench-windows.svg": lines("CPU of an event as the window grows", "events in the window", "µs", windows),
    }


def main() -> None:
    """Write page and charts."""
    if len(sys.argv) > 1:
        RESULTS.mkdir(exist_ok=True)
        for name in NAMES:
            fresh = Path(sys.argv[1]) / f"{name}.json"
            if fresh.exists():
                (RESULTS / fresh.name).write_text(fresh.read_text(encoding="utf-8"), encoding="utf-8")
    found = results()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    for name, picture in pictures(found).items():
        (PICTURES / name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
