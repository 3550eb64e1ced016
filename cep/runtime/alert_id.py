"""The id of an alert: the same for the same match, wherever, whenever and however often it is found.

A hash of rule, version, kind, `at`, key, and the step and coordinates of every event. Each part is written with its
length before it, so that no two lists of parts read alike.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from cep.engine.detection import Detection

LENGTH = 32
"""Hexadecimal digits of an id."""

_sha256 = hashlib.sha256


class AlertIds:
    """The ids of one rule's alerts. What is the same for all of them, or for all events of a partition at one step, is
    written once."""

    __slots__ = ("_heads", "_places", "_rule")

    def __init__(self, rule: str, version: int) -> None:
        self._rule = b"".join(map(_part, ("cep-alert", rule, str(version))))
        self._heads: dict[tuple[str, str | None, int], bytes] = {}
        self._places: dict[tuple[str, str, int], bytes] = {}

    def of(self, found: Detection) -> str:
        """The id of what a match or time-out of the rule leads to."""
        parts = [self._heads.get((found.kind, found.at, len(found.key))) or self._head(found)]
        parts += map(_tagged, found.key)
        places = self._places
        for step, (_, _, topic, partition, offset, *_) in found.identity or found.events:
            number = b"%d" % offset
            place = places.get((step, topic, partition)) or self._place(step, topic, partition)
            parts.append(b"%b%d:%b" % (place, len(number), number))
        return _sha256(b"".join(parts)).hexdigest()[:LENGTH]

    def _head(self, found: Detection) -> bytes:
        head = self._rule + b"".join(map(_part, (found.kind, found.at or "", str(len(found.key)))))
        self._heads[found.kind, found.at, len(found.key)] = head
        return head

    def _place(self, step: str, topic: str, partition: int) -> bytes:
        place = b"".join(map(_part, (step, topic, str(partition))))
        self._places[step, topic, partition] = place
        return place


def _part(text: str) -> bytes:
    part = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(part), part)


def _tagged(value: object) -> bytes:
    """A value with its type. Numbers that compare equal, and so are one key, are written alike."""
    if isinstance(value, bool) or value is None:
        return _part(f"{value}")
    if isinstance(value, int | Decimal | float):
        return _part("n" + _number(value))
    return _part(f"s{value}")


def _number(value: int | Decimal | float) -> str:
    exact = Decimal(value)
    if exact == 0:
        return "0"
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int), "a key is a finite number"
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}e{exponent + len(text) - len(short)}"
