"""Plain sequences drawn from a seed, an edit of each, and a rule that makes the edit by itself at an event.

Events are numbered (`seq`). A rule changed at event CUT, by a restart, has to give what the one rule gives in which the
edited condition is the old one up to CUT and the new one behind it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from cep.plan.edits.verdict import Verdict
from cep.runtime.shard import Shard
from cep.runtime.snapshot_file import pack, unpack
from cep.runtime.wiring import wire
from tests.runtime.support import chunk, rule_set, source

EVENTS = "".join(f"event {name} {{ k: string  n: int  seq: int  ts: timestamp }} time ts\n" for name in "ABC")
QUANTIFIERS = ("", "", "", "", "+", "*", "?", "{2}", "{1,3}", "{2,}")
SKIPS = ("", "", "after match skip nothing", "after match skip nothing", "after match skip to next")


@dataclass(frozen=True)
class Part:
    """A step or an absence between steps. `after`: what holds of it behind the cut, None for the same."""

    name: str
    event: str
    guard: str
    quantifier: str = ""
    link: str = "then"
    after: str | None = None
    behind: bool = False
    """Whether it is waited for behind the cut only."""

    def text(self, first: bool, cut: int) -> str:
        """The part in a rule, `cut` being the last event before the edit."""
        guard = self.guard
        if self.after is not None:
            guard = f"((seq <= {cut} and {self.guard}) or (seq > {cut} and {self.after}))"
        if self.behind:
            guard = f"seq > {cut} and {guard}"
        if not self.name:
            return f"without {self.event} where {guard}"
        link = "" if first else f"{self.link} "
        return f"{link}{self.name}: {self.event}{self.quantifier} where {guard}"


@dataclass(frozen=True)
class Drawn:
    """A rule; `within` in seconds."""

    parts: tuple[Part, ...]
    within: int
    skip: str
    trailing: int | None = None
    tail: str = field(default="")

    def text(self, cut: int = 0) -> str:
        """The rule file."""
        lines = [part.text(index == 0, cut) for index, part in enumerate(self.parts)]
        if self.trailing is not None:
            lines.append(f"without C where n > 2 within {self.trailing}s")
        timeout = f"on timeout emit {{ n: count({self.parts[0].name}) }}"
        return (
            f"{EVENTS}rule r {{ match by k within {self.within}s over A, B, C\n"
            + "\n".join([*lines, self.skip, timeout])
            + "\n}"
        )


def draw_part(chance: random.Random, name: str, first: str | None) -> Part:
    """A step that may look back at the first one."""
    guards = [f"n > {chance.randrange(3)}", f"n != {chance.randrange(4)}", "n >= 0"]
    if first is not None:
        guards.append(f"n >= {first}.n")
    quantifier = chance.choice(QUANTIFIERS if first is not None else ("", "", "+", "{2}"))
    link = chance.choice(("then", "then", "then", "then next", "then within 6s"))
    return Part(name, chance.choice("AB"), chance.choice(guards), quantifier, link)


def draw_rule(chance: random.Random) -> Drawn:
    """A plain sequence."""
    first = draw_part(chance, "s0", None)
    looked_at = first.name if not first.quantifier else None
    parts = [first]
    for number in range(1, chance.randrange(2, 5)):
        if chance.random() < 0.2 and not parts[-1].quantifier and parts[-1].name:
            parts.append(Part("", "C", f"n > {chance.randrange(4)}"))
        part = draw_part(chance, f"s{number}", looked_at or "")
        parts.append(replace(part, guard=part.guard if looked_at else part.guard.replace(".n", "n")))
    trailing = 3 if chance.random() < 0.25 else None
    return Drawn(tuple(parts), chance.choice((15, 30)), chance.choice(SKIPS), trailing)


def draw_log(chance: random.Random, size: int) -> list[dict[str, object]]:
    """Numbered events, a second or two apart, some at one time."""
    rows: list[dict[str, object]] = []
    time = 0
    for seq in range(size):
        time += chance.choice((0, 1, 1, 2))
        kind, key, number = chance.choice("AAABBBC"), chance.choice("xxy"), chance.randrange(4)
        rows.append({"type": kind, "k": key, "n": number, "seq": seq, "ts": time * 1000})
    return rows


def alerts(shard: Shard, rows: list[dict[str, object]], offset: int) -> list[bytes]:
    """Each event a batch; the alerts as written."""
    found: list[bytes] = []
    for number, row in enumerate(rows, offset):
        found += [alert.json() for alert in shard.push([chunk([row], number)]).alerts]
    return found


def shard_of(text: str) -> Shard:
    """A new shard."""
    rules = rule_set(text)
    return Shard(wire(rules, [source(rules)]))


@dataclass
class Outcome:
    """What came of a restart: the verdict, the alerts before and after it, and the end."""

    verdict: Verdict | None
    before: list[bytes]
    after: list[bytes]


def restarted(old: str, new: str, rows: list[dict[str, object]], cut: int) -> Outcome:
    """The old rules up to the event `cut`, the new ones behind it."""
    first, second = shard_of(old), shard_of(new)
    before = alerts(first, rows[: cut + 1], 0)
    report = second.restore(unpack(b"".join(pack(first.snapshot()))))
    after = alerts(second, rows[cut + 1 :], cut + 1)
    after += [alert.json() for alert in second.finish().alerts]
    verdicts = [change.verdict for change in report.changes]
    return Outcome(verdicts[0] if verdicts else None, before, after)


def undisturbed(text: str, rows: list[dict[str, object]], cut: int) -> tuple[list[bytes], list[bytes]]:
    """One rule set over all events: the alerts up to the event `cut`, and those behind it."""
    shard = shard_of(text)
    before = alerts(shard, rows[: cut + 1], 0)
    after = alerts(shard, rows[cut + 1 :], cut + 1)
    return before, after + [alert.json() for alert in shard.finish().alerts]
