"""Whether a run is alive, and whether it is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cep.runtime.metrics.meter import Meter

LONGEST = 60.0
"""Seconds without a sign of life after which a run counts as stuck: twice what one call to a cluster may take."""

Reasons = Callable[[], Iterable[str]]
"""Why a run is not ready; nothing: it is."""


class Health:
    """May be asked by any thread, and so may `reasons`: what they look at must not change while it is looked at."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.reasons: list[Reasons] = []

    def ails(self) -> str | None:
        """Why the run should be ended and started again; None: it is alive."""
        age = self._meter.age()
        return f"stuck: no sign of life for {age:.0f} s" if age > LONGEST else None

    def lacks(self) -> list[str]:
        """Why the run is not ready; empty: it is."""
        ails = self.ails()
        own = ["starting"] if not self._meter.is_begun else [] if ails is None else [ails]
        return [*own, *(why for reasons in self.reasons for why in reasons())]
