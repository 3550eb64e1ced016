"""The numbers of a run over files."""

from __future__ import annotations

from collections.abc import Callable

from cep.cli.run_edits import RunEdits
from cep.connectors.outputs import JobOutputs
from cep.runtime.host_clock import SYSTEM_CLOCK
from cep.runtime.metrics import catalog
from cep.runtime.metrics.histogram import Histogram
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading
from cep.runtime.metrics.shards import put_alerts, put_counts, put_shards
from cep.runtime.recovery import Recovery
from cep.runtime.shard import Shard
from cep.runtime.summary import findings, gauges, together


def follow_run(
    meter: Meter, shard: Callable[[], Shard], outputs: JobOutputs, edits: RunEdits, recovery: Recovery | None
) -> None:
    """Have the numbers of a run told; `shard`: the one that runs now."""
    numbers = RunNumbers(shard, outputs, edits)
    meter.add(numbers.put)
    if recovery is not None:
        recovery.wrote = numbers.wrote


class RunNumbers:
    """The numbers of a job over files."""

    def __init__(self, shard: Callable[[], Shard], outputs: JobOutputs, edits: RunEdits) -> None:
        """`shard`: the one that runs now."""
        self._shard = shard
        self._outputs = outputs
        self._edits = edits
        self._snapshots = Histogram(catalog.SNAPSHOT.bounds)
        self._unwritten = 0

    def wrote(self, seconds: float | None) -> None:
        """A snapshot was written; None: it could not be."""
        if seconds is None:
            self._unwritten += 1
        else:
            self._snapshots.observe(seconds)

    def put(self, reading: Reading) -> None:
        """The numbers now."""
        shard, tally = self._shard(), self._outputs.tally
        found = together([*self._edits.earlier, findings(shard)])
        put_counts(reading, gauges(shard), found, shard.wiring)
        put_alerts(reading, tally.alerts, tally.shadow, shard.wiring)
        put_shards(reading, {"all": shard}, shard.wiring, SYSTEM_CLOCK.wall())
        reading.put(catalog.SNAPSHOT, self._snapshots.counts())
        reading.put(catalog.UNWRITTEN, self._unwritten)
