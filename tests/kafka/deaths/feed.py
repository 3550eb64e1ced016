"""The job whose workers die, and the records that it reads: as many as are asked for.

Two co-partitioned topics; rules with a loop, a threshold, a trailing absence, time-outs and suppression, one of them
with another key than the records; some 1,500 cards, nearly each with partial matches open. Records bear their
coordinates, so that files can stand for the topics. Sources may be taken for silent (`idle`), which never comes about:
what stands still here is the worker, the broker, or a partition that is held back.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cep.connectors.kafka.port import Place

RULES = """\
event Order { card: string  device: string  total: int  at: timestamp } time at lateness 3s idle 20s
event Login { card: string  at: timestamp } time at lateness 2s idle 20s
rule no_login {
  match by card
    o: Order where total > 60
    without Login within 300s
  emit { card, total: o.total }
}
rule rising {
  match by card within 400s
    a: Order
    then more: Order{1,3} where total > a.total
    then last: Login
  emit { card, first: a.total, n: count(more) }
  suppress for 60s
}
rule busy { mode shadow  match by card  many: Order having count() >= 3 within 600s }
rule waits {
  match by card within 200s
    l: Login
    then o: Order where total > 50
  on timeout emit { card }
}
rule shared_device {
  match by device within 120s
    a: Order where total > 80
    then b: Order where total > 80 and card != a.card
  emit { device, first: a.card, second: b.card }
}
"""
TYPES = {"orders": "Order", "logins": "Login"}
"""Event types by the stem of their topic."""
SHARDS = 4
START = 1_700_000_000_000
_STEP = 100
"""Milliseconds of event time between two events."""
_CARDS, _DEVICES = 1_500, 400
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Line:
    """A record to write. `raw` None: a tombstone."""

    place: Place
    key: bytes
    raw: bytes | None


class Feed:
    """Records drawn from a seed: out of order, some late, some that are no events, some tombstones."""

    def __init__(self, prefix: str, seed: int) -> None:
        self.topics = {stem: f"{prefix}-{stem}" for stem in TYPES}
        self._chance = random.Random(seed)
        self._now = START
        self._next: Counter[Place] = Counter()

    def events(self, count: int) -> Iterator[Line]:
        """The next ones."""
        chance = self._chance
        for _ in range(count):
            self._now += _STEP
            late = 20_000 if chance.random() < 0.02 else 0
            card = chance.randrange(_CARDS)
            stem = "orders" if chance.random() < 0.65 else "logins"
            row: dict[str, object] = {"card": f"c{card}", "at": self._now - chance.randrange(2_000) - late}
            if stem == "orders":
                row |= {"total": chance.randrange(100), "device": f"d{chance.randrange(_DEVICES)}"}
            if chance.random() < 0.02:
                row["at"] = "some time"
            yield self._line(stem, card % SHARDS, None if chance.random() < 0.01 else row)

    def closing(self) -> Iterator[Line]:
        """In each partition an event so late that all that waits for its time comes to its end."""
        self._now += _DAY
        for number in range(SHARDS):
            last = {"card": f"end{number}", "at": self._now}
            yield self._line("orders", number, {**last, "device": f"end{number}", "total": 0})
            yield self._line("logins", number, last)

    def _line(self, stem: str, number: int, row: dict[str, object] | None) -> Line:
        place = self.topics[stem], number
        own = {"_topic": place[0], "_partition": number, "_offset": self._next[place]}
        self._next[place] += 1
        key = "" if row is None else str(row["card"])
        return Line(place, key.encode(), None if row is None else json.dumps({**row, **own}).encode())
