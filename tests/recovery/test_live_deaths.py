"""Real processes take edited rules and are killed with SIGKILL a moment later; in the end the outputs hold what a
replay over the recorded points gives."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.recovery.deaths import KilledJob
from tests.recovery.small_job import KINDS, RULES

VERSIONS = [
    RULES,
    RULES.replace("total > 40", "total > 45").replace("match by shop within 10m", "match by shop within 3m"),
    RULES.replace("then c: Order where total > b.total", "then c: Order").replace("within 1m\n", "within 2m\n"),
]
_REPLAY = ["--to", "again/alerts", "--shadow", "again/shadow", "--late", "again/late"]


class EditedJob(KilledJob):
    """A job whose rules are edited before each death, sometimes with the time to take them."""

    edits = 0

    def _killed(self, process: subprocess.Popen[bytes]) -> bool:
        wanted = self._newest() + self._chance.choice([1, 2, 3])
        while self._newest() < wanted and process.poll() is None:
            time.sleep(0.0005)
        self.edits += 1
        (self.folder / "rules.pattern").write_text(VERSIONS[self.edits % len(VERSIONS)])
        if process.poll() is None:
            process.send_signal(signal.SIGHUP)
        time.sleep(self._chance.random() * self._chance.choice([0.001, 0.1, 0.5, 1.0]))
        process.kill()
        return process.wait(60) == -signal.SIGKILL

    def replayed(self) -> bool:
        """Whether a replay gives the bytes that are in the outputs."""
        command = [sys.executable, "-m", "cep", "run", "job.yaml", "--replay", "state", "--quiet"]
        more = [*_REPLAY, "--dead-letters", "again/dead_letters"]
        subprocess.run([*command, *more], cwd=self.folder, check=True, timeout=120)
        return all(
            (self.folder / "again" / kind).read_bytes() == (self.folder / "out" / kind).read_bytes() for kind in KINDS
        )


def test_deaths_around_changes_under_way(tmp_path: Path) -> None:
    deaths = taken = 0
    for seed in range(1, 12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        job = EditedJob(folder, seed, events=25_000)
        lives = job.lives(most=6)
        deaths += lives.deaths
        taken += lives.said.count(" of the rules taken at ")
        assert "error" not in lives.said and "exit code" not in lives.said
        assert job.replayed()
        if deaths >= 6 and taken >= 2:
            break
    assert deaths >= 6
    assert taken >= 2, "some were killed behind a change under way"
