"""The verifier of deaths verified: over a real broker it finds each of three faults that are planted in the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kafka.broker.shared import Address
from tests.kafka.deaths.played import job_name, played
from tests.kafka.deaths.workers import Setting

pytestmark = [pytest.mark.kafka, pytest.mark.long]

DEATHS = {
    "offsets before flush": ["commit after"],
    "abort ignored": ["join", "join", "join"],
    "changelog skipped": ["random", "random"],
}
"""What brings a fault to light."""


@pytest.mark.parametrize("fault", DEATHS)
def test_a_planted_fault_is_found(broker: Address, tmp_path: Path, fault: str) -> None:
    # alerts wait in the client for a while, as they would on a slow network
    setting = Setting(job_name(5), "at_least_once", fault=fault, linger=1_000)
    lives = played(tmp_path / "job", broker.bootstrap, 5, DEATHS[fault], setting, pause=5.0, patience=20.0)
    assert lives.missed == []
    assert [what for what in lives.wrong if what.startswith(("missing in alerts", "missing in shadow"))]
