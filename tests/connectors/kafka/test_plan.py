"""The settings of a worker's clients."""

from __future__ import annotations

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.plan import transaction_settings
from tests.simulation.feeds_job import FeedsJob


@pytest.mark.parametrize(
    ("guarantee", "commit", "lives"),
    [("exactly_once", 50, "80000"), ("exactly_once", 3600, "900000"), ("at_least_once", 50, "30000")],
)
def test_a_transaction_may_live_from_one_commit_to_the_next(guarantee: Guarantee, commit: int, lives: str) -> None:
    plan = FeedsJob({}, guarantee, commit * 1_000_000).plan("a")
    assert transaction_settings(plan)["transaction.timeout.ms"] == lives


def test_a_time_out_that_the_job_file_sets_stands() -> None:
    job = FeedsJob({}, properties={"transaction.timeout.ms": "5000"})
    assert transaction_settings(job.plan("a"))["transaction.timeout.ms"] == "5000"
