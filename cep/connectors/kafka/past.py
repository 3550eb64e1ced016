"""What was counted in shards that a worker does not own any more."""

from __future__ import annotations

from dataclasses import replace

from cep.runtime.shard import Shard
from cep.runtime.summary import Findings, Gauges, findings, gauges, together


class Past:
    """Sums over shards that were let go."""

    def __init__(self) -> None:
        self.gauges = Gauges(0, 0, 0, 0, 0, 0, None)
        self.findings = Findings()

    def changed(self, shard: Shard) -> None:
        """A shard goes on with other rules: what was found by those before. What is counted goes on with it."""
        self.findings = together([self.findings, findings(shard)])

    def add(self, shard: Shard, *, still: bool = False) -> None:
        """A shard is let go. `still`: the run ends with it, so that what is open in it counts; else it is somebody
        else's to tell."""
        now = gauges(shard)
        if not still:
            now = replace(now, open_runs=0, waiting=0, watermark=None)
        self.gauges = self.gauges.plus(now)
        self.findings = together([self.findings, findings(shard)])
