"""Real processes are killed with SIGKILL, and the job comes to the right end."""

from __future__ import annotations

from pathlib import Path

from tests.recovery.deaths import KilledJob, recorded


def test_twelve_deaths(tmp_path: Path) -> None:
    deaths = 0
    for seed in range(1, 20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        lives = KilledJob(folder, seed, events=12_000).lives(most=12 - deaths)
        assert lives.same
        assert lives.said == ""
        deaths += lives.deaths
        if deaths >= 12:
            break
    assert deaths >= 12


def test_the_log_is_clean() -> None:
    log = recorded()
    assert sum(of.deaths for of in log) >= 200
    assert [of for of in log if not of.same or of.said] == []
