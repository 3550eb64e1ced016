"""`suppress for SPAN by KEY max N`: an event-time throttle on reports."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Window:
    """One throttle window: event time of the report that opened it, reports let through, reports held back."""

    since: int
    passed: int
    held: int


class Throttle:
    """At most `maximum` reports per `within` microseconds for each subject.

    A window opens with a report that is let through and ends `within` later; a report at that very time opens the
    next. Matches and time-outs are throttled apart, so that a time-out never hides the match it announces. What was
    held back is told by the next report; if none comes within one further span it is forgotten, so that a quiet
    subject leaves no state. `in_order`: reports are asked for in the order of their times (not so for matches that are
    held back until earlier starts end), and windows stand in the order in which they end. `touched`: the subjects
    whose windows have changed since they were last written, where someone keeps track.
    """

    __slots__ = ("in_order", "maximum", "touched", "windows", "within")

    def __init__(self, within: int, maximum: int, in_order: bool) -> None:
        self.in_order = in_order
        self.within = within
        self.maximum = maximum
        self.windows: dict[Any, Window] = {}
        self.touched: set[Any] | None = None

    def ask(self, subject: Hashable, time: int) -> int | None:
        """How many were held back before this report, or None to hold it back as well."""
        self.touch(subject)
        window = self.windows.get(subject)
        if window is not None and time < window.since + self.within:
            if window.passed < self.maximum:
                window.passed += 1
                return 0
            window.held += 1
            return None
        held = window.held if window is not None and time < window.since + 2 * self.within else 0
        self.windows.pop(subject, None)
        self.windows[subject] = Window(time, 1, 0)
        return held

    def touch(self, subject: Hashable) -> None:
        """A window is not as it was."""
        if self.touched is not None:
            self.touched.add(subject)

    def forget(self, watermark: int) -> None:
        """Drop windows that can no longer matter to a report at `watermark` or later."""
        gone = []
        for subject, window in self.windows.items():
            end = window.since + self.within
            if end >= watermark and self.in_order:
                break
            if end < watermark and (not window.held or end + self.within < watermark):
                gone.append(subject)
        for subject in gone:
            del self.windows[subject]
            self.touch(subject)
