"""One rule of two steps over streams with one thing each that is hard."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.streams import RULES, STREAMS, written
from benchmarks.suites import Case, Figures
from benchmarks.suites.commands import run_figures

EVENTS = 500_000


def stream(name: str, scale: float) -> Figures:
    """`cep run` over one of the streams."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.pattern"
        rules.write_text(RULES, encoding="utf-8")
        count = max(1_000, int((2 if name == "a million keys" else 1) * EVENTS * scale))
        return run_figures(rules, written(STREAMS[name](count), Path(folder) / "events.jsonl"))


CASES: dict[str, Case] = {name: partial(stream, name) for name in STREAMS}
