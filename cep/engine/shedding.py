"""The cap on open partial matches: past it the oldest are dropped."""

from __future__ import annotations

from cep.engine.run import Keyed, Start

BATCH = 64
"""Ended runs and starts that may be passed over before they are taken out, all at once: a key that stays at its cap
costs each event no more than that."""


def shed(keyed: Keyed, limit: int) -> int:
    """Drop the oldest partial matches above `limit`: of the earliest start, the one bound first. How many it were."""
    before, starts, passed = keyed.open, 0, 0
    for start in keyed.order:
        if keyed.open <= limit:
            break
        starts += 1
        passed += 1 + shed_start(keyed, start, limit)
    if passed > BATCH:
        forget_ended(keyed, starts)
    return before - keyed.open


def shed_start(keyed: Keyed, start: Start, limit: int) -> int:
    """Drop the oldest partial matches of one start; how many runs were passed over or dropped."""
    passed = 0
    for run in start.runs:
        if keyed.open <= limit:
            break
        passed += 1
        keyed.kill(run)
    if passed > BATCH and start.open:
        start.runs = [run for run in start.runs if run.live]
    return passed


def forget_ended(keyed: Keyed, starts: int) -> None:
    """Take those that have ended out of the oldest starts."""
    oldest = keyed.order[:starts]
    keyed.order[:starts] = [start for start in oldest if start.open or start.followed is not None]
    for start in oldest:
        if not start.open and start.followed is None:
            # Parted from its runs, as in a sweep.
            start.runs = []
