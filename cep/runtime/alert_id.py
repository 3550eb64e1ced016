"""The id of an alert: the same for the same match, wherever, whenever and however often it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cep.engine.detection import Detection

LENGTH = 32
"""Hexadecimal digits of an id."""


def alert_id(rule: str, version: int, found: Detection) -> str:
    """A hash of rule, version, kind, `at`, key, and the step and coordinates of every event.

    Each part is written with its length before it, so that no two lists of parts read alike.
    """
    parts = [part.encode("utf-8", "surrogatepass") for part in _parts(rule, version, found)]
    return hashlib.sha256(b"".join([b"%d:%b" % (len(part), part) for part in parts])).hexdigest()[:LENGTH]


def _parts(rule: str, version: int, found: Detection) -> Iterator[str]:
    yield from ("cep-alert", rule, str(version), found.kind, found.at or "")
    yield str(len(found.key))
    yield from _tagged(found.key)
    for step, (_, _, topic, partition, offset, *_) in found.identity or found.events:
        yield from (step, topic, str(partition), str(offset))


def _tagged(values: Iterable[object]) -> Iterator[str]:
    """Values with their types. Numbers that compare equal, and so are one key, are written alike."""
    for value in values:
        if isinstance(value, bool) or value is None:
            yield f"{value}"
        elif isinstance(value, int | Decimal | float):
            yield "n" + _number(value)
        else:
            yield f"s{value}"


def _number(value: int | Decimal | float) -> str:
    exact = Decimal(value)
    if exact == 0:
        return "0"
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int), "a key is a finite number"
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}e{exponent + len(text) - len(short)}"
