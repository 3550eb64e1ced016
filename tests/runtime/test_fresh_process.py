"""Cut after any event, and go on in another process, under another hash seed, that sees no old event."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cep.runtime.shard import Shard
from cep.runtime.snapshot_file import write_snapshot
from tests.runtime.continuation import PARTITIONS, ROWS, feed, log, rest, wiring
from tests.runtime.support import lines

ROOT = Path(__file__).parents[2]
SEED = 4
HASH_SEEDS = ("1", "2", "33")
RULES = {
    "loop", "every", "grouped", "head_threshold", "later_threshold", "silence", "first_seen", "between", "throttled",
    "ordered", "grows", "longest", "both", "passed_on",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Continued:
    """A log run in one go, and from each cut on in other processes.

    `before[i]`: the alerts told until record `i`. `processes`: what each child said.
    """

    whole: list[str]
    before: list[list[str]]
    processes: list[dict[str, Any]]


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory) -> Continued:
    """Cuts after none, one, two … of the records, each carried on in every process."""
    folder = tmp_path_factory.mktemp("cuts")
    wired, rows = wiring(), log(SEED)
    tested = Shard(wired)
    before: list[list[str]] = []
    told: list[str] = []
    for cut in range(ROWS + 1):
        told += [line.decode() for line in feed(tested, rows[cut - 1 : cut] if cut else [])]
        before.append(list(told))
        write_snapshot(folder / f"{cut:03}.state", tested.snapshot())
        (folder / f"{cut:03}.rows").write_text(json.dumps(rows[cut:]))
    children = [_child(folder, seed) for seed in HASH_SEEDS]
    whole = Shard(wired)
    alerts = [line.decode() for line in feed(whole, rows)] + rest(whole)["alerts"]
    return Continued(alerts, before, [_said(child) for child in children])


def _child(folder: Path, seed: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.continuation", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )


def _said(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    said: dict[str, Any] = json.loads(out)
    return said


def test_the_log_moves_every_rule_and_some_of_it_is_held_back_or_late() -> None:
    tested = Shard(wiring())
    alerts = feed(tested, log(SEED))
    assert tested.held() > 0 and tested.stats.late > 0
    assert {json.loads(line)["rule"] for line in alerts + lines(tested.finish())} == RULES


def test_the_processes_hash_differently(continued: Continued) -> None:
    assert len({said["hash"] for said in continued.processes} | {hash("a string")}) == len(HASH_SEEDS) + 1


@pytest.mark.parametrize("number", range(len(HASH_SEEDS)))
def test_from_every_cut_on_the_same_alerts_follow(continued: Continued, number: int) -> None:
    cuts = continued.processes[number]["cuts"]
    assert sorted(cuts) == [f"{cut:03}" for cut in range(ROWS + 1)]
    for cut, before in enumerate(continued.before):
        assert before + cuts[f"{cut:03}"]["alerts"] == continued.whole, f"cut after {cut} records"


@pytest.mark.parametrize("number", range(len(HASH_SEEDS)))
def test_a_restored_shard_writes_the_snapshot_it_was_made_of(continued: Continued, number: int) -> None:
    others = [cut for cut, said in continued.processes[number]["cuts"].items() if not said["same"]]
    assert others == []


def test_after_the_end_nothing_is_open_wherever_it_was_cut(continued: Continued) -> None:
    left = {(said["open"], said["held"]) for process in continued.processes for said in process["cuts"].values()}
    assert left == {(0, 0)}


@pytest.mark.parametrize("cut", range(0, ROWS + 1, 7))
def test_after_all_spans_have_ended_the_snapshot_is_that_of_an_empty_shard(cut: int) -> None:
    wired, rows, later = wiring(), log(SEED), 10**10
    first = Shard(wired)
    feed(first, rows[:cut])
    tested = Shard(wired)
    tested.restore(first.snapshot())
    feed(tested, rows[cut:])
    tested.advance(later)
    empty = Shard(wired)
    for topic, number in PARTITIONS:
        empty.pass_over(topic, number, sum(row[:2] == (topic, number) for row in rows))
    empty.advance(later)
    assert tested.snapshot() == empty.snapshot()
