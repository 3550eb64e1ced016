"""Workers over a simulated cluster, and what is to be found in its outputs in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from cep.connectors.kafka.making import Made, make_worker
from cep.connectors.kafka.port import KafkaFailure
from cep.connectors.kafka.retrying import GaveUp
from cep.connectors.kafka.worker import Worker
from cep.testing.simulated_kafka import Died, SimulatedKafka, SimulatedProcess
from tests.simulation.feeds_job import SINKS, FeedsJob

ROUNDS = 3_000
"""Rounds after which a run that does not come to its end has failed."""


@dataclass
class Living:
    """A worker in a process of its own."""

    process: SimulatedProcess
    made: Made
    stop: bool = False

    @property
    def worker(self) -> Worker:
        """The worker itself."""
        return self.made.worker


@dataclass
class World:
    """A job's workers by name."""

    job: FeedsJob
    cluster: SimulatedKafka
    living: dict[str, Living] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    deaths: int = 0

    def start(self, name: str) -> None:
        """Start a worker, or start it again after its death; whatever befalls it then."""
        process = self.cluster.process(name)
        made: Made | None = None
        try:
            made = make_worker(
                process,
                self.job.plan(name),
                stop=lambda: name in self.living and self.living[name].stop,
                tell=self.said.append,
                clock=self.cluster.clock,
                wait=self.cluster.clock.advance,
            )
            made.worker.join()
        except Died:
            self.died(name, process)
        except (GaveUp, KafkaFailure) as error:
            self.failed(name, process, made, error)
        else:
            self.living[name] = Living(process, made)

    def failed(self, name: str, process: SimulatedProcess, made: Made | None, error: Exception) -> None:
        """A worker ends by itself: it lets go of everything, as far as it comes."""
        self.said.append(f"{name}: {error}")
        if made is not None:
            with suppress(Died, KafkaFailure, GaveUp):
                made.opened.close()
        self.died(name, process)

    def died(self, name: str, process: SimulatedProcess) -> None:
        """A worker is gone, with all that was in its memory."""
        process.kill()
        self.living.pop(name, None)
        self.deaths += 1

    def freeze(self, name: str, seconds: float) -> None:
        """Stop a worker's process for a while, as SIGSTOP does."""
        process = self.living[name].process
        process.freeze()
        self.cluster.clock.after(seconds, process.thaw)

    def cut(self, name: str, seconds: float) -> None:
        """Take the network from a worker for a while."""
        process = self.living[name].process
        process.cut()
        self.cluster.clock.after(seconds, process.mend)

    def leave(self, name: str) -> None:
        """Let a worker end as SIGTERM does."""
        living = self.living[name]
        if living.process.is_frozen:
            return
        living.stop = True
        self.attempt(name, living.worker.leave)
        if name in self.living:
            living.process.kill()
            del self.living[name]

    def round(self, name: str) -> None:
        """Let a worker do one round; start it where it is dead."""
        if name not in self.living:
            self.start(name)
            return
        if self.living[name].process.is_frozen:
            self.cluster.clock.advance(0.1)
            return
        self.attempt(name, self.living[name].worker.round)

    def rounds(self, name: str, count: int, pause: float = 0.0) -> None:
        """Let a worker do several, seconds apart."""
        for _ in range(count):
            self.round(name)
            if pause:
                self.cluster.clock.advance(pause)

    def attempt(self, name: str, work: Callable[[], object]) -> None:
        """Let a worker do something; what ends its process then."""
        living = self.living[name]
        try:
            work()
        except Died:
            self.died(name, living.process)
        except (KafkaFailure, GaveUp) as failure:
            self.failed(name, living.process, living.made, failure)

    def run(self, *names: str) -> None:
        """Let the workers take turns until everything was read and committed."""
        for _ in range(ROUNDS):
            for name in names:
                self.round(name)
            if self.is_done:
                return
            # Whoever died may hold its share until its session is over.
            self.cluster.clock.advance(0.3)
        raise AssertionError(f"not done after {ROUNDS} rounds: {self.said[-5:]}")

    @property
    def is_done(self) -> bool:
        """Whether all shards are owned, have read everything, and have committed it."""
        ends = self.job.ends()
        done: set[int] = set()
        for living in self.living.values():
            if living.process.is_frozen:
                continue
            for run in living.worker.runs.values():
                if run.touched or run.is_catching_up:
                    return False
                if all(offset >= ends.get((topic, number), 0) for topic, number, offset in run.shard.positions()):
                    done.add(run.number)
        return done >= set(self.job.topology.numbers)

    def found(self) -> dict[str, Counter[bytes]]:
        """The lines of each output, as a consumer of committed records reads them."""
        return {
            kind: Counter(entry.value for entry in self.cluster.records(topic) if entry.value is not None)
            for kind, topic in SINKS.items()
        }


def differences(job: FeedsJob, found: dict[str, Counter[bytes]]) -> list[str]:
    """What is not as an undisturbed pass would have it: missing or made up under both guarantees, doubled under
    `exactly_once`."""
    wrong = []
    for kind, expected in job.expected().items():
        lines = found[kind]
        wrong += [f"missing in {kind}: {line.decode()}" for line in expected - lines]
        wrong += [f"made up in {kind}: {line.decode()}" for line in lines if line not in expected]
        if job.guarantee == "exactly_once":
            wrong += [f"doubled in {kind}: {line.decode()}" for line in lines if 0 < expected[line] < lines[line]]
    return wrong
