"""What the three kinds of clients have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cep.connectors.kafka.port import KafkaFailure

if TYPE_CHECKING:
    from cep.testing.simulated_kafka.process import SimulatedProcess
    from cep.testing.simulated_kafka.settings import Settings

T = TypeVar("T")


class Client:
    """A client of one process. Its memory is the process's; its calls are failure points."""

    kind = "client"

    def __init__(self, process: SimulatedProcess, settings: Settings) -> None:
        self.process = process
        self.cluster = process.cluster
        self.settings = settings

    def call(self, name: str, effect: Callable[[], T]) -> T:
        """A call of the port."""
        return self.process.call(f"{self.kind}.{name}", effect, self)

    def remote(self, name: str, seconds: float, effect: Callable[[], T]) -> T:
        """A call of the port that needs the broker, and waits for it."""

        def reaching() -> T:
            self.process.reach(seconds)
            return effect()

        return self.call(name, reaching)

    def suffer(self, call: str, failed: KafkaFailure) -> KafkaFailure:
        """A test wants this call to fail: take the state that goes with it, and say what is raised."""
        return failed

    def vanish(self) -> None:
        """The process has died."""

    def disconnected(self) -> None:
        """The broker hears nothing of it from now on."""

    def connected(self) -> None:
        """The broker hears of it again."""
