"""Ways to decode the lines of a piece: one by one in a loop, by one `map`, in one call as an array.

python -m benchmarks.decoding

CPU microseconds an event, least of nine readings. The array is one call for the whole piece, and takes two objects on
one line for two records.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.events import Shape, event_file
from benchmarks.floor import Event

OUT = Path(__file__).parent.parent / "var" / "bench"
PIECE = 500
"""Lines, as many as a piece of the file has."""
READINGS = 9

decode = msgspec.json.Decoder(Event).decode
decode_all = msgspec.json.Decoder(list[Event]).decode


def one_by_one(lines: list[bytes]) -> list[Event]:
    """A call for each line, in a loop."""
    found = []
    for line in lines:
        found.append(decode(line))
    return found


def mapped(lines: list[bytes]) -> list[Event]:
    """A call for each line, without a loop."""
    return list(map(decode, lines))


def together(lines: list[bytes]) -> list[Event]:
    """One call."""
    return decode_all(b"[" + b",".join(lines) + b"]")


WAYS: tuple[Callable[[list[bytes]], list[Event]], ...] = (one_by_one, mapped, together)


def main(events: int = 200_000) -> None:
    """Print a line for each way."""
    lines = event_file(Shape(events), OUT).read_bytes().split(b"\n")[:-1]
    pieces = [lines[first : first + PIECE] for first in range(0, len(lines), PIECE)]
    for way in WAYS:
        print(f"{way.__name__:<12} {min(reading(way, pieces) for _ in range(READINGS)) / len(lines) * 1e6:.3f} µs")


def reading(way: Callable[[list[bytes]], list[Event]], pieces: list[list[bytes]]) -> float:
    """CPU seconds over all pieces."""
    begun = time.process_time()
    for piece in pieces:
        way(piece)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
