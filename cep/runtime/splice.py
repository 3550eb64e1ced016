"""Received JSON put into a line of ours as it is, digit for digit."""

from __future__ import annotations


def spliced(raw: bytes) -> bytes:
    """A decoded record's bytes as part of one line: JSON keeps line ends outside strings, where they mean nothing."""
    if b"\n" in raw or b"\r" in raw:
        raw = raw.replace(b"\n", b" ").replace(b"\r", b" ")
    return raw.strip()
