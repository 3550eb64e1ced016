"""Other rules for a shard that a worker runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cep.connectors.kafka.plan import WorkerPlan
from cep.connectors.kafka.shard_run import ShardRun, own_wiring
from cep.connectors.kafka.taking_up import Run
from cep.runtime.changeover.live import change_over
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.shard import Shard
from cep.runtime.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Renewed:
    """What becomes of a shard's state under other rules; `take`: go on by them."""

    report: ChangeReport
    take: Callable[[], None]


def renewed(run: Run, plan: WorkerPlan) -> Renewed:
    """The shard that goes on where this one is, by the rules of `plan`, and what becomes of its state; this one stays
    as it is until they are taken. To be called behind a commit, with no record read since. Raises `SnapshotError` where
    state would be lost that may not be."""
    if isinstance(run, ShardRun):
        after, report = _after(run, plan, own_wiring(plan.wiring, run.places, plan.sources))
        return Renewed(report, partial(run.change, after))
    group, _ = plan.topology.group(run.number)
    after, report = _after(run, plan, group.wiring)
    return Renewed(report, partial(run.change, after, group))


def _after(run: Run, plan: WorkerPlan, wiring: Wiring) -> tuple[Shard, ChangeReport]:
    return change_over(run.shard, wiring, plan.values, redact=plan.redact, allow_reset=plan.allow_reset, find=plan.find)
