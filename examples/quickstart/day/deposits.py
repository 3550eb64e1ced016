"""Stories about cash paid in bit by bit: `structuring`."""

from __future__ import annotations

from collections.abc import Iterator

from day.events import DAY, HOUR, MINUTE, Event, at, deposit, money
from day.story import Cast, Story

LIMIT = 1_000_000
"""The reporting limit in cents: the default of the rule's param."""


def stories(cast: Cast) -> Iterator[Story]:
    """All stories of `structuring`."""
    yield from _split(cast)
    yield from _split_at_the_bounds(cast)
    yield from _near_misses(cast)
    yield from _look_alikes(cast)


def _start(cast: Cast) -> int:
    return at(8) + cast.random.randrange(2 * HOUR)


def _pay_in(account: str, start: int, parts: list[tuple[int, int, str]]) -> list[Event]:
    """Deposits of (milliseconds after the start, cents, branch)."""
    return [deposit(start + after, account, money(cents), branch) for after, cents, branch in parts]


def _split(cast: Cast) -> Iterator[Story]:
    """Equal parts, cut so that all of them, and no fewer, reach the limit; later ones are held back for a week."""
    for count in (3, 3, 4, 5, 6):
        story, account = Story("structuring", "fraud", f"{count} deposits at several branches"), cast.account()
        cents = LIMIT // count + cast.random.randrange(1, LIMIT // (count * count))
        branches = ["north", "south", "harbour"]
        parts = [(i * 90 * MINUTE, cents, branches[i % len(branches)]) for i in range(count)]
        deposits = _pay_in(account, _start(cast), parts)
        more = _pay_in(account, deposits[-1].time + HOUR, parts) if count == 4 else []
        story.tell(*deposits, *more)
        story.expect({"account": account}, d=deposits)
        yield story


def _split_at_the_bounds(cast: Cast) -> Iterator[Story]:
    evening = at(-4)
    cases = {
        "exactly 10,000.00 in exactly a day": [
            (0, 400_000, "north"),
            (HOUR, 300_000, "south"),
            (DAY, 300_000, "north"),
        ],
        "9,999.99 and two small ones": [(0, 999_999, "north"), (HOUR, 5_000, "north"), (2 * HOUR, 5_000, "east")],
    }
    for title, parts in cases.items():
        story, account = Story("structuring", "fraud", title), cast.account()
        deposits = _pay_in(account, evening, parts)
        story.tell(*deposits)
        story.expect({"account": account}, d=deposits)
        yield story
    story, account = Story("structuring", "fraud", "a reported deposit in between does not hide it"), cast.account()
    first, reported, *rest = _pay_in(
        account,
        _start(cast),
        [(0, 500_000, "north"), (HOUR, LIMIT, "east"), (2 * HOUR, 400_000, "south"), (3 * HOUR, 300_000, "south")],
    )
    story.tell(first, reported, *rest)
    story.expect({"account": account}, d=[first, *rest])
    yield story


def _near_misses(cast: Cast) -> Iterator[Story]:
    cases = {
        "1 cent under the limit": [(0, 400_000, "north"), (HOUR, 300_000, "south"), (2 * HOUR, 299_999, "north")],
        "two deposits only": [(0, 600_000, "north"), (HOUR, 600_000, "south")],
        "one branch only": [(0, 400_000, "north"), (HOUR, 400_000, "north"), (2 * HOUR, 400_000, "north")],
        "a day and 1 ms": [(0, 400_000, "north"), (HOUR, 400_000, "south"), (DAY + 1, 400_000, "north")],
        "the largest one is reported": [(0, LIMIT, "north"), (HOUR, 10_000, "south"), (2 * HOUR, 10_000, "east")],
    }
    for title, parts in cases.items():
        story = Story("structuring", "near miss", title)
        story.tell(*_pay_in(cast.account(), at(-4), parts))
        yield story
    story, start = Story("structuring", "near miss", "the third deposit is to another account"), _start(cast)
    story.tell(*_pay_in(cast.account(), start, [(0, 400_000, "north"), (HOUR, 400_000, "south")]))
    story.tell(*_pay_in(cast.account(), start, [(2 * HOUR, 400_000, "east")]))
    yield story


def _look_alikes(cast: Cast) -> Iterator[Story]:
    story = Story("structuring", "look-alike", "a shop pays in its takings, all of them reported")
    parts = [(i * 2 * HOUR, 1_200_000 + i * 1_000, ["north", "south"][i % 2]) for i in range(4)]
    story.tell(*_pay_in(cast.account(), _start(cast), parts))
    yield story
    story = Story("structuring", "look-alike", "a stall pays in its small change five times")
    parts = [(i * HOUR, 18_000 + i * 500, cast.branch()) for i in range(5)]
    story.tell(*_pay_in(cast.account(), _start(cast), parts))
    yield story
