"""P3, P3c and P3n: a purchase, then one of three times its amount from another country, within ten minutes."""

from __future__ import annotations

from benchmarks.peers.loops.events import Batches, Event
from benchmarks.peers.loops.sequences import Tell

SPAN = 600_000
"""Milliseconds; a second purchase comes earlier than that."""


def p3(batches: Batches, tell: Tell) -> None:
    """Past the last event, decided in the order of the starts: only the earliest start is looked at."""
    waiting: dict[str, list[Event]] = {}
    """Purchases of a user from the earliest undecided one on."""
    for batch in batches:
        for event in batch:
            if event.type != "purchase":
                continue
            row = waiting.get(event.user)
            if row is None:
                waiting[event.user] = [event]
                continue
            row.append(event)
            first = row[0]
            if event.ts - first.ts >= SPAN:
                _decide(row, event.ts, tell)
            elif event.amount > 3 * first.amount and event.country != first.country:
                tell(first, event)
                row.clear()
            if not row:
                del waiting[event.user]
    for row in waiting.values():
        _decide(row, row[-1].ts + SPAN, tell)


def _decide(row: list[Event], now: int, tell: Tell) -> None:
    """Decide starts whose time is over; what remains begins with one that is open."""
    place = 0
    while place < len(row):
        first = row[place]
        for found in range(place + 1, len(row)):
            second = row[found]
            if second.ts - first.ts >= SPAN:
                place += 1
                break
            if second.amount > 3 * first.amount and second.country != first.country:
                tell(first, second)
                place = found + 1
                break
        else:
            if now - first.ts < SPAN:
                break
            place += 1
    del row[:place]


def p3c(batches: Batches, tell: Tell) -> None:
    """Past the last event, decided when complete: a match drops all that is open."""
    starts: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            if event.type != "purchase":
                continue
            row = starts.setdefault(event.user, [])
            amount, country, oldest = event.amount, event.country, event.ts - SPAN
            while row and row[0].ts <= oldest:
                del row[0]
            for first in row:
                if amount > 3 * first.amount and country != first.country:
                    tell(first, event)
                    row.clear()
                    break
            else:
                row.append(event)


def p3n(batches: Batches, tell: Tell) -> None:
    """Every start with the first purchase that fits it."""
    starts: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            if event.type != "purchase":
                continue
            amount, country, oldest = event.amount, event.country, event.ts - SPAN
            row = [event]
            for first in starts.get(event.user, ()):
                if first.ts > oldest:
                    if amount > 3 * first.amount and country != first.country:
                        tell(first, event)
                    else:
                        row.append(first)
            starts[event.user] = row
