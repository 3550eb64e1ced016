"""The floor that any consumer in Python stands on: fetch records in batches, decode five fields. Nothing else.

python -m benchmarks.kafka.floor SERVERS TOPIC EVENTS      prints CPU seconds of fetching, and of both
"""

from __future__ import annotations

import gc
import sys
import time
import uuid
from typing import Any

import confluent_kafka
import msgspec
from confluent_kafka import TopicPartition

from benchmarks.floor import Event
from benchmarks.kafka.stand import PARTITIONS, SECONDS

_BATCH = 10_000


def consumed(servers: str, topic: str, events: int, *, decoded: bool) -> float:
    """CPU seconds, of all threads, of reading a topic from its beginning."""
    settings: dict[str, Any] = {"bootstrap.servers": servers, "group.id": uuid.uuid4().hex}
    client: Any = confluent_kafka.Consumer({**settings, "enable.auto.commit": "false"})
    client.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    decode = msgspec.json.Decoder(Event).decode
    gc.freeze()
    started, limit, count = time.process_time(), time.monotonic() + SECONDS, 0
    while count < events:
        assert time.monotonic() < limit, f"{count} of {events} events in {SECONDS:g} s"
        messages = client.consume(_BATCH, 0.5)
        count += len(messages)
        if decoded:
            for message in messages:
                decode(message.value())
    seconds = time.process_time() - started
    client.close()
    return seconds


if __name__ == "__main__":
    servers, topic, events = sys.argv[1:]
    for decoded in (False, True):
        print(consumed(servers, topic, int(events), decoded=decoded))
