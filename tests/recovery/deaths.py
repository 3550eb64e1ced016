"""Real processes killed with SIGKILL until the job is done: `python -m tests.recovery.deaths --count 50`.

Each line of `tests/recovery/deaths.jsonl` is one job that came to its end: the seed of its inputs, how often it was
killed on the way, and whether its outputs hold the bytes of an undisturbed run. May be broken off; lines add up.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.recovery.small_job import KINDS, RULES, orders, shipments

LOG = Path(__file__).parent / "deaths.jsonl"
JOB = """\
job: killed
rules: [rules.pattern]
sources:
  orders: {file: orders.jsonl, type_field: type}
  shipments: {file: shipments.jsonl, type_field: type}
alerts: {file: OUT/alerts, evidence: ids}
shadow: {file: OUT/shadow}
late: {file: OUT/late}
dead_letters: {file: OUT/dead_letters}
"""
_ROOT = Path(__file__).parents[2]
_PATIENCE = 300
"""Seconds after which a process that neither ends nor writes a snapshot counts as hanging."""


@dataclass(frozen=True)
class Lives:
    """One job: `deaths` on the way, whether the outputs are the same, what the processes said that they should not."""

    seed: int
    deaths: int
    same: bool
    said: str


class KilledJob:
    """A job in a folder, run by processes that are killed."""

    def __init__(self, folder: Path, seed: int, events: int = 30_000) -> None:
        self.folder = folder
        self.seed = seed
        self._chance = random.Random(seed)
        (folder / "rules.pattern").write_text(RULES)
        (folder / "job.yaml").write_text(JOB.replace("OUT", "out") + "state: {dir: state, every: 0s}\n")
        (folder / "plain.yaml").write_text(JOB.replace("OUT", "plain"))
        (folder / "orders.jsonl").write_bytes(orders(self._chance, events))
        (folder / "shipments.jsonl").write_bytes(shipments(self._chance, events))

    def lives(self, most: int) -> Lives:
        """Run the job to its end, after at most `most` deaths."""
        assert self._process("plain.yaml").wait(_PATIENCE) == 0
        deaths, said = 0, ""
        while True:
            process = self._process("job.yaml")
            if deaths < most and self._killed(process):
                deaths += 1
                said += self._said(process)
                continue
            code = process.wait(_PATIENCE)
            said += self._said(process)
            if code != 0:
                said += f"exit code {code}"
            return Lives(self.seed, deaths, self._same(), said)

    def _process(self, job: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "cep", "run", job, "--quiet"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stderr=subprocess.PIPE,
        )

    def _said(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stderr is not None
        return process.stderr.read().decode()

    def _killed(self, process: subprocess.Popen[bytes]) -> bool:
        """Kill it, at any time after its start or a moment after one of its snapshots; False if it ended before."""
        wanted = self._newest() + self._chance.choice([0, 0, 1, 1, 2, 3])
        began = time.monotonic()
        while wanted and self._newest() < wanted and process.poll() is None:
            time.sleep(0.0005)
            if time.monotonic() - began > _PATIENCE:
                break
        time.sleep(self._chance.random() * self._chance.choice([0.001, 0.02, 0.3]))
        process.kill()
        return process.wait(_PATIENCE) == -9

    def _newest(self) -> int:
        """The sequence of the newest snapshot."""
        names = (path.name.split(".") for path in self.folder.glob("state/all.*.snapshot"))
        return max((int(parts[1]) for parts in names), default=0)

    def _same(self) -> bool:
        return all(
            (self.folder / "out" / kind).read_bytes() == (self.folder / "plain" / kind).read_bytes() for kind in KINDS
        )


def recorded() -> list[Lives]:
    """The jobs in the log."""
    return [Lives(**json.loads(line)) for line in LOG.read_text().splitlines()] if LOG.exists() else []


def main() -> int:
    """Run jobs until as many deaths have been added as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="how many deaths to add at least")
    count = parser.parse_args().count
    before = recorded()
    seed, added, wrong = max((of.seed for of in before), default=0) + 1, 0, 0
    while added < count:
        with tempfile.TemporaryDirectory() as folder:
            lives = KilledJob(Path(folder), seed).lives(most=20)
        with LOG.open("a") as log:
            log.write(json.dumps(asdict(lives)) + "\n")
        added += lives.deaths
        wrong += not lives.same or bool(lives.said)
        seed += 1
        print(f"seed {lives.seed}: {lives.deaths} deaths, {'same' if lives.same else 'OTHER'} bytes {lives.said}")
    print(f"{added + sum(of.deaths for of in before)} deaths so far")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
