"""Keeps the alerts of a topic in a database, each once, whatever dies.

    python consumer.py localhost:9092 alerts --sqlite alerts.db
    python consumer.py localhost:9092 alerts --postgres "host=localhost dbname=fraud"
    python consumer.py localhost:9092 alerts --elastic http://localhost:9200 --index alerts

Committed records only; the offsets are committed once the database has them. A death between the two brings the same
alerts again, which change nothing.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import confluent_kafka

from examples.feed_consumer.stores import ElasticStore, PostgresStore, SqliteStore, Store, is_alert

BATCH = 500


def follow(consumer: confluent_kafka.Consumer, store: Store, stopped: list[bool]) -> None:
    """Take alerts until asked to stop."""
    while not stopped:
        messages = consumer.consume(BATCH, 0.2)
        for message in messages:
            if message.error() is not None and not message.error().retriable():
                raise SystemExit(f"Kafka: {message.error()}")
        records = [message for message in messages if message.error() is None]
        for message in records:
            if not is_alert(message.value()):
                print(f"{message.topic()}/{message.partition()}/{message.offset()} is no alert", file=sys.stderr)
        alerts = [message.value() for message in records if is_alert(message.value())]
        if alerts:
            store.upsert(alerts)
        if records:
            consumer.commit(asynchronous=False)


def main() -> None:
    """Run it until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("servers")
    parser.add_argument("topic")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--sqlite", type=Path, metavar="FILE")
    where.add_argument("--postgres", metavar="DSN")
    where.add_argument("--elastic", metavar="URL")
    parser.add_argument("--index", default="alerts")
    options = parser.parse_args()
    store: Store
    if options.sqlite:
        store = SqliteStore(options.sqlite)
    elif options.postgres:
        store = PostgresStore(options.postgres)
    else:
        store = ElasticStore(options.elastic, options.index)
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": options.servers,
            "group.id": f"{options.topic}-keeper",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
        }
    )
    stopped: list[bool] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(True))
    consumer.subscribe([options.topic])
    try:
        follow(consumer, store, stopped)
    finally:
        consumer.close()
        store.close()


if __name__ == "__main__":
    sys.exit(main())
