"""A rule and a log as one readable file, independent of the generator: how failing pairs are shown and kept.

    # What was wrong, or where engine and oracle part.
    event A { … }
    rule drawn { … }
    ---
    {"type": "A", "k": "a", "ts": 7}
    {"type": "A", "k": "a", "ts": 9, "_topic": "other", "_partition": 0}
    {"partitions": [["drawn", 0], ["other", 0]]}
    {"watermark": 20}

The log stands in order of arrival, each event as a producer would write it, times in milliseconds; offsets count from 0
in each partition. `partitions` are those that are waited for, where there are others than the first events' one;
without `watermark` the input ends behind the last event. A line `# open` says that the bug is not mended yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from cep.language.model import EventType
from cep.language.types import Kind, Type
from tests.generated.expected import Played
from tests.generated.logs import ALONE, SOURCE, Log, Sent
from tests.generated.pairs import checked

FOLDER = Path(__file__).with_name("found")
ENDING = ".case"
OPEN = "# open"
_BORDER = "---"
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Case:
    """A rule file and a log that were kept. `is_open`: engine and oracle still part on it."""

    text: str
    log: Log
    is_open: bool = False


def written_case(played: Played, head: Iterable[str]) -> str:
    """The file of a pair, with lines about it ahead."""
    lines = [*(f"# {line}" for line in head), played.text.strip(), _BORDER, *_lines(played.log)]
    return "\n".join(lines) + "\n"


def _lines(log: Log) -> Iterator[str]:
    for sent in log.events:
        record = {"type": sent.event, **sent.data, "ts": sent.time}
        if sent.place != ALONE[0]:
            record |= {"_topic": sent.place[0], "_partition": sent.place[1]}
        yield _encode(record).decode()
    if log.places != ALONE:
        yield _encode({"partitions": log.places}).decode()
    if log.end is not None:
        yield _encode({"watermark": log.end}).decode()


def read_case(path: Path) -> Case:
    """A file that was kept."""
    return case_of(path.read_text(encoding="utf-8"))


def case_of(content: str) -> Case:
    """The case that a file's content stands for. Raises `ValueError` for a line that is none of a log."""
    text, border, log = content.partition(f"\n{_BORDER}\n")
    if not border:
        raise ValueError(f"no line `{_BORDER}` between rule and log")
    events = checked(text).events
    sent: list[Sent] = []
    end: int | None = None
    places = ALONE
    for line in log.splitlines():
        fields = json.loads(line, parse_float=Decimal)
        match fields:
            case {"type": str()}:
                sent.append(_sent(fields, events))
            case {"watermark": int(time)}:
                end = time
            case {"partitions": list(given)}:
                places = tuple((topic, number) for topic, number in given)
            case _:
                raise ValueError(f"no event: {line}")
    return Case(text, Log(tuple(sent), end, places), OPEN in text.splitlines())


def _sent(fields: dict[str, Any], events: dict[str, EventType]) -> Sent:
    event = fields.pop("type")
    time = fields.pop("ts")
    place = (fields.pop("_topic", SOURCE), fields.pop("_partition", 0))
    types = {field.name: field.type for field in events[event].fields}
    return Sent(event, time, {name: _value(value, types[name]) for name, value in fields.items()}, place)


def _value(value: Any, of: Type) -> Any:
    """A value in run-time form."""
    if value is None:
        return None
    if of.kind is Kind.DECIMAL:
        return Decimal(value)
    return float(value) if of.kind is Kind.FLOAT else value
