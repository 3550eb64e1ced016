"""Other rules for a shard that a worker runs."""

from __future__ import annotations

from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.shard_run import ShardRun, own_wiring
from cep.runtime.changeover.live import change_over
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.shard import Shard


def renewed(run: ShardRun, plan: WorkerPlan) -> tuple[Shard, ChangeReport]:
    """The shard that goes on where this one is, by the rules of `plan`, and what becomes of its state; this one stays
    as it is. To be called behind a commit, with no record read since. Raises `SnapshotError` where state would be lost
    that may not be."""
    wiring = own_wiring(plan.wiring, run.places, plan.sources)
    return change_over(run.shard, wiring, plan.values, redact=plan.redact, allow_reset=plan.allow_reset, find=plan.find)
