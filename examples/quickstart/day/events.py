"""The events of the day, and the small vocabulary (times, money, places) in which the stories are told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

DAY_START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
"""Midnight at the start of the day, in epoch milliseconds."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Spans in milliseconds, the smallest unit of the day."""

LATENESS = {"CardAuth": 30 * SECOND, "Login": 10 * SECOND, "Transfer": MINUTE}
"""How much later than its own time an event may arrive, as rules/events.pattern declares it; others: not at all."""


@dataclass(slots=True, eq=False)
class Event:
    """One event. `time` in epoch milliseconds; `id` is given when the file is written, and means nothing to a rule."""

    type: str
    time: int
    fields: dict[str, object] = field(default_factory=dict)
    id: str = ""
    delay: int | None = None
    """How much later it arrives, in milliseconds; None: anything within the declared lateness."""

    def record(self) -> dict[str, object]:
        """The line of the file, as a mapping."""
        return {"type": self.type, "id": self.id, "ts": instant(self.time), **self.fields}


def at(hour: int, minute: int = 0, second: int = 0, ms: int = 0) -> int:
    """A time of the day in epoch milliseconds; hours below 0 and above 23 are the days before and after."""
    return DAY_START + hour * HOUR + minute * MINUTE + second * SECOND + ms


def instant(time: int) -> str:
    """Epoch milliseconds as RFC 3339 text."""
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time % 1000:03d}Z"


def money(cents: int) -> Decimal:
    """An amount from its cents, always with two digits."""
    return Decimal(cents).scaleb(-2)


def card_auth(
    time: int,
    card: str,
    amount: Decimal,
    merchant: str,
    status: str = "approved",
    country: str | None = "GB",
    device: str | None = None,
) -> Event:
    """An authorisation of a card."""
    client = {"device": {"id": device}} if device else None
    fields: dict[str, object] = {"card_id": card, "amount": amount, "status": status, "merchant": merchant}
    return Event("CardAuth", time, {**fields, "country": country, "client": client})


def login(
    time: int,
    user: str,
    account: str,
    outcome: str = "success",
    ip: str = "10.0.0.1",
    device: str | None = None,
    place: tuple[float, float] | None = None,
) -> Event:
    """A login; `place` is latitude and longitude, None where the address has no known place."""
    lat, lon = place if place else (None, None)
    fields: dict[str, object] = {"user_id": user, "account": account, "outcome": outcome, "ip": ip}
    return Event("Login", time, {**fields, "device": device, "lat": lat, "lon": lon})


def password_change(time: int, account: str) -> Event:
    """A new password for an account."""
    return Event("PasswordChange", time, {"account": account})


def transfer(time: int, transfer_id: str, source: str, target: str, amount: Decimal) -> Event:
    """Money from one account to another."""
    fields: dict[str, object] = {"transfer_id": transfer_id, "from_account": source, "to_account": target}
    return Event("Transfer", time, {**fields, "amount": amount})


def confirmation(time: int, transfer_id: str) -> Event:
    """The customer confirmed a transfer."""
    return Event("Confirmation", time, {"transfer_id": transfer_id})


def deposit(time: int, account: str, amount: Decimal, branch: str) -> Event:
    """Cash paid in at a branch."""
    return Event("Deposit", time, {"account": account, "amount": amount, "branch": branch})


CITIES = {
    "London": (51.507, -0.128),
    "Paris": (48.857, 2.352),
    "New York": (40.713, -74.006),
    "Tokyo": (35.690, 139.692),
    "Sydney": (-33.869, 151.209),
    "Sao Paulo": (-23.551, -46.633),
    "Lagos": (6.524, 3.379),
    "Singapore": (1.352, 103.820),
}

KM_PER_DEGREE = 6371.0088 * math.pi / 180
"""Along the equator, where the stories about speed take place: there the distance is simply proportional."""


def east_of(place: tuple[float, float], km: float) -> tuple[float, float]:
    """A place on the equator `km` east of another place on the equator."""
    return (0.0, round(place[1] + km / KM_PER_DEGREE, 6))
