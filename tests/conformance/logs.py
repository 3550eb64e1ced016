"""The input of a case as steps to play: events, and where the watermark stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.rule_text import EVENT, Case, Translation

MILLISECOND = 1_000
END = 2**62
BEGINNING = -(2**62)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event arrives. `data`: fields by their names in the language; `time` in microseconds."""

    index: int
    time: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watermark:
    """No event before `time` (microseconds) is expected any more."""

    time: int


@dataclass(frozen=True, slots=True)
class Restore:
    """State is written and read back here."""


Play = Arrival | Watermark | Restore


def plays(case: Case, translation: Translation) -> Iterator[Play]:
    """What happens in a case, in order. A watermark w of the form is w + 1 here; `advance_to` stands as it is."""
    if "input" not in case:
        time = BEGINNING
        for event in case["events"]:
            # The order given is the order of processing, also where the source's timestamps run back.
            time = max(time, event["ts"])
            yield _arrival(event | {"ts": time}, translation)
        if case.get("advance_to") is not None:
            yield Watermark(case["advance_to"] * MILLISECOND)
        return
    events = {event["i"]: event for event in case["events"]}
    for entry in case["input"]:
        if "event" in entry:
            yield _arrival(events[entry["event"]], translation)
        elif "watermark" in entry:
            yield Watermark(_watermark(entry["watermark"]))
        else:
            yield Restore()


def _arrival(event: Mapping[str, Any], translation: Translation) -> Arrival:
    data = {name: event.get(field) for field, name in translation.fields.items()}
    return Arrival(event["i"], event["ts"] * MILLISECOND, data | {"ts": event["ts"]})


def _watermark(value: int | str) -> int:
    if value == "max":
        return END
    return BEGINNING if value == "min" else (int(value) + 1) * MILLISECOND


__all__ = ["EVENT", "Arrival", "Play", "Restore", "Watermark", "plays"]
