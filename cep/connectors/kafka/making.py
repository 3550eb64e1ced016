"""A worker put together from a plan and a cluster, and taken apart again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from cep.connectors.kafka.delivery import Delivery
from cep.connectors.kafka.growth import Growth
from cep.connectors.kafka.plan import (
    WorkerPlan,
    admin_settings,
    group_settings,
    longest_open,
    reader_settings,
    transaction_settings,
    writer_settings,
)
from cep.connectors.kafka.port import Kafka
from cep.connectors.kafka.repartition.sweeping import Sweeper
from cep.connectors.kafka.retrying import Retrying
from cep.connectors.kafka.stranded import Stranded, may_strand
from cep.connectors.kafka.topic_sink import TopicSink
from cep.connectors.kafka.transactions import Transactions
from cep.connectors.kafka.worker import Worker
from cep.connectors.outputs import JobOutputs, Sink
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.host_clock import SYSTEM_CLOCK, HostClock
from cep.runtime.notice import Notice


@dataclass(frozen=True, slots=True)
class Made:
    """A worker, where its outputs are counted, and what has to be closed in the end."""

    worker: Worker
    outputs: JobOutputs
    opened: ExitStack


def make_worker(
    kafka: Kafka,
    plan: WorkerPlan,
    *,
    stop: Callable[[], bool],
    tell: Callable[[str], None],
    changed: Callable[[ChangeReport], None] = lambda report: None,
    clock: HostClock = SYSTEM_CLOCK,
    wait: Callable[[float], None] = time.sleep,
    beside: Kafka | None = None,
) -> Made:
    """A worker of a job, with its clients. `beside`: the cluster for what is no part of its work, if not the same.

    Raises `KafkaFailure` for settings that librdkafka refuses, `ConfigurationError` for files that cannot be written.
    """
    retrying = Retrying(stop, tell, wait)
    with ExitStack() as opened:
        plain = None if plan.guarantee == "exactly_once" else kafka.producer(writer_settings(plan))
        settings = transaction_settings(plan)
        transactions = Transactions(lambda: kafka.producer(settings), retrying, clock, longest_open(settings))
        delivery = Delivery(transactions, plain, retrying)
        opened.callback(delivery.close)
        outputs = JobOutputs(plan.job, topics=_sinks(plan, delivery, tell))
        opened.callback(outputs.close)
        delivery.outputs = outputs
        group = kafka.consumer(group_settings(plan), headers=plan.reads_headers)
        reader = kafka.consumer(reader_settings(plan))
        opened.callback(reader.close)
        sweeper = None
        if plan.topology.groups:
            admin = kafka.admin(admin_settings(plan.properties))
            opened.callback(admin.close)
            sweeper = Sweeper(admin, tell, clock.elapsed)
        worker = Worker(
            plan, group, reader, delivery, retrying, clock, stop=stop, tell=tell, changed=changed, sweeper=sweeper,
            stranded=Stranded(beside or kafka, plan, tell, clock.elapsed) if may_strand(plan) else None,
            growth=_growth(beside or kafka, plan, clock),
        )  # fmt: skip
        opened.callback(worker.close)
        return Made(worker, outputs, opened.pop_all())


def _growth(kafka: Kafka, plan: WorkerPlan, clock: HostClock) -> Growth | None:
    """Of topics that do not lead; those that do the group tells of."""
    if len(plan.topology.partitions) == 1:
        return None
    return Growth(lambda: kafka.admin(admin_settings(plan.properties)), plan.topology, clock.elapsed)


def _sinks(plan: WorkerPlan, delivery: Delivery, tell: Callable[[str], None]) -> dict[str, Sink]:
    def refused(topic: str, size: int) -> None:
        message = f"a record of {size} bytes is larger than the topic `{topic}` takes, and was left out"
        tell(Notice(message, "warning", "C0343"))

    assert plan.job.kafka is not None
    return {kind: TopicSink(sink.topic, delivery.write, refused) for kind, sink in plan.job.kafka.sinks.items()}
