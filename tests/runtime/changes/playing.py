"""Plays a case: events under the old rules, a snapshot, the new rules, more events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from cep.engine.values import Values
from cep.language.load import load_text
from cep.runtime.alert import Alert
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.snapshot_file import pack, unpack
from cep.runtime.source import Source
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, source

CASES = Path(__file__).parent / "cases.yaml"
TYPES = "".join(f"event {name} {{ k: string  n: int  ts: timestamp }} time ts\n" for name in "ABCD")


@dataclass
class Case:
    """One kind of edit on open partial matches.

    `row`: its row of the table in `docs/guarantees.md`. `rule`: the old text; `edits`: pairs of texts, old and new.
    `before`, `after`: events as `SECONDS TYPE field=value …` (k is x, n is 0 if left out), or `advance SECONDS`.
    `params`: whole numbers, decimals as text. `code`: marks of the code of functions. `verdict`, `open`: of rule `r`,
    None where nothing is to be told. `alerts`: those after the change.
    """

    row: str
    verdict: str | None
    rule: str
    edits: list[list[str]]
    before: list[str]
    after: list[str]
    alerts: list[str]
    open: int = 0
    types: str = TYPES
    params: list[dict[str, int | str]] = field(default_factory=lambda: [{}, {}])
    lists: list[dict[str, list[str]]] = field(default_factory=lambda: [{}, {}])
    code: list[dict[str, str]] = field(default_factory=lambda: [{}, {}])
    ended: int = 0
    sources: dict[str, list[str]] = field(default_factory=dict)

    def text(self, new: bool) -> str:
        """The rules before or after the edits."""
        text = self.types + self.rule
        for old, other in self.edits if new else ():
            assert text.count(old) == 1, (self.row, old)
            text = text.replace(old, other)
        return text

    def shard(self, new: bool) -> Shard:
        """A shard of the old or new rules."""
        params = {name: Decimal(v) if isinstance(v, str) else v for name, v in self.params[new].items()}
        rules = load_text(self.text(new), "r.pattern", params=params)
        lists = {name: tuple(values) for name, values in self.lists[new].items()}
        fed = [Source(name, tuple(types)) for name, types in self.sources.items()] or [source(rules)]
        return Shard(wire(rules, fed), Values(params, lists, dict.fromkeys(rules.functions, positive), self.code[new]))

    def source_of(self, event: str) -> str:
        """The source that brings a type of event."""
        return next((name for name, types in self.sources.items() if event in types), "events")


@dataclass
class Played:
    """What came of a case."""

    report: ChangeReport
    alerts: list[str]
    ended: int
    left: Shard


def positive(number: int) -> bool:
    """What every function of a case does."""
    return number > 0


def cases() -> list[Case]:
    """All cases."""
    return [Case(**entry) for entry in yaml.safe_load(CASES.read_text())]


def play(case: Case, again: int = 0) -> Played:
    """Play it; with `again` the shard is written and restored so many times after each further event."""
    old, offset = case.shard(False), 0
    for line in case.before:
        push(case, old, line, offset)
        offset += 1
    new = case.shard(True)
    report = new.restore(through_file(old), allow_reset=True)
    found, ended = [], 0
    for line in case.after:
        out = push(case, new, line, offset)
        offset += 1
        found += [shown(alert) for alert in out.alerts]
        ended += len(out.ended)
        for _ in range(again):
            parts = through_file(new)
            new = case.shard(True)
            later = new.restore(parts)
            assert not later.changes
            assert new.snapshot() == parts
    return Played(report, found, ended, new)


def through_file(shard: Shard) -> dict[bytes, bytes]:
    """The shard's parts as a file gives them back."""
    return unpack(b"".join(pack(shard.snapshot())))


def push(case: Case, shard: Shard, line: str, offset: int) -> Output:
    """One event, or one step of time."""
    first, second, *rest = line.split()
    if first == "advance":
        return shard.advance(round(float(second) * 1_000_000))
    row: dict[str, Any] = {"type": second, "k": "x", "n": 0, "ts": round(float(first) * 1000)}
    for pair in rest:
        name, value = pair.split("=")
        row[name] = int(value) if value.lstrip("-").isdigit() else value
    return shard.push([chunk([row], offset, source=case.source_of(second))])


def shown(alert: Alert) -> str:
    """An alert: rule and version, kind, events with their seconds, fields."""
    events = " ".join(f"{event.step}@{event.time / 1e6:g}" for event in alert.events)
    at = f" at {alert.at}" if alert.at else ""
    due = "" if alert.due is None else f" due {alert.due / 1e6:g}"
    held = f" +{alert.suppressed}" if alert.suppressed else ""
    fields = json.loads(alert.json())["fields"]
    said = "" if fields == alert.key else " " + json.dumps(fields, separators=(",", ":"))
    mode = "" if alert.mode == "live" else f" {alert.mode}"
    return f"{alert.rule}/{alert.version} {alert.kind}{at} {events}{due}{held}{mode}{said}"
