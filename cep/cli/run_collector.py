"""Python's garbage collector while rules run: kept from walking again and again over what stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_COLLECT = (50_000, 20, 100)
"""Thresholds of the collector: runs are freed by their reference counts, so looking for cycles rarely pays."""


@contextmanager
def calm_collector() -> Iterator[None]:
    """What exists by now stays until the end: keep the collector from walking over it again and again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def collect_anew() -> None:
    """What was to stay has been replaced: let it go, and keep the collector from what there is now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
