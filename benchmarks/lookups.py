"""What one table of keys for all rules would save: how often an event looks a key up, and what that takes.

python -m benchmarks.lookups            the fraud pack over its traffic; ten rules of one key over one type

A table for all rules of a key needs one lookup where these have several, and behind it another by rule.
"""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

from benchmarks.bank import TRUSTED, traffic
from benchmarks.engine import Feed
from benchmarks.suites.rules import events, text
from cep.engine.machine import Machine
from cep.engine.values import Values
from cep.language.load import load_paths, load_text
from cep.language.model import RuleSet
from cep.runtime.settings import list_values

ROOT = Path(__file__).parent.parent
EVENTS = 50_000
BATCH = 500


class Counted(dict[Any, Any]):
    """A table that counts how often it is asked."""

    asked = 0

    def get(self, key: Any, default: Any = None, /) -> Any:
        """As a dictionary's."""
        Counted.asked += 1
        return super().get(key, default)


def main() -> None:
    """Print a line for each set of rules."""
    pack = load_paths([ROOT / "rules"])
    lists = list_values(pack, {"trusted_merchants": TRUSTED})
    show("fraud pack", pack, Values({}, lists), [line.rstrip().encode() for line in traffic(EVENTS)])
    for shape in ("ten types", "thresholds"):
        rules = load_text(text(shape, 10))
        lines = [line.rstrip().encode() for line in events(10 if shape == "ten types" else 1, EVENTS)]
        show(f"ten rules, {shape}", rules, Values(), lines)


def show(name: str, rules: RuleSet, values: Values, lines: list[bytes]) -> None:
    """Lookups an event, and their part of its time."""
    plain = Feed(rules, values)
    micros = spent(plain, lines) / len(lines) * 1e6
    made = Machine.__init__

    def counting(self: Machine, *given: Any) -> None:
        made(self, *given)
        self.keys = Counted()

    Machine.__init__ = counting  # type: ignore[method-assign, assignment]
    try:
        Counted.asked = 0
        spent(Feed(rules, values), lines)
    finally:
        Machine.__init__ = made  # type: ignore[method-assign]
    asked, one = Counted.asked / len(lines), lookup(plain)
    share = asked * one / micros
    print(f"{name:<24} {asked:5.2f} lookups an event, {one * 1e3:.0f} ns each: {share:.1%} of {micros:.2f} µs")


def spent(feed: Feed, lines: list[bytes]) -> float:
    """CPU seconds over all lines."""
    begun = time.process_time()
    feed.push_all(lines, BATCH)
    return time.process_time() - begun


def lookup(feed: Feed) -> float:
    """Microseconds of one lookup, of keys that come anew from a line, in the largest table there is."""
    table = max((machine.keys for machine in feed.machines), key=len)
    keys = pickle.loads(pickle.dumps([*table])) * (1 + 100_000 // max(1, len(table)))
    begun = time.process_time()
    for key in keys:
        table.get(key)
    looked = time.process_time()
    for _ in keys:
        pass
    return (2 * looked - begun - time.process_time()) / len(keys) * 1e6


if __name__ == "__main__":
    main()
