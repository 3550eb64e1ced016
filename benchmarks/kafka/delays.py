"""From the writing of an event to the alert that it completes, as a consumer of the alerts gets it, by the clock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

import msgspec

from benchmarks.kafka.stand import PARTITIONS, ROOT, Stand, Worker
from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.port import END_OF_LOG, Position

RULES = """\
event pay { user: string  amount: float  ts: timestamp  sent: int } time ts lateness 0s
rule small_then_big {
  match by user within 20s
    a: pay where amount < 20
    then b: pay where amount > 800
  emit { sent: b.sent }
  after match skip past last
}
"""
MILLI = 1e3


class _Fields(msgspec.Struct):
    sent: int


class _Alert(msgspec.Struct):
    """What is read of an alert."""

    fields: _Fields


@dataclass
class Heard:
    """Delays of alerts, and when each came, in seconds."""

    at: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    def between(self, first: float, last: float) -> list[float]:
        """Delays of alerts that came in this time."""
        return [delay for at, delay in zip(self.at, self.delays, strict=True) if first <= at < last]


def percentile(delays: list[float], percent: int) -> float:
    """Seconds within which so many of the alerts came."""
    return quantiles(delays, n=100)[percent - 1]


@contextmanager
def traffic(
    stand: Stand, name: str, guarantee: Guarantee, rate: int, seconds: float, renewed: float = 0.0
) -> Iterator[tuple[Worker, Callable[[float], Heard]]]:
    """A worker over events that are being written; and who listens for its alerts for so many seconds."""
    topic = stand.topic(f"{name}-events")
    worker = Worker(stand.job(name, topic, RULES, guarantee))
    consumer = stand.kafka.consumer({**stand.settings, "group.id": f"{name}-listener"})
    consumer.start([Position(f"{name}-alerts", number, END_OF_LOG) for number in range(PARTITIONS)])
    worker.await_owned()
    pace = ["--rate", str(rate), "--seconds", str(seconds), "--renewed", str(renewed)]
    command = [sys.executable, "-m", "benchmarks.kafka.generator", stand.servers, topic, *pace]
    generator = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    decode = msgspec.json.Decoder(_Alert).decode
    heard = Heard()

    def listen(limit: float) -> Heard:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            for fetched in consumer.poll(10_000, 0.05).fetched:
                now = time.time()
                for value in fetched.values:
                    if value is not None:
                        heard.at.append(now)
                        heard.delays.append(now - decode(value).fields.sent / 1e6)
        return heard

    try:
        yield worker, listen
    finally:
        generator.kill()
        generator.wait()
        worker.close()
        consumer.close()


def delays(stand: Stand, name: str, guarantee: Guarantee, rate: int, seconds: float) -> dict[str, float]:
    """Milliseconds from the writing of an event to its alert, without the first seconds, in which caches fill."""
    with traffic(stand, name, guarantee, rate, seconds) as (worker, listen):
        heard = listen(seconds)
        told = worker.figures()
    settled = heard.between(heard.at[0] + seconds / 6, heard.at[-1])
    return {
        "alerts": len(settled),
        "median_ms": percentile(settled, 50) * MILLI,
        "p99_ms": percentile(settled, 99) * MILLI,
        "us_per_event": told["cpu"] / told["events"] * 1e6,
        "events": told["events"],
    }
