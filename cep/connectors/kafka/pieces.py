"""Parts of the state that are larger than a record may be: cut into pieces, each a record of the changelog by itself.

A piece's key is its number and the part's name, so that compaction keeps the last of each. A part that is cut has no
record under its own name, and one that is not has no pieces: what goes from one to the other is written in one
transaction, and a reader of committed records never sees half of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_MARK = b"\x00"
"""What the key of a piece begins with, and no part's name."""
_DIGITS = 4
SIZE = 900_000
"""Bytes of a piece, at most: librdkafka and brokers take records of 1,000,000 by themselves."""


def size_under(most: str | None) -> int:
    """Bytes of a piece where the job says that a record may have `most`; a tenth is left for keys and what surrounds
    them."""
    return min(SIZE, int(most) * 9 // 10) if most is not None and most.isdecimal() else SIZE


class Cutter:
    """Cuts the parts of one shard. `size`: bytes of a piece, at most. `counts`: by name how many pieces there are in
    the changelog of a part that is cut."""

    def __init__(self, size: int, counts: Mapping[bytes, int]) -> None:
        self._size = size
        self._counts = dict(counts)

    def records(self, name: bytes, part: bytes | None) -> Iterator[tuple[bytes, bytes | None]]:
        """The records, key and value, that put a part in the place of what was there of it; None: it is gone."""
        before = self._counts.pop(name, 0)
        count = 0
        if part is None or len(part) <= self._size:
            yield name, part
        else:
            for start in range(0, len(part), self._size):
                yield _key(name, count), part[start : start + self._size]
                count += 1
            self._counts[name] = count
            if not before:
                yield name, None
        for number in range(count, before):
            yield _key(name, number), None


class Pieces:
    """Pieces that are read, to be put together again."""

    def __init__(self) -> None:
        self._found: dict[bytes, dict[int, bytes]] = {}

    def take(self, key: bytes, value: bytes | None) -> bool:
        """One record; whether it is a piece."""
        if not key.startswith(_MARK):
            return False
        number, name = int.from_bytes(key[1 : 1 + _DIGITS]), key[1 + _DIGITS :]
        pieces = self._found.setdefault(name, {})
        if value is not None:
            pieces[number] = value
        else:
            pieces.pop(number, None)
        return True

    @property
    def counts(self) -> dict[bytes, int]:
        """By name how many pieces there are of each part."""
        return {name: len(pieces) for name, pieces in self._found.items() if pieces}

    def parts(self) -> Iterator[tuple[bytes, bytes]]:
        """The parts, whole again."""
        for name, count in self.counts.items():
            yield name, b"".join(self._found[name][number] for number in range(count))


def _key(name: bytes, number: int) -> bytes:
    return _MARK + number.to_bytes(_DIGITS) + name
