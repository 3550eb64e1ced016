"""The source of a picture: a rule, a few events, and what is worth pointing at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
VOCABULARY = (Path(__file__).parent / "vocabulary.pattern").read_text(encoding="utf-8")

_UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_KNOWN = {"title", "rule", "mark", "events", "end", "tick", "ghosts", "spans", "show", "declare", "arrival"}


class CaseError(Exception):
    """A source that does not say what to draw, with the reason."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the log: its name in the picture (type and place in the log), type, time (microseconds), fields."""

    name: str
    type: str
    time: int
    fields: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Ghost:
    """A match that there would be if the rule read otherwise (`old` replaced by `new`), and why there is none."""

    old: str
    new: str
    note: str
    only: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time to be shaded in a lane: from an event, for a length that stands in the rule."""

    lane: int
    start: str
    length: int
    label: str
    kind: str
    backwards: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One picture. Times are microseconds from the picture's beginning; `tick` is the step of its clock.

    `mark` is the part of the rule that the picture is about, `declared` the event types. `arrival`: events come in the
    order of the log, whatever their times.
    """

    name: str
    title: str
    rule: str
    mark: str | None
    declared: str
    moments: tuple[Moment, ...]
    end: int
    tick: int
    ghosts: tuple[Ghost, ...]
    spans: tuple[Span, ...]
    show: tuple[str, ...]
    arrival: bool

    def text(self, ghost: Ghost | None = None) -> str:
        """The rule file to be run; with a ghost, the rule as it would have to read for it."""
        rule = self.rule
        if ghost is not None:
            if rule.count(ghost.old) != 1:
                raise CaseError(f"{self.name}: `{ghost.old}` must stand once in the rule")
            rule = rule.replace(ghost.old, ghost.new)
        return self.declared + rule

    def moment(self, name: str) -> Moment:
        """The event of that name."""
        for moment in self.moments:
            if moment.name == name:
                return moment
        raise CaseError(f"{self.name}: there is no event {name}")


def names() -> list[str]:
    """The names of all pictures."""
    return sorted(path.stem for path in CASES.glob("*.yaml"))


def read_case(name: str) -> Case:
    """The source of that name. Raises `CaseError` if it is not of the form, `OSError` if there is none."""
    return case_of(name, yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")))


def case_of(name: str, data: dict[str, Any]) -> Case:
    """The case that a source's YAML tells of."""
    unknown = sorted(set(data) - _KNOWN)
    if unknown:
        raise CaseError(f"{name}: unknown {', '.join(unknown)}")
    moments = tuple(_moment(number, text) for number, text in enumerate(data["events"], 1))
    end = microseconds(data["end"]) if "end" in data else max(moment.time for moment in moments)
    return Case(
        name,
        data["title"],
        data["rule"],
        data.get("mark"),
        data.get("declare", VOCABULARY),
        moments,
        end,
        microseconds(data.get("tick", "1m")),
        tuple(_ghost(ghost) for ghost in data.get("ghosts", [])),
        tuple(_span(name, data["rule"], span) for span in data.get("spans", [])),
        tuple(data.get("show", [])),
        data.get("arrival", False),
    )


def microseconds(text: str) -> int:
    """The length of `1m30s`."""
    parts = re.findall(r"(\d+)(ms|[smhd])", text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise CaseError(f"`{text}` is no time")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def _moment(number: int, text: str) -> Moment:
    """An event written as `2m B v=40`."""
    time, type_, *fields = text.split()
    pairs = dict(field.split("=") for field in fields)
    values = {key: int(value) if value.isdigit() else value for key, value in pairs.items()}
    return Moment(f"{type_}{number}", type_, microseconds(time), values)


def _ghost(data: dict[str, str]) -> Ghost:
    return Ghost(data["old"], data.get("new", ""), data["note"], data.get("only"))


def _span(name: str, rule: str, data: dict[str, Any]) -> Span:
    """A span; its length must stand in the rule, so that the shade cannot be of another length."""
    if not re.search(rf"(within|after|for) {data['length']}\b", rule):
        raise CaseError(f"{name}: no span of {data['length']} in the rule")
    return Span(
        data["lane"],
        data["from"],
        microseconds(data["length"]),
        data["label"],
        data.get("kind", "open"),
        data.get("backwards", False),
    )
