"""Everybody else: a day of harmless traffic that no rule may fire on, made so that it cannot.

Each kind of traffic keeps clear of the rules for a reason that is written beside it, and shares no card and no account
with any story.
"""

from __future__ import annotations

from collections.abc import Iterator

from day.events import CITIES, DAY, HOUR, MINUTE, SECOND, Event, at, card_auth, deposit, login, money, password_change
from day.story import Cast, confirmed

TRUSTED = ["parking-city", "transit-one", "vending-co", "charity-box"]
"""The merchants of trusted.txt, where small sums are normal."""

CARDS, USERS, PAYERS, EMPLOYEES, SAVERS = 3_200, 2_400, 2_600, 350, 450


def background(cast: Cast) -> Iterator[Event]:
    """The traffic of everybody else, in no order."""
    yield from _cards(cast)
    yield from _logins(cast)
    yield from _payments(cast)
    yield from _salaries(cast)
    yield from _deposits(cast)


def _waking_time(cast: Cast) -> int:
    """A time of the day, mostly by day."""
    hour = cast.random.triangular(0, 23.4, 14)
    return at(0) + int(hour * HOUR)


def _spaced(cast: Cast, count: int, gap: int) -> list[int]:
    """Times of the day, at least `gap` milliseconds apart."""
    times: list[int] = []
    for time in sorted(_waking_time(cast) for _ in range(count)):
        times.append(max(time, times[-1] + gap) if times else time)
    return times


def _cards(cast: Cast) -> Iterator[Event]:
    """A minute apart: never eleven in five minutes. Under 2.00 only at trusted merchants: never a probe."""
    for _ in range(CARDS):
        card, device = cast.card(), cast.device()
        for time in _spaced(cast, cast.random.randrange(2, 12), MINUTE):
            if cast.random.random() < 0.15:
                cents, merchant = cast.random.randrange(50, 200), cast.random.choice(TRUSTED)
            else:
                cents, merchant = int(cast.random.lognormvariate(7.9, 1.1)) + 200, cast.merchant()
            status = "declined" if cast.random.random() < 0.04 else "approved"
            used = device if cast.random.random() < 0.6 else None
            yield card_auth(
                time, card, money(cents), merchant, status, cast.random.choice(["GB", "GB", "IE", None]), used
            )


def _logins(cast: Cast) -> Iterator[Event]:
    """One town a user, twenty minutes apart: never a journey. At most two failures in a row: never five guesses."""
    towns = list(CITIES.values())
    for _ in range(USERS):
        user, account, device, ip = cast.user(), cast.account(), cast.device(), cast.ip()
        town = cast.random.choice(towns)
        for time in _spaced(cast, cast.random.randrange(1, 6), 20 * MINUTE):
            spot = (town[0] + cast.random.uniform(-0.04, 0.04), town[1] + cast.random.uniform(-0.04, 0.04))
            place = (round(spot[0], 5), round(spot[1], 5)) if cast.random.random() < 0.9 else None
            for slip in range(cast.random.choice([0, 0, 0, 0, 0, 1, 2])):
                yield login(time - (slip + 1) * 15 * SECOND, user, account, "failure", ip, device, place)
            yield login(time, user, account, "success", ip, device, place)
        if cast.random.random() < 0.05:
            yield password_change(time + MINUTE, account)


def _payments(cast: Cast) -> Iterator[Event]:
    """From customers to billers, confirmed within ten minutes: customers receive nothing here, billers send nothing."""
    billers = [cast.account() for _ in range(120)]
    for _ in range(PAYERS):
        account = cast.account()
        for time in _spaced(cast, cast.random.randrange(1, 4), 2 * MINUTE):
            sent, confirm = confirmed(
                cast, time, account, cast.random.choice(billers), int(cast.random.lognormvariate(9.3, 1.0)) + 100
            )
            yield sent
            if cast.random.random() < 0.97 or sent.fields["amount"] > money(10_000):
                yield confirm


def _salaries(cast: Cast) -> Iterator[Event]:
    """From an employer, who receives nothing; at most three fifths go out within the hour, a fifth later: no mule."""
    employers = [cast.account() for _ in range(12)]
    billers = [cast.account() for _ in range(20)]
    for _ in range(EMPLOYEES):
        account, time = cast.account(), at(1) + cast.random.randrange(10 * HOUR)
        cents = cast.random.randrange(150_000, 520_000)
        yield from confirmed(cast, time, cast.random.choice(employers), account, cents)
        share = cast.random.uniform(0.1, 0.6)
        yield from confirmed(
            cast,
            time + cast.random.randrange(MINUTE, 50 * MINUTE),
            account,
            cast.random.choice(billers),
            int(cents * share),
        )
        yield from confirmed(
            cast,
            time + cast.random.randrange(2 * HOUR, 8 * HOUR),
            account,
            cast.random.choice(billers),
            int(cents * 0.2),
        )


def _deposits(cast: Cast) -> Iterator[Event]:
    """At most three a saver, each under a quarter of the limit; some reach the limit alone, and are reported."""
    for _ in range(SAVERS):
        account = cast.account()
        for time in _spaced(cast, cast.random.randrange(1, 4), 10 * MINUTE):
            reported = cast.random.random() < 0.05
            cents = cast.random.randrange(1_000_000, 4_000_000) if reported else cast.random.randrange(2_000, 250_000)
            yield deposit(min(time, at(0) + DAY - MINUTE), account, money(cents), cast.branch())
