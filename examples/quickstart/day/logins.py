"""Stories about journeys that nobody can make: `impossible_travel`."""

from __future__ import annotations

from collections.abc import Iterator

from day.events import CITIES, HOUR, MINUTE, Event, at, east_of, login
from day.story import Cast, Story


class Traveller:
    """A user with one account, who logs in from places."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.user, self.account = cast, cast.user(), cast.account()

    def login(self, time: int, place: tuple[float, float] | None, outcome: str = "success") -> Event:
        """A login from a place (None: an address without a known one)."""
        return login(time, self.user, self.account, outcome, self.cast.ip(), self.cast.device(), place)


EQUATOR = (0.0, 20.0)


def stories(cast: Cast) -> Iterator[Story]:
    """All stories of `impossible_travel`."""
    yield from _journeys(cast)
    yield from _legs(cast)
    yield from _at_the_bounds(cast)
    yield from _near_misses(cast)
    yield from _look_alikes(cast)


def _start(cast: Cast) -> int:
    return at(1) + cast.random.randrange(9 * HOUR)


def _journeys(cast: Cast) -> Iterator[Story]:
    """Two or three logins at home, then one from the other side of the world: the earliest at home tells the story."""
    pairs = [("London", "New York"), ("Paris", "Tokyo"), ("London", "Singapore"), ("New York", "Lagos")]
    for home, away in pairs:
        story = Story("impossible_travel", "fraud", f"{home}, then {away} within the hour")
        who, start = Traveller(cast), _start(cast)
        first = who.login(start, CITIES[home])
        abroad = who.login(start + cast.random.randrange(40 * MINUTE, 60 * MINUTE), CITIES[away])
        story.tell(
            first,
            who.login(start + 10 * MINUTE, CITIES[home]),
            who.login(start + 20 * MINUTE, CITIES[away], "failure"),
            who.login(start + 30 * MINUTE, CITIES[home]),
            abroad,
        )
        story.expect({"user_id": who.user}, a=first, b=abroad)
        yield story


def _legs(cast: Cast) -> Iterator[Story]:
    """Each leg of a round trip is an alert of its own, for the search goes on with the last login."""
    story, who, start = Story("impossible_travel", "fraud", "three cities, two legs"), Traveller(cast), _start(cast)
    stops = [who.login(start + i * 45 * MINUTE, CITIES[city]) for i, city in enumerate(["London", "New York", "Tokyo"])]
    story.tell(*stops)
    story.expect({"user_id": who.user}, a=stops[0], b=stops[1])
    story.expect({"user_id": who.user}, a=stops[1], b=stops[2])
    yield story
    story, who, start = (
        Story("impossible_travel", "fraud", "an unknown place in between"),
        Traveller(cast),
        _start(cast),
    )
    first, last = who.login(start, CITIES["Paris"]), who.login(start + 2 * HOUR, CITIES["Sydney"])
    story.tell(first, who.login(start + HOUR, None), last)
    story.expect({"user_id": who.user}, a=first, b=last)
    yield story


def _at_the_bounds(cast: Cast) -> Iterator[Story]:
    story, who, start = Story("impossible_travel", "fraud", "exactly twelve hours"), Traveller(cast), _start(cast)
    first, last = who.login(start, CITIES["London"]), who.login(start + 12 * HOUR, CITIES["Sydney"])
    story.tell(first, last)
    story.expect({"user_id": who.user}, a=first, b=last)
    yield story
    story, who, start = Story("impossible_travel", "fraud", "901 km in an hour"), Traveller(cast), _start(cast)
    first, last = who.login(start, EQUATOR), who.login(start + HOUR, east_of(EQUATOR, 901))
    story.tell(first, last)
    story.expect({"user_id": who.user}, a=first, b=last)
    yield story


def _near_misses(cast: Cast) -> Iterator[Story]:
    def near(title: str) -> tuple[Story, Traveller, int]:
        return Story("impossible_travel", "near miss", title), Traveller(cast), _start(cast)

    story, who, start = near("twelve hours and 1 ms")
    story.tell(who.login(start, CITIES["London"]), who.login(start + 12 * HOUR + 1, CITIES["Sydney"]))
    yield story
    story, who, start = near("899 km in an hour")
    story.tell(who.login(start, EQUATOR), who.login(start + HOUR, east_of(EQUATOR, 899)))
    yield story
    story, who, start = near("the attempt from abroad fails")
    story.tell(who.login(start, CITIES["London"]), who.login(start + 20 * MINUTE, CITIES["Tokyo"], "failure"))
    yield story
    story, who, start = near("the attempt from home fails")
    story.tell(who.login(start, CITIES["London"], "failure"), who.login(start + 20 * MINUTE, CITIES["Tokyo"]))
    yield story
    story, who, start = near("the place abroad is unknown")
    story.tell(who.login(start, CITIES["London"]), who.login(start + 20 * MINUTE, None))
    yield story
    story, who, start = near("two users of one account")
    other = Traveller(cast)
    other.account = who.account
    story.tell(who.login(start, CITIES["London"]), other.login(start + 20 * MINUTE, CITIES["Tokyo"]))
    yield story


def _look_alikes(cast: Cast) -> Iterator[Story]:
    story = Story("impossible_travel", "look-alike", "a real flight: London to New York in eight hours")
    who, start = Traveller(cast), _start(cast)
    story.tell(who.login(start, CITIES["London"]), who.login(start + 8 * HOUR, CITIES["New York"]))
    yield story
    story = Story("impossible_travel", "look-alike", "two devices in one house in the same second")
    who, start = Traveller(cast), _start(cast)
    story.tell(who.login(start, EQUATOR), who.login(start + 400, east_of(EQUATOR, 0.05)))
    yield story
