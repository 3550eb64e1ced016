"""The line on a terminal that tells how a run is getting on."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable

from cep.runtime.driver import Outputs
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.summary import Gauges, gauges
from cep.runtime.timestamps import format_timestamp

_EVERY = 0.5
"""Seconds between two updates."""
_CLEAR = "\r\x1b[2K"


class ProgressLine:
    """Keeps one line on standard error up to date, and out of the way of alerts on the same terminal.

    Stands between the driver and its outputs: `tick` between pieces, `take` for every output.
    """

    def __init__(self, shard: Shard, outputs: Outputs, now: Callable[[], float] = time.monotonic) -> None:
        self._shard = shard
        self._outputs = outputs
        self._now = now
        self._last = now()
        self._last_events = 0
        self._shown = False

    def follow(self, shard: Shard) -> None:
        """Show the numbers of another shard."""
        self._shard = shard

    def take(self, output: Output) -> None:
        """Hand an output on; the line makes room for what is written."""
        if output.alerts or output.ended:
            self.clear()
        self._outputs.take(output)

    def tick(self) -> None:
        """Show the numbers again if it is time to."""
        now = self._now()
        passed = now - self._last
        if passed < _EVERY:
            return
        found = gauges(self._shard)
        line = progress_text(found, (found.events - self._last_events) / passed)
        width = shutil.get_terminal_size().columns
        sys.stderr.write(f"{_CLEAR}{line[: width - 1]}")
        sys.stderr.flush()
        self._shown = True
        # Taken after the work of showing, so that a large state is not looked at all the time.
        self._last, self._last_events = self._now(), found.events

    def clear(self) -> None:
        """Take the line off the screen."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False


def progress_text(found: Gauges, rate: float) -> str:
    """The numbers on one line; `rate` is events per second."""
    watermark = "-" if found.watermark is None else format_timestamp(found.watermark)[:19] + "Z"
    return (
        f"{found.events:,} events  {rate:,.0f}/s  watermark {watermark}  open runs {found.open_runs:,}  "
        f"alerts {found.alerts:,}  late {found.late:,}  dead {found.dead_letters:,}"
    )
