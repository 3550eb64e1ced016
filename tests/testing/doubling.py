"""A function that the rules of these tests call."""

from __future__ import annotations


def twice(x: int) -> int:
    """Two times x."""
    return 2 * x
