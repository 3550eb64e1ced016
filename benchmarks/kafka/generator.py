"""Writes events at a steady rate, each with the time of its writing: python -m benchmarks.kafka.generator.

Of a user's payments some are small and few are big; a share of the users is replaced by others each minute.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import Producer

USERS = 10_000
_TICK = 0.001
_BIG, _SMALL = 0.01, 0.05
"""Shares of payments that are big or small: a big one completes a match where a small one is open."""


def generate(producer: Producer, topic: str, rate: int, seconds: float, renewed: float) -> int:
    """Write so many events a second; how many were written. `renewed`: the share of users replaced each minute."""
    chance = random.Random(7)
    begun = time.monotonic()
    count = 0
    while (passed := time.monotonic() - begun) < seconds:
        oldest = int(passed / 60 * renewed * USERS)
        while count < passed * rate:
            user = oldest + chance.randrange(USERS)
            lot = chance.random()
            amount = 900.0 if lot < _BIG else 10.0 if lot < _BIG + _SMALL else 100.0
            now = time.time_ns()
            line = f'{{"type":"pay","user":"u{user}","amount":{amount},"ts":{now // 1_000_000},"sent":{now // 1_000}}}'
            producer.produce(topic, line.encode(), f"u{user}".encode())
            count += 1
        producer.poll()
        time.sleep(_TICK)
    producer.flush(60.0)
    return count


def main(arguments: list[str]) -> None:
    """Write, and print how many."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kafka.generator")
    parser.add_argument("servers")
    parser.add_argument("topic")
    parser.add_argument("--rate", type=int, required=True, help="events a second")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--renewed", type=float, default=0.0, help="share of the users replaced each minute")
    options = parser.parse_args(arguments)
    producer = Librdkafka().producer({"bootstrap.servers": options.servers, "linger.ms": "1"})
    print(generate(producer, options.topic, options.rate, options.seconds, options.renewed))


if __name__ == "__main__":
    main(sys.argv[1:])
