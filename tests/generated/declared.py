"""What stands before every drawn rule: event types, a list, params, defines and a Python function."""

from __future__ import annotations

from dataclasses import dataclass

TYPES = {"A": ("k", "o"), "B": ("k", "o"), "C": ("k", "o"), "T": ("src", "dst")}
"""Event types and their key fields. A transfer `T` plays two roles under two keys."""

FIELDS = (
    "g: int", "v: int", "x: decimal?", "y: float?", "l: list<int>?", "s: string", "n: int", "ts: timestamp",
)  # fmt: skip

LISTED = ("a", "b")
"""Values of the list `listed`."""

NAMED_SPANS = {9: "nine"}
"""Spans in milliseconds that are written as a param."""

COMMON = """\
list listed: string
param limit: int = 2 range 0 .. 9
param nine: duration = 9ms
define near(a: int, b: int) = abs(a - b) <= 1
define outweighs(a: A, b: A) = a.v + a.g >= b.v
define outranks(b: B, a: A) = b.n + 1 >= a.n
function odd(n: int) -> bool from python "tests.generated.declared:odd"
"""


def odd(n: int) -> bool:
    """The Python function of drawn rules; it knows nothing of 3, so that what uses it is sometimes unknown."""
    if n == 3:
        raise ValueError("three")
    return n % 2 == 1


FUNCTIONS = {"odd": odd}
"""Python functions by declared name."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """The event types, the same for all rules but for lateness (milliseconds; of some types half, since the largest of
    a source counts) and tie-breaking."""

    lateness: int = 0
    order: str | None = None
    ordered: tuple[str, ...] = ()

    def text(self) -> str:
        """The declarations as written."""
        found = []
        for name, keys in TYPES.items():
            fields = "  ".join([*(f"{k}: string?" for k in keys), *FIELDS])
            order = f" order by {self.order}" if self.order and name in self.ordered else ""
            lateness = self.lateness if name in "AT" else self.lateness // 2
            late = f" lateness {lateness}ms" if lateness else ""
            found.append(f"event {name} {{ {fields} }} time ts{order}{late}")
        return "\n".join([*found, COMMON])
