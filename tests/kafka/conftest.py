"""The broker that tests of this folder share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker.shared import Address, shared_broker
from tests.kafka.broker.toolchain import Unavailable, class_path
from tests.kafka.support import RealKafka

LEFT_OUT = "without a Kafka broker"


@pytest.fixture(scope="session")
def kafka_there() -> None:
    """Kafka can be started here. Where it cannot, tests that need it are left out; in CI that is a failure."""
    try:
        class_path()
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{LEFT_OUT}: {error}")
        pytest.skip(f"{LEFT_OUT}: {error}")


@pytest.fixture(scope="session")
def broker(kafka_there: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One broker for the whole run, also where several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    with shared_broker((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kafka") as address:
        yield address


@pytest.fixture
def broker_folder(kafka_there: None, tmp_path: Path) -> Path:
    """Where a test keeps a broker of its own, which it may kill."""
    return tmp_path / "broker"


@pytest.fixture
def kafka(broker: Address) -> Iterator[RealKafka]:
    """The adapter over the shared broker."""
    real = RealKafka(broker)
    yield real
    real.close()
