"""Where the events of a key are at home: the number of the shard that sees all of them.

The same in every process, release and on every machine, and the same for values that are equal: 1, 1.0 and a decimal 1.
"""

from __future__ import annotations

import zlib
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

MOST = 50_000
"""Keys whose home is remembered."""

_NUMBERS = (int, float, Decimal)
_ZERO = Decimal(0)
_EXACT = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def home(key: tuple[object, ...], homes: int) -> int:
    """The home of a key, of so many."""
    return zlib.crc32(b"".join(_part(value) for value in key)) % homes


class Homes:
    """The homes of keys. Keys are given as a tuple, or, of one part, as its value. `known`: those of late."""

    __slots__ = ("known", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.known: dict[Any, int] = {}

    def of(self, key: Any) -> int:
        """The home of a key."""
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= MOST:
                self.known.clear()
            found = self.known[key] = home(key if isinstance(key, tuple) else (key,), self.number)
        return found


def _part(value: object) -> bytes:
    """A part with its kind and its length, so that no two keys are written alike."""
    if value is None:
        text = b"null"
    elif isinstance(value, str):
        text = b"text" + value.encode("utf-8", "surrogatepass")
    elif isinstance(value, _NUMBERS):
        text = b"number" + str(_EXACT.normalize(_EXACT.add(Decimal(value), _ZERO))).encode()
    else:
        raise TypeError(f"a {type(value).__name__} is no part of a key")
    return b"%d:%b" % (len(text), text)
