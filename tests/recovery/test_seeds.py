"""Drawn runs that are broken off several times; thousands more with `python -m tests.recovery`."""

from __future__ import annotations

import json

import pytest

from tests.recovery.__main__ import RECORD
from tests.recovery.seeds import drawn_run
from tests.recovery.test_every_cut import AlertsLater


def test_drawn_runs_end_as_undisturbed_ones() -> None:
    outcomes = [drawn_run(seed) for seed in range(25)]
    assert [(seed, found.trouble) for seed, found in enumerate(outcomes) if found.trouble] == []
    assert sum(found.breaks for found in outcomes) > 40


@pytest.mark.long
def test_many_drawn_runs() -> None:
    troubles = ((seed, drawn_run(seed).trouble) for seed in range(1_000_000, 1_003_000))
    assert [found for found in troubles if found[1]] == []


def test_drawn_runs_find_an_offset_that_is_saved_too_early() -> None:
    assert any(drawn_run(seed, AlertsLater).trouble for seed in range(100))


def test_the_record_has_thousands_of_runs_and_no_failure() -> None:
    record = json.loads(RECORD.read_text())
    assert record["next"] >= 3000
    assert record["failed"] == []
