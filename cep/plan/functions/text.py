"""Functions of text. Positions count characters from 0."""

from __future__ import annotations


def substring(text: str, start: int, length: int | None = None) -> str:
    """`length` characters from `start` (negative: from the end), fewer where the text ends; all the rest without it."""
    first = max(start if start >= 0 else len(text) + start, 0)
    if length is None:
        return text[first:]
    return text[first : first + max(length, 0)]
