"""From event time to the order of the file: delays within the declared lateness, and what goes wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

import msgspec

from day.events import LATENESS, MINUTE, SECOND, Event, at, card_auth, instant, money

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(slots=True)
class Feed:
    """The lines of the file in the order of arrival, and the ids of what must be set aside."""

    lines: list[bytes] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    unrouted: int = 0
    out_of_order: int = 0
    """How many events arrive behind a later one."""


def arrange(events: Iterable[Event], random: Random) -> Feed:
    """Number the events in the order in which they arrive, and write them as JSON lines."""
    arrivals = [(event.time + _delay(event, random), event) for event in [*events, *_stragglers(random)]]
    arrivals.sort(key=lambda pair: (pair[0], pair[1].time))
    feed, greatest = Feed(), 0
    for number, (_, event) in enumerate(arrivals, 1):
        event.id = f"e{number:06d}"
        feed.out_of_order += event.time < greatest
        greatest = max(greatest, event.time)
        if greatest - event.time > max(LATENESS.values()):
            feed.late.append(event.id)
        feed.lines.append(_ENCODER.encode(event.record()))
    _spoil(feed, random)
    return feed


def _delay(event: Event, random: Random) -> int:
    """Most arrive at once; the others take up to the lateness of their type."""
    if event.delay is not None:
        return event.delay
    allowed = LATENESS.get(event.type, 0)
    return random.randrange(allowed + 1) if random.random() < 0.3 else random.randrange(min(allowed, SECOND) + 1)


def _stragglers(random: Random) -> list[Event]:
    """Purchases that arrive hours late: they go to the late output and change nothing."""
    stragglers = [card_auth(at(9 + i), f"card-lost-{i}", money(1_900), "shop-001") for i in range(4)]
    for event in stragglers:
        event.delay = random.randrange(30, 90) * MINUTE
    return stragglers


def _spoil(feed: Feed, random: Random) -> None:
    """Put broken lines and unknown types between the good ones."""
    good: dict[str, object] = {
        "type": "CardAuth",
        "card_id": "card-x",
        "amount": 5,
        "status": "approved",
        "merchant": "m",
    }
    # Far from midnight, so that a time is ordinary wherever a line lands: none of these may move the watermark anyway.
    good["ts"] = instant(at(12))
    broken: list[bytes] = [
        b'{"type":"CardAuth","id":"x1","card_id":"card-x","amount":5,',
        json.dumps({**good, "id": "x2", "amount": "five"}).encode(),
        json.dumps({**good, "id": "x3", "card_id": None}).encode(),
        json.dumps({**good, "id": "x4", "status": "pending"}).encode(),
        json.dumps({**good, "id": "x5", "ts": "yesterday"}).encode(),
        b'["not", "an", "event"]',
        b'{"type":"Login","id":"x7","user_id":"u\xff"}',
    ]
    unknown = [json.dumps({"type": "Heartbeat", "id": f"h{i}", "ts": instant(at(6 * i))}).encode() for i in range(4)]
    for line in [*broken, *unknown]:
        feed.lines.insert(random.randrange(len(feed.lines) // 4, len(feed.lines)), line)
    feed.dead = [f"line {i}" for i, line in enumerate(feed.lines, 1) if line in broken]
    feed.unrouted = len(unknown)
