"""The simulated Kafka and the real one do the same, as far as the scenarios go."""

from __future__ import annotations

import importlib
import importlib.util
import time
import uuid
from collections.abc import Callable

import pytest

from cep.testing.simulated_kafka import SimulatedKafka
from tests.kafka.conformance import groups, scenarios
from tests.kafka.conformance.stage import Stage

_CLIENT = "cep.connectors.kafka.confluent"
Scenario = Callable[[Stage], None]
ALL: tuple[Scenario, ...] = (*scenarios.SCENARIOS, *groups.SCENARIOS)
every_scenario = pytest.mark.parametrize("scenario", ALL, ids=[each.__name__ for each in ALL])


@every_scenario
@pytest.mark.parametrize("seed", range(5))
def test_simulated(scenario: Scenario, seed: int) -> None:
    cluster = SimulatedKafka(seed)
    stage = Stage("s", cluster.process, cluster.clock.advance, {})
    scenario(stage)
    stage.close()


@pytest.mark.long
@every_scenario
@pytest.mark.kafka
@pytest.mark.skipif(importlib.util.find_spec(_CLIENT) is None, reason="no client of a real Kafka as yet")
def test_real(scenario: Scenario, request: pytest.FixtureRequest) -> None:
    client = importlib.import_module(_CLIENT).Librdkafka
    address = request.getfixturevalue("broker")
    stage = Stage(uuid.uuid4().hex[:8], client, time.sleep, {"bootstrap.servers": address.bootstrap})
    try:
        scenario(stage)
    finally:
        stage.close()
