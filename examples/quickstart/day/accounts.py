"""Stories about accounts: taken over, and woken up after months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from day.events import DAY, HOUR, MINUTE, SECOND, Event, at, login, password_change
from day.story import Cast, Story, confirmed


def stories(cast: Cast) -> Iterator[Story]:
    """All stories of `account_takeover` and `dormant_reactivated`."""
    yield from _takeovers(cast)
    yield from _takeovers_without_transfer(cast)
    yield from _takeover_near_misses(cast)
    yield from _reactivations(cast)
    yield from _reactivation_near_misses(cast)


@dataclass(slots=True)
class Attack:
    """The usual course of a takeover, with every bound in reach of a story. Times in milliseconds after the start.

    The attacker's address has no known place, so that the journey from the owner's home is not a story of its own.
    """

    cast: Cast
    start: int
    fails: tuple[int, ...] = (0, MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE)
    ok: int = 6 * MINUTE
    password: int = 12 * MINUTE
    out: int = 25 * MINUTE
    cents: int = 90_000
    account: str = ""
    events: dict[str, list[Event]] = field(default_factory=dict)

    def login(self, after: int, outcome: str, device: str) -> Event:
        """A login at the account under attack."""
        return login(self.start + after, self.cast.user(), self.account, outcome, self.cast.ip(), device)

    def play(self, story: Story) -> None:
        """Write the events of the attack into the story."""
        self.account = self.account or self.cast.account()
        device = self.cast.device()
        fails = [self.login(after, "failure", device) for after in self.fails]
        ok = self.login(self.ok, "success", device)
        password = password_change(self.start + self.password, self.account)
        out, confirm = confirmed(self.cast, self.start + self.out, self.account, self.cast.account(), self.cents)
        self.events = {"fails": fails, "ok": [ok], "pwd": [password], "out": [out]}
        story.tell(*fails, ok, password, out, confirm)

    @property
    def device(self) -> str:
        """The device of the successful login."""
        return str(self.events["ok"][0].fields["device"])

    def expect_match(self, story: Story) -> None:
        """The whole attack is one match."""
        story.expect({"account": self.account}, **self.events)

    def expect_timeout(self, story: Story) -> None:
        """All but the transfer is one time-out."""
        steps = {step: events for step, events in self.events.items() if step != "out"}
        story.expect({"account": self.account}, "timeout", **steps)


def _start(cast: Cast) -> int:
    return at(1) + cast.random.randrange(20 * HOUR)


def _takeovers(cast: Cast) -> Iterator[Story]:
    rule = "account_takeover"
    for count in (5, 5, 6, 8, 12):
        story = Story(rule, "fraud", f"{count} guesses, login, new password, transfer")
        fails = (0, *sorted(cast.random.sample(range(SECOND, 9 * MINUTE), count - 1)))
        attack = Attack(cast, _start(cast), fails=fails, ok=10 * MINUTE, password=18 * MINUTE, out=40 * MINUTE)
        attack.play(story)
        attack.expect_match(story)
        yield story
    bounds = {
        "the fifth guess after exactly ten minutes": {"fails": (0, 1, 2, 3, 10 * MINUTE), "ok": 11 * MINUTE},
        "the password after exactly fifteen minutes": {"password": 21 * MINUTE, "out": 40 * MINUTE},
        "the transfer after exactly thirty minutes, of 250.01": {"out": 42 * MINUTE, "cents": 25_001},
        "exactly an hour in all": {"ok": 25 * MINUTE, "password": 40 * MINUTE, "out": HOUR},
    }
    for title, changes in bounds.items():
        story, attack = Story(rule, "fraud", title), Attack(cast, _start(cast), **changes)
        attack.play(story)
        attack.expect_match(story)
        yield story
    story, attack = (
        Story(rule, "fraud", "a small payment and a failure elsewhere in between"),
        Attack(cast, _start(cast)),
    )
    attack.play(story)
    small = confirmed(cast, attack.start + 14 * MINUTE, attack.account, cast.account(), 4_000)
    story.tell(attack.login(8 * MINUTE, "failure", cast.device()), *small)
    attack.expect_match(story)
    yield story


def _takeovers_without_transfer(cast: Cast) -> Iterator[Story]:
    """The rule reports the time-out as well: everything but the transfer happened."""
    variants = {
        "the transfer comes 1 ms after its thirty minutes": {"out": 42 * MINUTE + 1},
        "the transfer is 250.00, not more": {"cents": 25_000},
        "an hour and 1 ms in all": {"ok": 25 * MINUTE, "password": 40 * MINUTE, "out": HOUR + 1},
    }
    for title, changes in variants.items():
        story, attack = Story("account_takeover", "near miss", title), Attack(cast, _start(cast), **changes)
        attack.play(story)
        attack.expect_timeout(story)
        yield story
    story, attack = (
        Story("account_takeover", "near miss", "money comes in instead of going out"),
        Attack(cast, _start(cast)),
    )
    attack.play(story)
    out = attack.events["out"][0].fields
    out["from_account"], out["to_account"] = out["to_account"], out["from_account"]
    attack.expect_timeout(story)
    yield story


def _takeover_near_misses(cast: Cast) -> Iterator[Story]:
    variants = {
        "four guesses only": {"fails": (0, MINUTE, 2 * MINUTE, 3 * MINUTE)},
        "the fifth guess 1 ms after its ten minutes": {"fails": (0, 1, 2, 3, 10 * MINUTE + 1), "ok": 11 * MINUTE},
        "the password 1 ms after its fifteen minutes": {"password": 21 * MINUTE + 1, "out": 40 * MINUTE},
        "the password before the login": {"ok": 15 * MINUTE, "password": 12 * MINUTE},
    }
    for title, changes in variants.items():
        story = Story("account_takeover", "near miss", title)
        Attack(cast, _start(cast), **changes).play(story)
        yield story
    story, attack = (
        Story("account_takeover", "near miss", "a failure on the same device first"),
        Attack(cast, _start(cast)),
    )
    attack.play(story)
    story.tell(attack.login(8 * MINUTE, "failure", attack.device))
    yield story
    story, attack = (
        Story("account_takeover", "near miss", "the password of another account"),
        Attack(cast, _start(cast)),
    )
    attack.play(story)
    attack.events["pwd"][0].fields["account"] = cast.account()
    yield story
    story = Story("account_takeover", "look-alike", "a forgotten password, a new one, and the rent")
    Attack(cast, _start(cast), fails=(0, MINUTE, 2 * MINUTE), ok=5 * MINUTE, cents=95_000).play(story)
    yield story


def _reactivations(cast: Cast) -> Iterator[Story]:
    for days in (91, 120, 200, 400):
        story, account = (
            Story("dormant_reactivated", "fraud", f"{days} quiet days, then a large transfer"),
            cast.account(),
        )
        wake = _start(cast)
        prior, prior_ok = confirmed(cast, wake - days * DAY - HOUR, account, cast.account(), 4_500)
        back, back_ok = confirmed(cast, wake, account, cast.account(), cast.random.randrange(120_000, 900_000))
        paid_in = confirmed(cast, wake - 2 * HOUR, cast.account(), account, 5_000)
        story.tell(prior, prior_ok, *paid_in, back, back_ok)
        story.expect({"account": account}, prior=prior, back=back)
        yield story
    story, account, wake = (
        Story("dormant_reactivated", "fraud", "exactly 90 days, 1,000.01"),
        cast.account(),
        _start(cast),
    )
    prior, prior_ok = confirmed(cast, wake - 90 * DAY, account, cast.account(), 4_500)
    back, back_ok = confirmed(cast, wake, account, cast.account(), 100_001)
    story.tell(prior, prior_ok, back, back_ok)
    story.expect({"account": account}, prior=prior, back=back)
    yield story


def _reactivation_near_misses(cast: Cast) -> Iterator[Story]:
    def near(title: str, days: int, cents: int, short: int = 0) -> tuple[Story, str, int]:
        story, account, wake = Story("dormant_reactivated", "near miss", title), cast.account(), _start(cast)
        story.tell(*confirmed(cast, wake - days * DAY + short, account, cast.account(), 4_500))
        story.tell(*confirmed(cast, wake, account, cast.account(), cents))
        return story, account, wake

    yield near("90 days less 1 ms", 90, 500_000, short=1)[0]
    yield near("the transfer is 1,000.00, not more", 100, 100_000)[0]
    story, account, wake = near("a small payment half-way", 100, 500_000)
    story.tell(*confirmed(cast, wake - 50 * DAY, account, cast.account(), 100))
    yield story
    story, account, wake = near("a small payment a minute before", 100, 500_000)
    story.tell(*confirmed(cast, wake - MINUTE, account, cast.account(), 100))
    yield story
    story = Story("dormant_reactivated", "near miss", "the quiet account is another one")
    wake = _start(cast)
    story.tell(*confirmed(cast, wake - 100 * DAY, cast.account(), cast.account(), 4_500))
    story.tell(*confirmed(cast, wake, cast.account(), cast.account(), 500_000))
    yield story
    story = Story("dormant_reactivated", "look-alike", "an account that only receives, and then pays once")
    account, wake = cast.account(), _start(cast)
    for days in (120, 90, 60, 30):
        story.tell(*confirmed(cast, wake - days * DAY, cast.account(), account, 5_000))
    story.tell(*confirmed(cast, wake, account, cast.account(), 300_000))
    yield story
