"""Stories about transfers: never confirmed, and money that only passes through an account."""

from __future__ import annotations

from collections.abc import Iterator

from day.events import HOUR, MINUTE, SECOND, Event, at, confirmation, money, transfer
from day.story import Cast, Story, confirmed


def stories(cast: Cast) -> Iterator[Story]:
    """All stories of `unconfirmed_transfer` and `money_mule`."""
    yield from _unconfirmed(cast)
    yield from _confirmed_in_time(cast)
    yield from _mules(cast)
    yield from _mule_near_misses(cast)


def _start(cast: Cast) -> int:
    return at(1) + cast.random.randrange(20 * HOUR)


def _pending(cast: Cast, time: int, cents: int) -> tuple[Event, str]:
    """A transfer that nobody has confirmed yet, and its number."""
    number = cast.transfer_id()
    return transfer(time, number, cast.account(), cast.account(), money(cents)), number


def _unconfirmed(cast: Cast) -> Iterator[Story]:
    for cents in (10_001, 24_000, 61_500, 480_000, 1_200_000):
        story = Story("unconfirmed_transfer", "fraud", "never confirmed")
        sent, number = _pending(cast, _start(cast), cents)
        story.tell(sent)
        story.expect({"transfer_id": number}, t=sent)
        yield story
    story = Story("unconfirmed_transfer", "fraud", "sent ten minutes before midnight: falls due after the last event")
    sent, number = _pending(cast, at(23, 50), 30_000)
    story.tell(sent)
    story.expect({"transfer_id": number}, t=sent)
    yield story
    offsets = {
        "confirmed 1 ms too late": 30 * MINUTE + 1,
        "confirmed 1 ms before it was sent": -1,
        "confirmed the next morning": 11 * HOUR,
    }
    for title, offset in offsets.items():
        story = Story("unconfirmed_transfer", "fraud", title)
        sent, number = _pending(cast, at(2) + cast.random.randrange(10 * HOUR), 30_000)
        story.tell(sent, confirmation(sent.time + offset, number))
        story.expect({"transfer_id": number}, t=sent)
        yield story
    story = Story("unconfirmed_transfer", "fraud", "only another transfer is confirmed")
    sent, number = _pending(cast, _start(cast), 30_000)
    other, other_number = _pending(cast, sent.time + MINUTE, 9_000)
    story.tell(sent, other, confirmation(sent.time + 5 * MINUTE, other_number))
    story.expect({"transfer_id": number}, t=sent)
    yield story
    yield _confirmation_arrives_too_late(cast)


def _confirmation_arrives_too_late(cast: Cast) -> Story:
    """Confirmed in time, but the event arrives 15 minutes late: far beyond any lateness, so it may not count."""
    story = Story("unconfirmed_transfer", "fraud", "the confirmation arrives 15 minutes late")
    sent, number = _pending(cast, at(11) + cast.random.randrange(HOUR), 30_000)
    late = confirmation(sent.time + 10 * MINUTE, number)
    late.delay = 15 * MINUTE
    story.tell(sent, late)
    story.expect({"transfer_id": number}, t=sent)
    return story


def _confirmed_in_time(cast: Cast) -> Iterator[Story]:
    story = Story("unconfirmed_transfer", "near miss", "confirmed after exactly thirty minutes")
    story.tell(*confirmed(cast, _start(cast), cast.account(), cast.account(), 30_000, after=30 * MINUTE))
    yield story
    story = Story("unconfirmed_transfer", "near miss", "100.00, not more")
    story.tell(_pending(cast, _start(cast), 10_000)[0])
    yield story
    story = Story("unconfirmed_transfer", "near miss", "confirmed 1 ms after it was sent")
    story.tell(*confirmed(cast, _start(cast), cast.account(), cast.account(), 30_000, after=1))
    yield story
    story = Story("unconfirmed_transfer", "look-alike", "forty small payments that need no confirmation")
    start = _start(cast)
    story.tell(*(_pending(cast, start + i * MINUTE, 9_999)[0] for i in range(40)))
    yield story


