"""Three failed logins or more, then a success, within ten minutes; or no success: written by hand.

A consumer as many teams have one: confluent-kafka, a dict of what is open per account, alerts flushed before offsets
are committed, ids that are the same whenever an alert is found again. What is open is in memory alone. With
`--hold-back` it commits no further than to the oldest event that is still open: who comes after a crash reads it again.

    python consumer.py localhost:9092 [--hold-back]
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import confluent_kafka
from confluent_kafka import TopicPartition

WINDOW = 600_000
LATENESS = 2_000
NEEDED = 3
COMMIT_EVERY = 0.1


@dataclass
class Partition:
    """What is open in one partition. Times in milliseconds; an event is (time, offset, account, outcome)."""

    number: int
    watermark: int = -1
    waiting: list[tuple[int, int, str, str]] = field(default_factory=list)
    failures: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    deadlines: list[tuple[int, str]] = field(default_factory=list)
    told: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By account the last failure that was part of a time-out."""

    def take(self, offset: int, value: bytes | None) -> Iterator[dict[str, Any]]:
        """One record; the alerts that come of it. What is no event, or late, is left out."""
        try:
            event = json.loads(value or b"")
            at, account, outcome = int(event["at"]), str(event["account"]), str(event["outcome"])
        except (ValueError, KeyError, TypeError):
            return
        if at < self.watermark:
            return
        heapq.heappush(self.waiting, (at, offset, account, outcome))
        self.watermark = max(self.watermark, at - LATENESS)
        while self.waiting and self.waiting[0][0] <= self.watermark:
            at, offset, account, outcome = heapq.heappop(self.waiting)
            yield from self.expire(at)
            yield from self.handle(at, offset, account, outcome)
        yield from self.expire(self.watermark)

    def handle(self, at: int, offset: int, account: str, outcome: str) -> Iterator[dict[str, Any]]:
        """One event in its place."""
        failures = self.failures.get(account, [])
        if outcome == "failure":
            if not failures:
                self.failures[account] = failures
                heapq.heappush(self.deadlines, (at + WINDOW, account))
            failures.append((at, offset))
        elif len(failures) >= NEEDED:
            yield self.alert("match", account, failures)
            del self.failures[account]
            self.told.pop(account, None)

    def expire(self, now: int) -> Iterator[dict[str, Any]]:
        """What has run out before `now`."""
        while self.deadlines and self.deadlines[0][0] < now:
            due, account = heapq.heappop(self.deadlines)
            failures = self.failures.get(account, [])
            if not failures or failures[0][0] + WINDOW != due:
                continue
            if len(failures) >= NEEDED and failures[0] > self.told.get(account, (-1, -1)):
                self.told[account] = failures[-1]
                yield self.alert("timeout", account, failures)
            del failures[0]
            if failures:
                heapq.heappush(self.deadlines, (failures[0][0] + WINDOW, account))
            else:
                del self.failures[account]
                self.told.pop(account, None)

    def alert(self, kind: str, account: str, failures: list[tuple[int, int]]) -> dict[str, Any]:
        """An alert, whose id follows from what it was made of."""
        places = ",".join(f"{self.number}/{offset}" for _, offset in failures)
        alert_id = hashlib.sha256(f"{kind}|{account}|{places}".encode()).hexdigest()[:32]
        return {"alert_id": alert_id, "kind": kind, "account": account, "fails": len(failures)}

    def oldest(self, position: int) -> int:
        """The offset of the oldest event that is still open."""
        return min([position, *(each[1] for each in self.waiting), *(of[0][1] for of in self.failures.values())])


class Watcher:
    """The consumer."""

    def __init__(self, servers: str, hold_back: bool) -> None:
        self.hold_back = hold_back
        self.partitions: dict[int, Partition] = {}
        self.positions: dict[int, int] = {}
        self.stopped = False
        self.producer = confluent_kafka.Producer({"bootstrap.servers": servers, "enable.idempotence": True})
        self.consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": "break-in-by-hand",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 6000,
                "partition.assignment.strategy": "cooperative-sticky",
            }
        )

    def run(self) -> None:
        """Work until asked to stop."""
        self.consumer.subscribe(["logins"], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.lost)
        due = time.monotonic() + COMMIT_EVERY
        while not self.stopped:
            message = self.consumer.poll(0.05)
            if message is not None and message.error() is None:
                partition = self.partitions.get(message.partition())
                if partition is not None:
                    for alert in partition.take(message.offset(), message.value()):
                        self.producer.produce("alerts", json.dumps(alert), alert["account"])
                    self.positions[message.partition()] = message.offset() + 1
            if time.monotonic() >= due:
                self.commit()
                due = time.monotonic() + COMMIT_EVERY
        self.commit()
        self.consumer.close()

    def commit(self) -> None:
        """Alerts first, then offsets: what is doubled can be dropped by its id, what is lost cannot be found again."""
        self.producer.flush()
        if self.positions:
            offsets = [TopicPartition("logins", *each) for each in self.positions.items()]
            if self.hold_back:
                offsets = [TopicPartition("logins", n, self.partitions[n].oldest(o)) for n, o in self.positions.items()]
            try:
                self.consumer.commit(offsets=offsets, asynchronous=False)
            except confluent_kafka.KafkaException as error:
                # the group has moved on meanwhile: whoever has the partition now reads these records again
                print(f"offsets were not committed: {error}", file=sys.stderr)
            self.positions.clear()

    def assigned(self, consumer: confluent_kafka.Consumer, gained: list[TopicPartition]) -> None:
        """Partitions come, of which nothing is remembered."""
        for each in gained:
            self.partitions[each.partition] = Partition(each.partition)
        consumer.incremental_assign(gained)

    def revoked(self, consumer: confluent_kafka.Consumer, gone: list[TopicPartition]) -> None:
        """Partitions go to somebody else."""
        self.commit()
        self.lost(consumer, gone)

    def lost(self, consumer: confluent_kafka.Consumer, gone: list[TopicPartition]) -> None:
        """Partitions are somebody else's already."""
        for each in gone:
            self.partitions.pop(each.partition, None)
            self.positions.pop(each.partition, None)


def main() -> None:
    """Run it until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("servers")
    parser.add_argument("--hold-back", action="store_true")
    options = parser.parse_args()
    watcher = Watcher(options.servers, options.hold_back)
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(watcher, "stopped", True))
    watcher.run()


if __name__ == "__main__":
    main()
