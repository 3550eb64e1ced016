"""The settings of a worker's clients."""

from __future__ import annotations

import pytest

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.plan import (
    admin_settings,
    group_settings,
    reader_settings,
    transaction_settings,
    writer_settings,
)
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


def test_each_client_is_given_what_it_knows() -> None:
    job = FeedsJob({})
    job.properties |= {
        "session.timeout.ms": "6000",
        "linger.ms": "1",
        "client.id": "me",
        "fetch.min.bytes": "10",
        "group.instance.id": "one",
        "group.id": "others",
    }
    plan = job.plan("a")
    own = {"session.timeout.ms", "linger.ms", "fetch.min.bytes", "group.instance.id"}
    assert own & group_settings(plan).keys() == own - {"linger.ms"}
    assert own & reader_settings(plan).keys() == {"session.timeout.ms", "fetch.min.bytes"}
    assert own & transaction_settings(plan).keys() == own & writer_settings(plan).keys() == {"linger.ms"}
    assert own & admin_settings(plan.properties).keys() == set()
    assert "transactional.id" in transaction_settings(plan)
    assert "transactional.id" not in writer_settings(plan)
    assert reader_settings(plan)["group.id"] == "feeds-restore"
    made = (group_settings(plan), reader_settings(plan), transaction_settings(plan), writer_settings(plan))
    assert all(settings["client.id"] == "me" for settings in made)
