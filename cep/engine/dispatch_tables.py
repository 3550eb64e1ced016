"""Tables by which the dispatch module finds the rules that an event can move, without a look at the others.

Made when the generated module is executed, since a constant may be a param. Rules are named by their index in the plan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from cep.engine.detection import Detection

Rules = Sequence[int]
"""Rules in the order of the plan, each once."""


def equal_table(pairs: Iterable[tuple[Any, int]]) -> dict[Any, Rules]:
    """By constant, the rules that ask for it; a null constant equals nothing."""
    found: dict[Any, set[int]] = {}
    for constant, rule in pairs:
        if constant is not None:
            found.setdefault(constant, set()).add(rule)
    return {constant: tuple(sorted(rules)) for constant, rules in found.items()}


class Thresholds:
    """The rules that compare a field with a constant of theirs by `test`, in the order of the constants."""

    __slots__ = ("bisect", "constants", "is_below", "rules")

    def __init__(self, test: str, pairs: Iterable[tuple[Any, int]]) -> None:
        known = sorted((constant, rule) for constant, rule in pairs if constant is not None)
        self.constants = [constant for constant, _ in known]
        self.rules = [rule for _, rule in known]
        self.is_below = test in (">", ">=")
        self.bisect = bisect_left if test in (">", "<=") else bisect_right

    def passed(self, value: Any) -> Rules:
        """The rules whose comparison holds for a value."""
        if value is None:
            return ()
        place = self.bisect(self.constants, value)
        found = self.rules[:place] if self.is_below else self.rules[place:]
        return sorted(set(found)) if len(found) > 1 else found


def merged(some: Rules, others: Rules) -> Rules:
    """Both."""
    if not some or not others:
        return some or others
    return sorted({*some, *others})


def in_rule_order(detections: list[Any], first: int) -> None:
    """What one event has told, from detection `first` on, by rules in the order of the plan."""
    if len(detections) > first + 1:
        detections[first:] = sorted(detections[first:], key=rule_of)


def rule_of(detection: Detection) -> int:
    """The rule of a detection, or of a completion."""
    return detection.rule
