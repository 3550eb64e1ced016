"""P1, P2, P4 and P5: what is open of a user is a short list, which an event empties or adds to."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.peers.loops.events import Batches, Event

Tell = Callable[..., None]
"""Takes the events of a match, in the order of the pattern."""


def p1(batches: Batches, tell: Tell) -> None:
    """A small purchase, then a big one, within ten minutes."""
    small: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            if event.type != "purchase":
                continue
            if event.amount < 5:
                small.setdefault(event.user, []).append(event)
            elif event.amount > 500:
                for first in small.pop(event.user, ()):
                    if event.ts - first.ts < 600_000:
                        tell(first, event)


def p2(batches: Batches, tell: Tell) -> None:
    """Three failed logins or more in a row, and at once a login, within five minutes."""
    failed: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            if event.type == "login_failed":
                failed.setdefault(event.user, []).append(event)
                continue
            row = failed.pop(event.user, None)
            if row is not None and event.type == "login" and len(row) >= 3:
                row = [one for one in row if event.ts - one.ts < 300_000]
                if len(row) >= 3:
                    tell(*row, event)


def p4(batches: Batches, tell: Tell) -> None:
    """A changed password, no login, then a large transfer, within thirty minutes."""
    changed: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            kind = event.type
            if kind == "pwd_change":
                changed.setdefault(event.user, []).append(event)
            elif kind == "login":
                changed.pop(event.user, None)
            elif kind == "transfer" and event.amount > 1000:
                for first in changed.pop(event.user, ()):
                    if event.ts - first.ts < 1_800_000:
                        tell(first, event)


def p5(batches: Batches, tell: Tell) -> None:
    """Three purchases above 900 in all combinations, within a minute."""
    large: dict[str, list[Event]] = {}
    for batch in batches:
        for event in batch:
            if event.type != "purchase" or event.amount <= 900:
                continue
            row = [one for one in large.get(event.user, ()) if event.ts - one.ts < 60_000]
            for place, second in enumerate(row):
                for first in row[:place]:
                    tell(first, second, event)
            row.append(event)
            large[event.user] = row
