"""Compiled patterns of `like` and `matches`; both take time linear in the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import re2


@cache
def searcher(patterns: tuple[str, ...], ignore_case: bool) -> Callable[[str], bool]:
    """A function that tells whether any of the RE2 patterns is found in a text. `re2.error` for an invalid one."""
    options = _options()
    options.case_sensitive = not ignore_case
    joined = patterns[0] if len(patterns) == 1 else "|".join(f"(?:{pattern})" for pattern in patterns)
    search = re2.compile(joined, options).search

    def found(text: str) -> bool:
        return search(text.encode(errors="replace")) is not None

    return found


@cache
def like_matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a whole text fits a `like` pattern with wildcards inside.

    There is no escape sign: every `%` and `_` is a wildcard, a backslash is a backslash.
    """
    return _characters(pattern) if "_" in pattern else _pieces(pattern.split("%"))


def _pieces(pieces: list[str]) -> Callable[[str], bool]:
    """`a%b%c`: a prefix, a suffix and texts in between, found from left to right."""
    prefix, *middle, suffix = pieces
    shortest = sum(map(len, pieces))

    def fits(text: str) -> bool:
        if len(text) < shortest or not text.startswith(prefix) or not text.endswith(suffix):
            return False
        position, end = len(prefix), len(text) - len(suffix)
        for piece in middle:
            position = text.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True

    return fits


def _characters(pattern: str) -> Callable[[str], bool]:
    """A pattern with `_`, as RE2."""
    options = _options()
    options.dot_nl = True
    wildcards = {"%": ".*", "_": "."}
    match = re2.compile("".join(wildcards.get(sign) or re2.escape(sign) for sign in pattern), options).fullmatch

    def fits(text: str) -> bool:
        return match(text.encode(errors="replace")) is not None

    return fits


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    return options
