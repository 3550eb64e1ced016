"""`cep check` of many rules, the first time and again, with nothing changed in between."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import CEP, MIB, usage
from benchmarks.suites import Case, Figures
from benchmarks.suites.rules import equalities

EVENTS = "event T0 { user: string  code: string  amount: float  ts: timestamp } time ts\n"
FILES = 100
LIMIT = 600
"""Seconds."""


def check(rules: int, scale: float) -> Figures:
    """Rules in a hundred files that import their events."""
    each = max(1, int(rules * scale) // FILES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "events.pattern").write_text(EVENTS, encoding="utf-8")
        for number in range(FILES):
            texts = [
                f"rule r{rule} {{\n  match by user within 10m\n    {equalities(rule)}\n}}\n"
                for rule in range(number * each, (number + 1) * each)
            ]
            text = 'import "events.pattern"\n' + "".join(texts)
            (folder / f"part{number}.pattern").write_text(text, encoding="utf-8")
        cold, again = (usage([*CEP, "check", str(folder)], LIMIT) for _ in range(2))
    return {
        "cold_s": cold.seconds,
        "cold_mib": cold.resident / MIB,
        "again_s": again.seconds,
        "again_mib": again.resident / MIB,
    }


CASES: dict[str, Case] = {f"{rules:,} rules": partial(check, rules) for rules in (1_000, 10_000)}
