"""What lazy starts would save under `in start order`: how many open first events a report drops, of all there are.

python -m benchmarks.starts             P3 over 200,000 events, a millisecond and fifty apart

Only what is dropped need never have been looked at; every other first event is evaluated sooner or later.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.engine import Feed
from benchmarks.events import Shape, event_file
from cep.engine import selection
from cep.engine.run import Keyed, Start

ROOT = Path(__file__).parent.parent
OUT = ROOT / "var" / "bench"
EVENTS, BATCH = 200_000, 500


class Count:
    """First events: those that began a partial match, and of these the ones dropped while they were open."""

    def __init__(self) -> None:
        self.begun = self.dropped = 0
        begin, drop = Keyed.begin, selection.drop_start

        def begun(keyed: Keyed, start: Start) -> None:
            self.begun += 1
            begin(keyed, start)

        def dropped(keyed: Keyed, start: Start) -> None:
            self.dropped += bool(start.open)
            drop(keyed, start)

        Keyed.begin = begun  # type: ignore[method-assign, assignment]
        selection.drop_start = dropped


def main() -> None:
    """Print a line for each spacing."""
    rules = (ROOT / "benchmarks" / "workloads" / "P3.pattern").read_text(encoding="utf-8")
    count = Count()
    for spacing in (1, 50):
        count.begun = count.dropped = 0
        lines = event_file(Shape(EVENTS, spacing), OUT).read_bytes().split(b"\n")[:-1]
        feed = Feed(rules)
        feed.push_all(lines, BATCH)
        share = count.dropped / count.begun
        print(
            f"{spacing:>2} ms apart: {count.begun:,} first events, {count.dropped:,} dropped while open ({share:.1%})"
        )


if __name__ == "__main__":
    main()
