"""A process that talks to the cluster: it can be killed, frozen, and cut off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from cep.connectors.kafka.port import Consumer, KafkaFailure, Producer
from cep.testing.simulated_kafka.admin import SimulatedAdmin
from cep.testing.simulated_kafka.consumer import SimulatedConsumer
from cep.testing.simulated_kafka.failures import INJECTED, failure
from cep.testing.simulated_kafka.faults import Died, Fault, Moment
from cep.testing.simulated_kafka.producer import SimulatedProducer
from cep.testing.simulated_kafka.settings import Settings

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.client import Client
    from cep.testing.simulated_kafka.cluster import SimulatedKafka

T = TypeVar("T")
C = TypeVar("C", bound="Client")


class SimulatedProcess:
    """One process, and as such the port's `Kafka`: the clients it makes live and die with it."""

    def __init__(self, cluster: SimulatedKafka, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.is_dead = False
        self.is_frozen = False
        self.is_cut = False
        self._clients: list[Client] = []

    # ------------------------------------------------------------ the port

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> Consumer:
        """A client that reads."""
        return self.call(
            "kafka.consumer", lambda: self._add(SimulatedConsumer(self, Settings(settings), headers=headers))
        )

    def producer(self, settings: Mapping[str, str]) -> Producer:
        """A client that writes."""
        return self.call("kafka.producer", lambda: self._add(SimulatedProducer(self, Settings(settings))))

    def admin(self, settings: Mapping[str, str]) -> SimulatedAdmin:
        """A client that looks at topics."""
        return self.call("kafka.admin", lambda: self._add(SimulatedAdmin(self, Settings(settings))))

    # ------------------------------------------------------------ what befalls it

    @property
    def is_connected(self) -> bool:
        """Whether what it sends arrives: it runs, the broker runs, and the network is there between them."""
        return not (self.is_dead or self.is_frozen or self.is_cut) and self.cluster.is_up

    def kill(self) -> None:
        """End it as SIGKILL does: what is in its memory is gone; what the brokers know of it stays."""
        self.is_dead = True
        for client in self._clients:
            client.vanish()
        self._clients.clear()

    def freeze(self) -> None:
        """Stop it as SIGSTOP does; it may not be called until `thaw`."""
        self.is_frozen = True
        self._tell_disconnected()

    def thaw(self) -> None:
        """Let a frozen process go on: it does not know how long it has slept."""
        self.is_frozen = False
        self.tell_connected()

    def cut(self) -> None:
        """Take its network away."""
        self.is_cut = True
        self._tell_disconnected()

    def mend(self) -> None:
        """Give its network back."""
        self.is_cut = False
        self.tell_connected()

    def tell_connected(self) -> None:
        """The way to the broker is there again, if nothing else is in it."""
        if self.is_connected:
            for client in self._clients:
                client.connected()

    def _tell_disconnected(self) -> None:
        for client in self._clients:
            client.disconnected()

    # ------------------------------------------------------------ calls

    def call(self, name: str, effect: Callable[[], T], client: Client | None = None) -> T:
        """A call of the port, which is a failure point: `effect` is what it does."""
        if self.is_dead:
            raise Died(self.name)
        if self.is_frozen:
            raise RuntimeError(f"{self.name} is frozen, and was called")
        fault = self.cluster.faults.enter(self.name, name)
        if fault is not None and fault.moment is Moment.BEFORE:
            raise self._befall(fault, name, client)
        result = effect()
        if fault is not None and fault.moment is Moment.AFTER:
            raise self._befall(fault, name, client)
        return result

    def reach(self, seconds: float) -> None:
        """Wait for the broker, at most so long. Raises `KafkaFailure`."""
        if not self.cluster.clock.wait(seconds, lambda: self.is_connected):
            raise failure("_TIMED_OUT", "the broker did not answer in time")

    def _befall(self, fault: Fault, name: str, client: Client | None) -> BaseException:
        if fault.trouble is None:
            self.kill()
            return Died(self.name)
        failed = KafkaFailure(fault.trouble, INJECTED[fault.trouble], f"asked for at {name}")
        return client.suffer(name, failed) if client is not None else failed

    def _add(self, client: C) -> C:
        self._clients.append(client)
        return client
