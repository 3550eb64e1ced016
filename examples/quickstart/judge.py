"""Compare the alerts of a run with the answer key, as sets: which were found, which are missing, which are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Alert = Mapping[str, Any]
"""An alert, or an entry of the answer key, as read from JSON."""


@dataclass(slots=True)
class Judgement:
    """The outcome for one rule."""

    rule: str
    found: list[Alert] = field(default_factory=list)
    """Alerts that the key expects, in the order of the run."""
    missing: list[Alert] = field(default_factory=list)
    """Entries of the key without an alert."""
    wrong: list[Alert] = field(default_factory=list)
    """Alerts that the key does not expect, or that came twice."""
    loud: list[str] = field(default_factory=list)
    """Titles of the near misses and look-alikes that a wrong alert touches."""
    quiet: dict[str, list[str]] = field(default_factory=dict)
    """Titles of those that stayed quiet (or gave just the alert that the key expects), by kind of story."""

    @property
    def expected(self) -> int:
        """How many alerts the key has for the rule."""
        return len(self.found) + len(self.missing)

    @property
    def right(self) -> bool:
        """Precision and recall are 1."""
        return not self.missing and not self.wrong


def judge(key: Mapping[str, Any], alerts: Iterable[Alert]) -> dict[str, Judgement]:
    """A judgement for each rule that the key or an alert names."""
    open_entries = {
        _identity(entry["rule"], entry["kind"], entry["key"], entry["events"]): entry for entry in key["alerts"]
    }
    outcome: dict[str, Judgement] = {}

    def of(rule: str) -> Judgement:
        return outcome.setdefault(rule, Judgement(rule))

    for story in key["stories"]:
        of(story["rule"])
    for alert in alerts:
        expected = open_entries.pop(_identity(alert["rule"], alert["kind"], alert["key"], bound(alert)), None)
        (of(alert["rule"]).wrong if expected is None else of(alert["rule"]).found).append(alert)
    for entry in open_entries.values():
        of(entry["rule"]).missing.append(entry)
    _stories(key, outcome)
    return outcome


def bound(alert: Alert) -> dict[str, list[str]]:
    """The ids of an alert's events, by step."""
    steps: dict[str, list[str]] = {}
    for event in alert["events"]:
        steps.setdefault(event["step"], []).append(event["data"]["id"])
    return steps


def _identity(rule: str, kind: str, key: object, events: Mapping[str, list[str]]) -> str:
    return json.dumps([rule, kind, key, {step: sorted(ids) for step, ids in events.items()}], sort_keys=True)


def _stories(key: Mapping[str, Any], outcome: dict[str, Judgement]) -> None:
    """Sort the harmless stories into quiet and loud ones."""
    touched = {
        event
        for judgement in outcome.values()
        for alert in judgement.wrong
        for ids in bound(alert).values()
        for event in ids
    }
    for story in key["stories"]:
        if story["kind"] == "fraud":
            continue
        judgement = outcome[story["rule"]]
        if touched.intersection(story["events"]):
            judgement.loud.append(story["title"])
        else:
            judgement.quiet.setdefault(story["kind"], []).append(story["title"])
