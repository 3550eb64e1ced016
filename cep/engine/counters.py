"""What is counted of a rule beside its matches."""

from __future__ import annotations


class Counters:
    """What went wrong or was left out, per rule. `add` is called by generated code when an expression is unknown
    for a reason of its own (division by zero, overflow, a function that raised)."""

    __slots__ = ("dropped_runs", "guard_errors", "null_keys", "suppressed")

    def __init__(self) -> None:
        self.guard_errors = 0
        self.dropped_runs = 0
        self.null_keys = 0
        self.suppressed = 0

    def add(self) -> None:
        """Count one expression that could not be computed."""
        self.guard_errors += 1
