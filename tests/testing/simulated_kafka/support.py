"""Short ways to do what the tests do often."""

from collections.abc import Iterable

from cep.connectors.kafka.port import BEGINNING_OF_LOG, Consumer, Polled, Position, Producer
from cep.testing.simulated_kafka import SimulatedKafka, SimulatedProcess


def transactional(process: SimulatedProcess, name: str = "t", **settings: str) -> Producer:
    """A producer that is ready to begin."""
    producer = process.producer(
        {"transactional.id": name, **{key.replace("_", "."): each for key, each in settings.items()}}
    )
    producer.init_transactions(10)
    return producer


def reading(
    process: SimulatedProcess, *places: tuple[str, int], offset: int = BEGINNING_OF_LOG, **settings: str
) -> Consumer:
    """A consumer that reads partitions."""
    consumer = process.consumer({"group.id": "g", **{key.replace("_", "."): each for key, each in settings.items()}})
    consumer.start([Position(*place, offset) for place in places])
    return consumer


def drain(consumer: Consumer, seconds: float = 0.1) -> Polled:
    """All that can be read now, put together by partition, and the last end of each."""
    whole = Polled()
    quiet = 0
    while quiet < 3:
        polled = consumer.poll(100, seconds)
        quiet = 0 if polled.fetched or polled.ends else quiet + 1
        whole.fetched += polled.fetched
        whole.failures += polled.failures
        gone = {end.place for end in polled.ends}
        whole.ends = [end for end in whole.ends if end.place not in gone] + polled.ends
    return whole


def values(polled: Polled) -> list[bytes | None]:
    """Values in the order of their partitions and offsets."""
    found = sorted(
        (f.place, offset, value) for f in polled.fetched for offset, value in zip(f.offsets, f.values, strict=True)
    )
    return [value for _, _, value in found]


def offsets(polled: Polled) -> list[int]:
    """Offsets as they came."""
    return [offset for each in polled.fetched for offset in each.offsets]


def stored(kafka: SimulatedKafka, topic: str, *, committed: bool = True) -> list[bytes | None]:
    """The values that can be read of a topic."""
    return [entry.value for entry in kafka.records(topic, committed=committed)]


def write(kafka: SimulatedKafka, topic: str, given: Iterable[bytes], partition: int = 0) -> None:
    """Records from outside."""
    for value in given:
        kafka.write(topic, value, partition=partition)
