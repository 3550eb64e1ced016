"""`cep run` for a job over topics, from its rules to its exit code."""

from __future__ import annotations

import time
from pathlib import Path

from cep.cli.interruption import Interruption
from cep.cli.kafka_monitor import follow_worker, observed, watched
from cep.cli.kafka_options import cluster_failures, refused_properties
from cep.cli.monitor import monitored
from cep.cli.run_changes import tell_changes
from cep.cli.run_collector import calm_collector
from cep.cli.run_options import RunOptions
from cep.cli.run_report import RunReport
from cep.cli.run_rules import Loaded, wired
from cep.cli.run_state import finder
from cep.cli.telling import tell
from cep.cli.topic_edits import TopicEdits
from cep.cli.worker_process import end_with_supervisor
from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.formats.topics import topic_readers
from cep.connectors.job.kafka import SERVERS
from cep.connectors.job.model import Job
from cep.connectors.kafka.instance import own_instance
from cep.connectors.kafka.making import make_worker
from cep.connectors.kafka.name_taken import await_name
from cep.connectors.kafka.plan import WorkerPlan, admin_settings
from cep.connectors.kafka.port import Kafka, KafkaFailure, Trouble
from cep.connectors.kafka.retention import RecordsLost
from cep.connectors.kafka.retrying import GaveUp, Retrying
from cep.connectors.kafka.topology import Topology, surveyed
from cep.connectors.outputs import outputs_of
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.wiring import Wiring

_OUSTED = "see that no other process is this worker: `group.instance.id` and `transactional.id` have to differ"

_LOST = (
    "go on without them: `--allow-loss`; and have the topic keep its records for longer than the job may stand still"
)


def run_over_topics(
    now: Loaded, options: RunOptions, interruption: Interruption, *, as_json: bool = False, summary: Path | None = None
) -> RunReport:
    """Work until a signal; what came of it. `summary`: the file that it goes to.

    Raises `CheckFailed`, `ConfigurationError`."""
    if options.worker is not None:
        end_with_supervisor()
    job = now.job
    assert job.kafka is not None
    _refuse_options(options, job)
    kafka = client()
    sources = {source.topic: source.name for source in job.kafka.sources}
    wiring = wired(now.rules, declare_sources(job, now.rules))
    readers = topic_readers(job, wiring)
    properties = job.kafka.settings
    quiet = options.quiet
    say = _silent if quiet else tell
    with (
        own_instance(job.name, properties[SERVERS], options.worker) as instance,
        monitored(job, instance.name, instance.number, interruption.asked) as monitor,
    ):
        topology, direct = _surveyed(kafka, job, wiring, Retrying(interruption.asked, say))
        plan = WorkerPlan(
            job, direct, now.values, topology, instance.name, finder(job), options.allow_reset, sources, readers,
            now.names, options.allow_loss,
        )  # fmt: skip
        beside = kafka
        kafka, course = observed(kafka, plan, monitor)
        started = time.perf_counter()
        failure: ConnectorFailure | None = None
        ending = "stopped"
        with cluster_failures(properties[SERVERS]), refused_properties(job):
            made = make_worker(
                kafka,
                plan,
                stop=interruption.asked,
                tell=say,
                changed=lambda report: None if quiet else tell_changes(report),
                beside=beside,
            )
        with watched(course, say), made.opened:
            say(f"worker {instance.name} of `{job.name}`, {topology.shards} shards in all, {plan.guarantee}")
            follow_worker(monitor, made, course)
            if not quiet:
                monitor.tell()
            for group in topology.groups:
                say(f"{', '.join(group.rules)}: by another key than that of the records, over `{group.topic}`")
            edits = TopicEdits(options, now, made.worker, interruption.renewal_asked, as_json=as_json, summary=summary)
            interruption.begin()
            try:
                await_name(beside, plan, interruption.asked, say, time.monotonic, time.sleep)
                with calm_collector():
                    made.worker.run(edits.between)
            except SnapshotError as error:
                raise ConfigurationError("C0260", error.message, error.fix, topology.changelog) from error
            except GaveUp as error:
                failure, ending = unanswered(error.failure, properties[SERVERS]), "failed"
            except KafkaFailure as error:
                failure, ending = failed(error, properties[SERVERS]), "failed"
            except ConnectorFailure as error:
                failure, ending = error, "failed"
            seconds = time.perf_counter() - started
            worker = made.worker
            return RunReport(
                job, ending, seconds, worker.gauges(), worker.findings(), made.outputs.tally, failure,
                taken=edits.taken, refused=edits.refused, lost=worker.lost_records,
            )  # fmt: skip


