"""What a story is: events, what it is meant to be, and the alerts that must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from day.events import MINUTE, SECOND, Event, confirmation, money, transfer

Kind = Literal["fraud", "near miss", "look-alike"]


@dataclass(frozen=True, slots=True)
class Expected:
    """One alert that must come: the rule, the key, and for each step the events that define it."""

    rule: str
    key: dict[str, str]
    steps: dict[str, list[Event]]
    kind: Literal["match", "timeout"] = "match"

    def record(self) -> dict[str, object]:
        """The entry of the answer key; valid once the events have their ids."""
        events = {step: [event.id for event in bound] for step, bound in self.steps.items()}
        return {"rule": self.rule, "kind": self.kind, "key": self.key, "events": events}


@dataclass(slots=True)
class Story:
    """One story. `rule` is the rule it is about; `title` says in a few words what happens, or which bound it misses."""

    rule: str
    kind: Kind
    title: str
    events: list[Event] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)

    def tell(self, *events: Event) -> None:
        """Add events."""
        self.events.extend(events)

    def expect(
        self, key: dict[str, str], kind: Literal["match", "timeout"] = "match", **steps: Event | Sequence[Event]
    ) -> None:
        """Say that an alert of the story's rule must come, with these events at these steps."""
        bound = {step: [events] if isinstance(events, Event) else list(events) for step, events in steps.items()}
        self.expected.append(Expected(self.rule, key, bound, kind))


@dataclass(slots=True)
class Cast:
    """Hands out names that nobody else has, so that no two stories share a key by accident."""

    random: Random
    counts: dict[str, int] = field(default_factory=dict)

    def _next(self, kind: str, start: int) -> int:
        self.counts[kind] = self.counts.get(kind, start) + 1
        return self.counts[kind]

    def card(self) -> str:
        """A new card."""
        return f"card-{self._next('card', 400_000)}"

    def account(self) -> str:
        """A new account."""
        return f"acc-{self._next('account', 700_000)}"

    def user(self) -> str:
        """A new user of the online bank."""
        return f"user-{self._next('user', 10_000)}"

    def device(self) -> str:
        """A new phone or computer."""
        return f"dev-{self._next('device', 50_000):x}"

    def transfer_id(self) -> str:
        """A new transfer number."""
        return f"tr-{self._next('transfer', 900_000)}"

    def ip(self) -> str:
        """Any address of a household."""
        return f"203.0.{self.random.randrange(256)}.{self.random.randrange(1, 255)}"

    def merchant(self) -> str:
        """Any ordinary shop; none of them is on the trusted list."""
        return f"shop-{self.random.randrange(1, 600):03d}"

    def branch(self) -> str:
        """Any branch of the bank."""
        return self.random.choice(["north", "south", "east", "west", "harbour", "airport"])


def confirmed(
    cast: Cast, time: int, source: str, target: str, cents: int, after: int | None = None
) -> tuple[Event, Event]:
    """A transfer and its confirmation `after` milliseconds (by default within ten minutes)."""
    number = cast.transfer_id()
    wait = cast.random.randrange(2 * SECOND, 10 * MINUTE) if after is None else after
    return transfer(time, number, source, target, money(cents)), confirmation(time + wait, number)
