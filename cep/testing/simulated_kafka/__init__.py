"""A Kafka in memory, behind the same port as the real one (`cep.connectors.kafka.port`).

Single-threaded, in virtual time, and the same for the same seed: `SimulatedKafka(seed)`. A `process` of it is the
port's `Kafka`, and can be killed, frozen and cut off; every call is a failure point (`faults`).
"""

from cep.testing.simulated_kafka.clock import VirtualClock
from cep.testing.simulated_kafka.cluster import SimulatedKafka
from cep.testing.simulated_kafka.faults import DEATHS, TIME_OUTS, Died, Fault, Faults, Moment, Point, every_fault
from cep.testing.simulated_kafka.process import SimulatedProcess

__all__ = [
    "DEATHS",
    "TIME_OUTS",
    "Died",
    "Fault",
    "Faults",
    "Moment",
    "Point",
    "SimulatedKafka",
    "SimulatedProcess",
    "VirtualClock",
    "every_fault",
]
