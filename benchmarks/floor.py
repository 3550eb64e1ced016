"""The floor that any engine over JSON lines stands on: read the file, split it, decode five fields. Nothing else.

python -m benchmarks.floor FILE      prints the CPU seconds of the loop and the number of events
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import msgspec


class Event(msgspec.Struct, gc=False):
    """The five fields, as far as an event has them."""

    ts: int = 0
    user: str = ""
    type: str = ""
    amount: float = 0.0
    country: str = ""


def read_and_decode(path: Path) -> tuple[float, int]:
    """CPU seconds and events."""
    decode = msgspec.json.Decoder(Event).decode
    events = 0
    gc.freeze()
    started = time.process_time()
    with path.open("rb", buffering=0) as file:
        rest = b""
        while piece := file.read(128 * 1024):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            for line in lines:
                decode(line)
            events += len(lines)
    return time.process_time() - started, events


if __name__ == "__main__":
    seconds, count = read_and_decode(Path(sys.argv[1]))
    print(seconds, count)