def _pass_on(
    cast: Cast, story: Story, start: int, cents: int, parts: list[tuple[int, int]]
) -> tuple[str, Event, list[Event]]:
    """Money in at `start`, and out again in parts of (milliseconds after, cents); everything is confirmed."""
    mule = cast.account()
    credit, credit_ok = confirmed(cast, start, cast.account(), mule, cents)
    story.tell(credit, credit_ok)
    debits = []
    for after, part in parts:
        debit, debit_ok = confirmed(cast, start + after, mule, cast.account(), part)
        story.tell(debit, debit_ok)
        debits.append(debit)
    return mule, credit, debits


def _mules(cast: Cast) -> Iterator[Story]:
    """The parts are cut so that all of them together, and no fewer, are more than 90% of what came in."""
    cuts = {
        "one debit": [(20 * MINUTE, 96)],
        "two debits": [(5 * MINUTE, 40), (30 * MINUTE, 55)],
        "three debits": [(5 * MINUTE, 30), (15 * MINUTE, 30), (50 * MINUTE, 35)],
        "four debits within minutes": [(SECOND, 25), (MINUTE, 25), (2 * MINUTE, 20), (3 * MINUTE, 21)],
    }
    for title, parts in cuts.items():
        story, cents = Story("money_mule", "fraud", title), cast.random.randrange(600, 9_000) * 100
        pieces = [(after, cents * percent // 100) for after, percent in parts]
        mule, credit, debits = _pass_on(cast, story, _start(cast), cents, pieces)
        story.expect({"account": mule}, credit=credit, debits=debits)
        yield story
    story = Story("money_mule", "fraud", "500.00 in, 450.01 out after exactly an hour")
    mule, credit, debits = _pass_on(cast, story, _start(cast), 50_000, [(HOUR, 45_001)])
    story.expect({"account": mule}, credit=credit, debits=debits)
    yield story
    story = Story("money_mule", "fraud", "a small debit that is not needed for the 90%")
    mule, credit, debits = _pass_on(cast, story, _start(cast), 100_000, [(MINUTE, 3_000), (9 * MINUTE, 93_000)])
    story.expect({"account": mule}, credit=credit, debits=debits[1:])
    yield story
    yield _chain(cast)


def _chain(cast: Cast) -> Story:
    """Two mules in a row: the debit of the first is the credit of the second."""
    story = Story("money_mule", "fraud", "a chain of two mules")
    start, first, second = _start(cast), cast.account(), cast.account()
    paid_in, paid_in_ok = confirmed(cast, start, cast.account(), first, 400_000)
    passed_on, passed_on_ok = confirmed(cast, start + 10 * MINUTE, first, second, 380_000)
    paid_out, paid_out_ok = confirmed(cast, start + 25 * MINUTE, second, cast.account(), 370_000)
    story.tell(paid_in, paid_in_ok, passed_on, passed_on_ok, paid_out, paid_out_ok)
    story.expect({"account": first}, credit=paid_in, debits=passed_on)
    story.expect({"account": second}, credit=passed_on, debits=paid_out)
    return story


def _mule_near_misses(cast: Cast) -> Iterator[Story]:
    variants: dict[str, tuple[int, list[tuple[int, int]]]] = {
        "exactly 90%": (50_000, [(10 * MINUTE, 45_000)]),
        "1 cent too little comes in": (49_999, [(10 * MINUTE, 49_999)]),
        "the last debit 1 ms after the hour": (100_000, [(30 * MINUTE, 50_000), (HOUR + 1, 45_000)]),
        "the money goes out before it comes in": (100_000, [(-MINUTE, 95_000)]),
    }
    for title, (cents, parts) in variants.items():
        story = Story("money_mule", "near miss", title)
        _pass_on(cast, story, _start(cast), cents, parts)
        yield story
    story = Story("money_mule", "near miss", "another account pays out")
    _pass_on(cast, story, _start(cast), 100_000, [])
    story.tell(*confirmed(cast, story.events[0].time + 10 * MINUTE, cast.account(), cast.account(), 95_000))
    yield story
    story = Story("money_mule", "look-alike", "salary comes in, rent and bills go out")
    _pass_on(cast, story, _start(cast), 240_000, [(10 * MINUTE, 110_000), (12 * MINUTE, 40_000), (2 * HOUR, 60_000)])
    yield story
