"""Stories about cards: testing with small sums, and bursts."""

from __future__ import annotations

from collections.abc import Iterator

from day.events import HOUR, MINUTE, SECOND, Event, at, card_auth, money
from day.story import Cast, Story


def stories(cast: Cast) -> Iterator[Story]:
    """All stories of `card_testing` and `velocity`."""
    yield from _testing(cast)
    yield from _testing_near_misses(cast)
    yield from _bursts(cast)
    yield from _burst_near_misses(cast)


def _start(cast: Cast) -> int:
    return at(1) + cast.random.randrange(20 * HOUR)


def _probes(cast: Cast, card: str, start: int, count: int, span: int = 20 * MINUTE) -> list[Event]:
    """Small authorisations at different shops: the first at `start`, all within `span`."""
    offsets = sorted(cast.random.sample(range(SECOND, span), count - 1))
    return [
        card_auth(
            start + offset,
            card,
            money(cast.random.randrange(10, 200)),
            cast.merchant(),
            status=cast.random.choice(["approved", "approved", "declined"]),
            country=cast.random.choice(["GB", "FR", None]),
            device=cast.random.choice([None, cast.device()]),
        )
        for offset in [0, *offsets]
    ]


def _shopping(cast: Cast, card: str, start: int, end: int, count: int) -> list[Event]:
    """Ordinary purchases: no probe, not big."""
    return [
        card_auth(cast.random.randrange(start, end), card, money(cast.random.randrange(300, 30_000)), cast.merchant())
        for _ in range(count)
    ]


def _testing(cast: Cast) -> Iterator[Story]:
    # At most seven: with three ordinary purchases that stays under the eleven of a burst.
    for count in (3, 3, 4, 5, 6, 7):
        story, card, start = (
            Story("card_testing", "fraud", f"{count} probes, then a purchase"),
            cast.card(),
            _start(cast),
        )
        probes = _probes(cast, card, start, count)
        big_at = start + cast.random.randrange(25 * MINUTE, 55 * MINUTE)
        declined = card_auth(big_at - MINUTE, card, money(250_000), cast.merchant(), status="declined")
        big = card_auth(big_at, card, money(cast.random.randrange(60_000, 300_000)), cast.merchant())
        story.tell(*probes, declined, big, *_shopping(cast, card, start, big_at, 3))
        story.expect({"card_id": card}, probes=probes, big=big)
        yield story
    yield _testing_at_the_bounds(cast)
    yield _testing_with_an_old_probe(cast)
    yield _testing_twice(cast)


def _testing_at_the_bounds(cast: Cast) -> Story:
    story, card, start = Story("card_testing", "fraud", "1.99, 500.00 and exactly an hour"), cast.card(), _start(cast)
    probes = [card_auth(start + i * MINUTE, card, money(199), cast.merchant()) for i in range(3)]
    big = card_auth(start + HOUR, card, money(50_000), cast.merchant())
    story.tell(*probes, big)
    story.expect({"card_id": card}, probes=probes, big=big)
    return story


def _testing_with_an_old_probe(cast: Cast) -> Story:
    story, card, start = (
        Story("card_testing", "fraud", "the first of four probes is too old"),
        cast.card(),
        _start(cast),
    )
    old = card_auth(start, card, money(100), cast.merchant())
    probes = _probes(cast, card, start + 5 * MINUTE, 3)
    big = card_auth(start + HOUR + 1, card, money(90_000), cast.merchant())
    story.tell(old, *probes, big)
    story.expect({"card_id": card}, probes=probes, big=big)
    return story


def _testing_twice(cast: Cast) -> Story:
    """Two attacks on one card: the second alert is held back, for it comes within 24 hours."""
    story, card = Story("card_testing", "fraud", "a second attack the same day is held back"), cast.card()
    first, second = at(6, 10), at(15, 40)
    probes = _probes(cast, card, first, 4)
    big = card_auth(first + 30 * MINUTE, card, money(75_000), cast.merchant())
    again = _probes(cast, card, second, 4)
    story.tell(*probes, big, *again, card_auth(second + 30 * MINUTE, card, money(80_000), cast.merchant()))
    story.expect({"card_id": card}, probes=probes, big=big)
    return story


