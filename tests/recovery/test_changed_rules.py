"""Power is cut while a run with edited rules goes on from the state of one with the rules before: the outputs hold in
the end what they hold when nothing is cut."""

from __future__ import annotations

from dataclasses import replace

from cep.plan.edits.verdict import Verdict
from cep.runtime.shard import Shard
from cep.runtime.snapshot_store import SnapshotStore
from cep.testing.simulated_disk import FATES, SimulatedDisk
from tests.recovery.checking import REFUSALS, Files, cut_off, cuts, steps_of
from tests.recovery.small_job import RULES, STATE, SmallJob, outputs

EDITS = [
    ("total > 40", "total > 45"),  # the old version of `not_shipped` finishes
    ("match by shop within 10m", "match by shop within 3m"),
    ("then c: Order where total > b.total", "then c: Order"),
    ("suppress for 1m", "suppress for 2m"),
    ("many: Order having count() >= 4", "many: Order where total > 10 having count() >= 3"),
]


def changed(job: SmallJob) -> SmallJob:
    """The same job with edited rules."""
    rules = RULES
    for old, new in EDITS:
        assert old in rules
        rules = rules.replace(old, new)
    return replace(job, rules=rules)


def left_behind(job: SmallJob) -> Files:
    """The disk of a run that is cut off half way."""
    steps = steps_of(job)
    disk, _ = cut_off(job, (len(steps) // 2, 0))
    return disk.after(FATES[0])


def finished(job: SmallJob, files: Files) -> dict[str, bytes]:
    """The outputs once the job has come to its end."""
    disk = SimulatedDisk(files=files)
    job.run(disk)
    return outputs(disk.files())


def test_power_cut_at_every_step_behind_an_edit() -> None:
    job = SmallJob.drawn(4, 30, piece=600)
    edited, before = changed(job), left_behind(job)
    expected = finished(edited, before)
    assert expected != finished(job, before), "the edit makes a difference"
    points = list(cuts(steps_of(edited, before)))
    seen: set[frozenset[tuple[object, bytes]]] = set()
    for cut in points:
        disk, _ = cut_off(edited, cut, before)
        for fate in FATES:
            files = disk.after(fate)
            if (state := frozenset(files.items())) in seen:
                continue
            seen.add(state)
            try:
                assert finished(edited, files) == expected, (cut, fate.name)
            except REFUSALS as error:
                raise AssertionError(f"{cut}, {fate.name}: the next run is refused: {error}") from error
    assert len(seen) > 200


def test_the_edits_have_several_verdicts() -> None:
    job = SmallJob.drawn(4, 30, piece=600)
    store = SnapshotStore(STATE, "all", SimulatedDisk(files=left_behind(job)))
    found = store.newest()
    assert found is not None
    report = Shard(changed(job).wiring).restore(found.parts)
    assert {change.verdict for change in report.changes} >= {Verdict.FINISH_OLD, Verdict.RECOMPUTE}
