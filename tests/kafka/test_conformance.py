"""The simulated Kafka and the real one do the same, as far as the scenarios go."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest

from cep.connectors.kafka.confluent import Librdkafka
from cep.testing.simulated_kafka import SimulatedKafka
from tests.kafka.broker.shared import Address
from tests.kafka.conformance import groups, scenarios
from tests.kafka.conformance.stage import Stage

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
def test_real(scenario: Scenario, broker: Address) -> None:
    stage = Stage(uuid.uuid4().hex[:8], Librdkafka, time.sleep, {"bootstrap.servers": broker.bootstrap})
    try:
        scenario(stage)
    finally:
        stage.close()
