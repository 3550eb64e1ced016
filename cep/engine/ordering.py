"""The order in which matches that complete together are reported (LANGUAGE section 4.4)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from cep.engine.run import Run, chain

AFTER_ALL: tuple[Any, ...] = (float("inf"),)
"""Greater than every position: puts a sequence before its own prefixes."""


def written_order(run: Run) -> tuple[Any, ...]:
    """Sort key: earliest start, then positions one by one, longer before its prefix, then steps as written."""
    links = chain(run)
    return (*(link.rec[:5] for link in links), AFTER_ALL), tuple(link.step for link in links)


def longest_first(run: Run) -> tuple[Any, ...]:
    """Sort key: most events first, then the order of reports."""
    return -len(chain(run)), written_order(run)


def distinct(complete: list[Run]) -> list[Run]:
    """The matches in reporting order, each binding once, by whatever paths it came about."""
    if len(complete) < 2:
        return complete
    keyed = sorted(((written_order(run), index) for index, run in enumerate(complete)), key=lambda pair: pair[0])
    ordered = [complete[keyed[0][1]]]
    for (before, _), (order, index) in pairwise(keyed):
        if order != before:
            ordered.append(complete[index])
    return ordered
