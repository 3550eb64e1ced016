"""Rules and logs from a seed, of the kind that is kept as a shared structure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

EVENTS = """
event A { k: string  j: string  v: int  ts: timestamp } time ts
event B { k: string  j: string  v: int  ts: timestamp } time ts
event C { k: string  j: string  v: int  ts: timestamp } time ts
"""
TYPES = ("A", "B", "C")
LOOPS = ("{2}", "{3}", "{1,2}", "{1,3}", "{2,4}", "{0,2}", "+", "*", "{2,}")
OPEN = ("+", "*", "{2,}")


@dataclass(frozen=True, slots=True)
class Sent:
    """An event: type, time in milliseconds, fields."""

    event: str
    time: int
    data: dict[str, Any]


class Draft:
    """Draws one rule."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.names: list[str] = []
        self.steps: list[tuple[str, str]] = []
        self.is_open = False
        self.types = TYPES[: rng.choice((1, 2, 2, 3))]

    def text(self) -> str:
        """The rule."""
        rng = self.rng
        keyed = rng.random() < 0.8
        lines = [self.item(place, keyed) for place in range(rng.choice((1, 2, 2, 3, 3, 4)))]
        bounded = rng.random() < 0.8
        header = "match" + (" by k" if keyed else "") + (f" within {rng.randint(3, 40)}ms" if bounded else "")
        others = [t for t in TYPES if t not in self.types]
        if others and rng.random() < 0.2:
            header += f" over {others[0]}"
        limited = self.is_open or rng.random() < 0.25
        return "\n".join(
            [
                f"rule r {{ {header}",
                *lines,
                f"  after match skip {self.skip()}",
                *([f"  emit {{ n: count({self.names[0]}), key: {self.emitted()} }}"] if rng.random() < 0.5 else []),
                *(["  suppress for 6ms max 2"] if rng.random() < 0.12 else []),
                *([] if bounded else ["  unbounded"]),
                *([f"  limit runs {rng.choice((1, 2, 3, 5, 8, 30, 200))}"] if limited else []),
                "}",
            ]
        )

    def emitted(self) -> str:
        """A value over a step's events."""
        return f"collect({self.rng.choice(self.names)}.v)"

    def skip(self) -> str:
        """A strategy; steps that may be unbound cannot be skipped to."""
        bound = [name for name, quantifier in self.steps if quantifier in ("", "{2}", "{3}", "+", "{2,}")]
        kinds = ["nothing", "nothing", "nothing", "past last"]
        if bound:
            kinds += [f"to first {self.rng.choice(bound)}", f"to last {self.rng.choice(bound)}"]
        return self.rng.choice(kinds)

    def item(self, place: int, keyed: bool) -> str:
        """A step, an optional group of two, or two alternatives."""
        rng = self.rng
        link = "    " if place == 0 else "    then " + rng.choice(("", "", "any ", "any ", "any ", "next "))
        shape = rng.random()
        if shape < 0.85 or place == 0:
            return link + self.step(keyed)
        if shape < 0.93:
            inner = rng.choice(("then", "then any", "then next"))
            return f"{link}( {self.step(keyed, False)} {inner} {self.step(keyed, False)} ){rng.choice(('', '?'))}"
        return f"{link}either ( {self.step(keyed, False)} | {self.step(keyed, False)} )"

    def step(self, keyed: bool, certain: bool = True) -> str:
        """A step."""
        rng = self.rng
        name = f"s{len(self.names)}"
        self.names.append(name)
        quantifier, mode = "", ""
        chance = rng.random()
        if chance < 0.15:
            quantifier = "?"
        elif chance < 0.5:
            quantifier = rng.choice(LOOPS)
            mode = rng.choice(("", " combinations", " combinations", " consecutive"))
            mode += " greedy" if rng.random() < 0.03 else ""
            self.is_open = self.is_open or quantifier in OPEN
        self.steps.append((name, quantifier if certain else "?"))
        by = " by j" if keyed and rng.random() < 0.12 else ""
        return f"{name}: {rng.choice(self.types)}{quantifier}{mode}{by}{self.where(keyed)}"

    def where(self, keyed: bool) -> str:
        """A condition on the event alone, or on the key too."""
        rng = self.rng
        parts = [
            f"v > {rng.randint(0, 2)}",
            f"v <= {rng.randint(1, 4)}",
            f"v in [{rng.randint(0, 2)}, {rng.randint(2, 4)}]",
            *(["(j == k or v == 1)", "j != k"] if keyed else []),
        ]
        chosen = rng.sample(parts, rng.choice((0, 0, 1, 1, 2)))
        return f" where {' and '.join(chosen)}" if chosen else ""


def rule(rng: Random) -> str:
    """The text of a rule file; whether the rule is taken, and kept as a shared structure, is for the caller to see."""
    return EVENTS + Draft(rng).text()


def log(rng: Random, length: int) -> list[Sent]:
    """Events in order of time, some at equal times, of few keys."""
    time, found = 0, []
    keys = ("x", "y")[: rng.choice((1, 1, 2))]
    weights = [rng.choice((1, 2, 4)) for _ in TYPES]
    for _ in range(length):
        time += rng.choice((0, 1, 1, 1, 2, 3, 5, 25) if rng.random() < 0.3 else (0, 1, 1, 1))
        data = {"k": rng.choice(keys), "j": rng.choice(keys), "v": rng.randint(0, 4)}
        found.append(Sent(rng.choices(TYPES, weights)[0], time, data))
    return found
