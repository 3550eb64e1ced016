"""`cep check` of many rules, the first time and again, with nothing changed in between."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import CEP, MIB, usage
from benchmarks.suites import Case, Figures

EVENTS = """
event Auth {
  card: string  amount: decimal  status: enum("approved", "declined")  merchant: string  country: string?  ts: timestamp
} time ts lateness 30s
"""
RULE = """
rule r{number} "Small amounts, then a big one" {{
  severity high   tags ["card", "T{number}"]   owner "cards"   version 3
  match by card within 1h
    probes: Auth{{3,}} where amount < {small}.00 and merchant not in ("m{number}", "m2")
    then big: Auth where amount >= {big}.00 and status == "approved" and country is not null
    without Auth where status == "declined" within 10m
  emit {{ card, probes: count(probes), merchants: count_distinct(probes.merchant), amount: big.amount }}
  suppress for 24h by card
}}
"""
FILES = 100
LIMIT = 600
"""Seconds."""


def check(rules: int, scale: float) -> Figures:
    """Rules in a hundred files at most, which import their events."""
    files = min(FILES, rules)
    each = max(1, int(rules * scale) // files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "events.pattern").write_text(EVENTS, encoding="utf-8")
        for number in range(files):
            texts = [
                RULE.format(number=rule, small=1 + rule % 7, big=500 + rule % 100)
                for rule in range(number * each, (number + 1) * each)
            ]
            text = 'import "events.pattern"\n' + "".join(texts)
            (folder / f"part{number}.pattern").write_text(text, encoding="utf-8")
        # nothing kept by an earlier check, and nothing left behind
        cache = {"XDG_CACHE_HOME": str(folder / "cache")}
        cold, again = (usage([*CEP, "check", str(folder)], LIMIT, cache) for _ in range(2))
    return {
        "cold_s": cold.seconds,
        "cold_mib": cold.resident / MIB,
        "again_s": again.seconds,
        "again_mib": again.resident / MIB,
    }


CASES: dict[str, Case] = {
    "one rule": partial(check, 1),
    **{f"{rules:,} rules": partial(check, rules) for rules in (1_000, 10_000)},
}