def _refuse_options(options: RunOptions, job: Job) -> None:
    """Options that are for jobs over files."""
    given = {
        "`--record`": options.record is not None,
        "`--replay`": options.replay is not None,
        "`--open-end`": options.open_end,
        "`--shadow-rules`, or `shadow: {rules: …}`,": job.shadow_rules is not None,
    }
    for option, is_given in given.items():
        if is_given:
            raise ConfigurationError("C0296", f"{option} is for jobs over files", "leave it out", job.name)
    assert job.kafka is not None
    for kind, sink in outputs_of(job).items():
        # the job file has none of them, but the command line may have brought them in
        if sink is not None and (job.kafka.guarantee == "exactly_once" or kind in job.kafka.sinks):
            message = f"`{kind}` cannot go to the file `{sink.path}`: it goes to a topic, or the job is `exactly_once`"
            raise ConfigurationError("C0296", message, "leave the option out", job.name)


def client() -> Kafka:
    """librdkafka. Raises `ConfigurationError` where its package is not installed."""
    try:
        from cep.connectors.kafka.confluent import Librdkafka
    except ImportError as error:
        fix = 'install it: `pip install "cep-engine[kafka]"`'
        raise ConfigurationError("C0295", "the package for Kafka is not installed", fix) from error
    try:
        return Librdkafka()
    except KafkaFailure as failure:
        fix = 'update it: `pip install -U "cep-engine[kafka]"`'
        raise ConfigurationError("C0295", failure.message, fix) from failure


def _surveyed(kafka: Kafka, job: Job, wiring: Wiring, retrying: Retrying) -> tuple[Topology, Wiring]:
    """The topics. Brokers that are away are waited for: they may be slower to start than their clients."""
    assert job.kafka is not None
    properties = job.kafka.settings
    with cluster_failures(properties[SERVERS]), refused_properties(job):
        admin = kafka.admin(admin_settings(properties))
        try:
            return retrying.call("looking at the topics", lambda: surveyed(admin, job, wiring))
        finally:
            admin.close()


def unanswered(failure: KafkaFailure, servers: str) -> ConnectorFailure:
    """What a worker ends with that was asked to stop, and could not commit what it had read last."""
    message = f"Kafka did not answer before the end: {failure.message} ({failure.code}); nothing is lost"
    return ConnectorFailure("C0310", message, "run it again: it goes on from the last commit", servers)


def failed(failure: KafkaFailure, servers: str) -> ConnectorFailure:
    """What a worker ends with, as the caller is told it."""
    fixes: dict[Trouble, tuple[str, str]] = {
        Trouble.FENCED: ("C0311", _OUSTED),
        Trouble.DENIED: ("C0312", "have the job's user allowed what it was refused, and run it again"),
        Trouble.UNKNOWN_PLACE: ("C0313", "bring the topic back, or take it out of the job"),
    }
    if isinstance(failure, RecordsLost):
        return ConnectorFailure("C0314", f"Kafka: {failure.message}", _LOST, servers)
    code, fix = fixes.get(failure.trouble, ("C0310", "see the brokers' logs, and run it again: it goes on"))
    return ConnectorFailure(code, f"Kafka: {failure.message} ({failure.code})", fix, servers)


def _silent(message: str) -> None:
    """Nobody wants to hear it."""
