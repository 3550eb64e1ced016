"""`suppress for SPAN by KEY max N`."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language import model


@dataclass(slots=True)
class _Window:
    since: int
    passed: int = 0
    held: int = 0


@dataclass(slots=True)
class Throttle:
    """A window opens with a report and lasts one span; the first N reports in it pass, the others are held back.

    They are counted on the next that passes, if that comes within one further span. Matches and time-outs are throttled
    apart.
    """

    suppress: model.Suppress
    windows: dict[object, _Window] = field(default_factory=dict)

    def ask(self, subject: object, time: int) -> int | None:
        """How many reports were held back before this one, None if this one is held back."""
        span = self.suppress.within
        window = self.windows.get(subject)
        if window is None or time - window.since >= 2 * span:
            window = self.windows[subject] = _Window(time)
        elif time - window.since >= span:
            window = self.windows[subject] = _Window(time, held=window.held)
        if window.passed >= self.suppress.maximum:
            window.held += 1
            return None
        window.passed += 1
        held, window.held = window.held, 0
        return held