def _testing_near_misses(cast: Cast) -> Iterator[Story]:
    def near(title: str) -> tuple[Story, str, int]:
        return Story("card_testing", "near miss", title), cast.card(), _start(cast)

    def probe(card: str, time: int, cents: int = 120, merchant: str | None = None) -> Event:
        return card_auth(time, card, money(cents), merchant or cast.merchant())

    story, card, start = near("the purchase comes 1 ms after the hour")
    story.tell(*_probes(cast, card, start, 3), probe(card, start + HOUR + 1, 90_000))
    yield story
    story, card, start = near("two probes only")
    story.tell(*_probes(cast, card, start, 2), probe(card, start + 40 * MINUTE, 90_000))
    yield story
    story, card, start = near("the purchase is 1 cent short")
    story.tell(*_probes(cast, card, start, 3), probe(card, start + 40 * MINUTE, 49_999))
    yield story
    story, card, start = near("the third probe is 1 cent too large")
    story.tell(*_probes(cast, card, start, 2), probe(card, start + 21 * MINUTE, 200), probe(card, start + HOUR, 90_000))
    yield story
    story, card, start = near("the purchase is declined")
    declined = card_auth(start + 40 * MINUTE, card, money(90_000), cast.merchant(), status="declined")
    story.tell(*_probes(cast, card, start, 3), declined)
    yield story
    story, card, start = near("the purchase comes first")
    story.tell(probe(card, start - MINUTE, 90_000), *_probes(cast, card, start, 5))
    yield story
    story, card, start = near("the purchase is on another card")
    story.tell(*_probes(cast, card, start, 3), probe(cast.card(), start + 40 * MINUTE, 90_000))
    yield story
    story, card, start = near("the third probe is at a trusted merchant")
    trusted = probe(card, start + 21 * MINUTE, 120, "parking-city")
    story.tell(*_probes(cast, card, start, 2), trusted, probe(card, start + 40 * MINUTE, 90_000))
    yield story
    story = Story("card_testing", "look-alike", "a day of parking and vending machines, then a laptop")
    card = cast.card()
    small = [probe(card, at(7, 30) + i * 20 * MINUTE, 150, ["parking-city", "vending-co"][i % 2]) for i in range(30)]
    story.tell(*small, probe(card, at(17, 40), 129_900))
    yield story


def _burst(cast: Cast, card: str, start: int, gaps: list[int]) -> list[Event]:
    """Authorisations of middling sums, one after each gap."""
    times, time = [start], start
    for gap in gaps:
        time += gap
        times.append(time)
    return [card_auth(t, card, money(cast.random.randrange(400, 9_000)), cast.merchant()) for t in times]


def _bursts(cast: Cast) -> Iterator[Story]:
    """Every eleven authorisations of a burst (10 gaps of at most 29 s: under five minutes) are one alert."""
    for count in (11, 11, 13, 16, 22, 25):
        story, card = Story("velocity", "fraud", f"{count} authorisations in a burst"), cast.card()
        burst = _burst(cast, card, _start(cast), [cast.random.randrange(SECOND, 29 * SECOND) for _ in range(count - 1)])
        story.tell(*burst)
        for done in range(11, count + 1, 11):
            story.expect({"card_id": card}, burst=burst[done - 11 : done])
        yield story
    story, card = Story("velocity", "fraud", "eleven in exactly five minutes"), cast.card()
    burst = _burst(cast, card, _start(cast), [30 * SECOND] * 10)
    story.tell(*burst)
    story.expect({"card_id": card}, burst=burst)
    yield story
    story, card = Story("velocity", "fraud", "a slow start, then eleven"), cast.card()
    slow = _burst(cast, card, _start(cast), [6 * MINUTE, 6 * MINUTE, 6 * MINUTE])
    burst = _burst(cast, card, slow[-1].time + 6 * MINUTE, [20 * SECOND] * 10)
    story.tell(*slow, *burst)
    story.expect({"card_id": card}, burst=burst)
    yield story


def _burst_near_misses(cast: Cast) -> Iterator[Story]:
    story = Story("velocity", "near miss", "eleven in five minutes and 1 ms")
    story.tell(*_burst(cast, cast.card(), _start(cast), [30 * SECOND] * 9 + [30 * SECOND + 1]))
    yield story
    story = Story("velocity", "near miss", "ten authorisations only")
    story.tell(*_burst(cast, cast.card(), _start(cast), [5 * SECOND] * 9))
    yield story
    story, start = Story("velocity", "near miss", "twelve, but on two cards"), _start(cast)
    for card in (cast.card(), cast.card()):
        story.tell(*_burst(cast, card, start, [10 * SECOND] * 5))
    yield story
    story = Story("velocity", "look-alike", "a vending round: one every minute for an hour")
    story.tell(*_burst(cast, cast.card(), _start(cast), [MINUTE] * 60))
    yield story
