"""A live alert feed over a real broker: `make kafka-demo`.

Starts Apache Kafka on loopback, a generator of payments, and two workers of `job.yaml`; prints alerts as they come.
Half way one worker is killed, and the other goes on. Ends with exit code 1 unless every fraud was told exactly once.
Needs Java 17 and Maven, which fetches Kafka on the first run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Consumer, Position, Producer, TopicInfo
from tests.kafka.broker.server import Broker

HERE = Path(__file__).parent
PARTITIONS = 4
SECONDS = 20.0
"""How long payments are made."""
PATIENCE = 60.0
"""How long the last alerts may take."""


def start_worker(servers: str) -> subprocess.Popen[bytes]:
    """One worker, as anybody would start it."""
    command = [sys.executable, "-m", "cep", "run", str(HERE / "job.yaml")]
    return subprocess.Popen(command, env={**os.environ, "SERVERS": servers})


class Payments:
    """Makes payments, and now and then a fraud."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._chance = random.Random(7)
        self.frauds = 0
        self.made = 0

    def pay(self, card: str, amount: str) -> None:
        """One payment, now."""
        line = {"card": card, "amount": float(amount), "at": time.time_ns() // 1_000_000}
        # one partition for each card: the rule is keyed by it
        self._producer.produce("payments", json.dumps(line).encode(), card.encode())
        self.made += 1

    def some(self) -> None:
        """A few ordinary payments, and one time in four a fraud on a card of its own."""
        for _ in range(20):
            self.pay(f"card-{self._chance.randrange(1_000)}", f"{self._chance.uniform(5, 300):.2f}")
        if self._chance.random() < 0.25:
            self.frauds += 1
            for amount in ("1.00", "0.50", "1.20", "899.00"):
                self.pay(f"stolen-{self.frauds}", amount)

    def tick(self) -> None:
        """Payments that let event time go on in each partition."""
        for number in range(64):
            self.pay(f"tick-{number}", "10.00")


def told(consumer: Consumer, seconds: float) -> list[str]:
    """The cards of the alerts that have come, each printed."""
    cards = []
    for fetched in consumer.poll(1_000, seconds).fetched:
        for value in fetched.values:
            alert = json.loads(value or b"{}")
            cards.append(alert["fields"]["card"])
            print(f"ALERT {alert['rule']} {alert['fields']} {alert['alert_id']}", flush=True)
    return cards


def main() -> int:
    """Run it all."""
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        kafka, settings = Librdkafka(), {"bootstrap.servers": broker.bootstrap}
        admin = kafka.admin(settings)
        for topic in ("payments", "alerts"):
            admin.create(TopicInfo(topic, PARTITIONS), 30)
        admin.close()
        workers = [start_worker(broker.bootstrap) for _ in range(2)]
        producer, consumer = kafka.producer(settings), kafka.consumer({**settings, "group.id": "feed"})
        consumer.start([Position("alerts", number, 0) for number in range(PARTITIONS)])
        payments, alerts = Payments(producer), Counter[str]()
        try:
            started = time.monotonic()
            while time.monotonic() < started + SECONDS:
                payments.some()
                alerts.update(told(consumer, 0.1))
                if len(workers) == 2 and time.monotonic() > started + SECONDS / 2:
                    workers.pop().kill()
                    print("one worker was killed; the other goes on", flush=True)
            end = time.monotonic() + PATIENCE
            while len(alerts) < payments.frauds and workers[0].poll() is None and time.monotonic() < end:
                payments.tick()
                alerts.update(told(consumer, 1.0))
            alerts.update(told(consumer, 2.0))
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
                worker.wait(30)
            producer.close()
            consumer.close()
    once = len(alerts) == payments.frauds == alerts.total()
    print(f"{payments.made:,} payments, {payments.frauds} frauds, {alerts.total()} alerts, each once: {once}")
    return 0 if once else 1


if __name__ == "__main__":
    sys.exit(main())
