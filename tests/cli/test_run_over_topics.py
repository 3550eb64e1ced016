"""`cep run` for a job over topics, where it ends before anything has run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cep.cli.interruption import Interruption
from cep.cli.kafka_session import _surveyed, failed
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.connectors.kafka.confluent import Librdkafka
from cep.connectors.kafka.port import KafkaFailure, Producer, Trouble
from cep.connectors.kafka.retention import Lost, RecordsLost
from cep.connectors.kafka.retrying import Retrying
from cep.testing.simulated_kafka import Fault, Moment, SimulatedKafka, SimulatedProcess
from tests.simulation.feeds_job import SHARDS, TOPICS, FeedsJob, wiring

RULES = "event Order { total: int  at: timestamp } time at\nrule big { match o: Order where total > 60 }\n"
JOB = """\
job: big
rules: [rules.pattern]
kafka: {bootstrap.servers: simulated}
sources: {orders: {topic: orders, types: {Order: {}}}}
"""


class Picky(SimulatedProcess):
    """Refuses settings, as librdkafka does when a client is made."""

    def producer(self, settings: Mapping[str, str]) -> Producer:
        raise KafkaFailure(Trouble.FATAL, "_INVALID_ARG", "`acks` must be set to `all`")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    cluster = SimulatedKafka(1)
    cluster.create("orders", 1)
    cluster.create("out", 1)
    monkeypatch.setattr("cep.cli.kafka_session.client", lambda: Picky(cluster, "a"))
    monkeypatch.chdir(tmp_path)
    Path("rules.pattern").write_text(RULES, encoding="utf-8")

    def run(more: str, **options: Any) -> tuple[int, str]:
        Path("job.yaml").write_text(JOB + more, encoding="utf-8")
        with Interruption() as interruption:
            code = RunSession(RunOptions(("job.yaml",), **options), interruption, as_json=False, out=None).run()
        return code, capfd.readouterr().err

    return run


def test_settings_that_a_client_refuses_are_told(run: Callable[..., Any]) -> None:
    code, told = run("alerts: {topic: out}\n")
    assert code == 2
    assert "error[C0294]: the cluster cannot be used: `acks` must be set to `all`" in told


def test_brokers_that_are_away_at_the_start_are_waited_for() -> None:
    job = FeedsJob({})
    cluster = job.cluster(1)
    cluster.faults.next("admin.topics", Fault(Moment.BEFORE, Trouble.RETRIABLE), times=4)
    said: list[str] = []
    waited: list[float] = []
    retrying = Retrying(lambda: False, said.append, waited.append)
    topology, _ = _surveyed(cluster.process("a"), job.plan("a").job, wiring(), retrying)
    assert topology.partitions == dict.fromkeys(TOPICS, SHARDS)
    assert len(waited) == 4
    assert "looking at the topics fails" in said[0] and said[1] == "looking at the topics works again"


@pytest.mark.parametrize(
    ("written", "value"),
    [('debug: "${PW}"', "debug"), ("security.protocol: {file: s.txt}", "security.protocol")],
)
def test_what_was_filled_in_is_struck_out_of_errors(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, written: str, value: str
) -> None:
    monkeypatch.setattr(Picky, "admin", lambda self, settings: Librdkafka().admin(settings))
    monkeypatch.setattr("tests.cli.test_run_over_topics.JOB", JOB.replace("simulated}", f"'h:1', {written}}}"))
    monkeypatch.setenv("PW", "topsecretpw")
    Path("s.txt").write_text("topsecretpw\n", encoding="utf-8")
    code, told = run("")
    assert code == 2
    assert f"error[C0299]: the client does not take `{value}`" in told
    assert "***" in told and "topsecretpw" not in told


def test_a_property_that_the_client_does_not_know_has_its_place(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Picky, "admin", lambda self, settings: Librdkafka().admin(settings))
    monkeypatch.setattr("tests.cli.test_run_over_topics.JOB", JOB.replace("simulated}", "'h:1', sesion.timeout.ms: 6}"))
    code, told = run("")
    assert code == 2
    assert "error[C0299]: the client does not take `sesion.timeout.ms`: No such configuration property" in told
    assert told.startswith("job.yaml:3:54: ")


@pytest.mark.parametrize("more", ["guarantee: exactly_once\n", "alerts: {topic: out}\n"])
def test_an_option_brings_no_file_where_a_topic_is_needed(run: Callable[..., Any], more: str) -> None:
    code, told = run(more, to="alerts.jsonl")
    assert code == 2
    assert "error[C0296]: `alerts` cannot go to the file `alerts.jsonl`" in told
    assert not Path("alerts.jsonl").exists()


def test_a_job_over_topics_does_not_begin_anew_by_an_option(run: Callable[..., Any]) -> None:
    code, told = run("alerts: {topic: out}\n", from_start=True)
    assert code == 2
    assert "error[C0296]: `--from-start` is for jobs over files" in told
    assert "another `group.id`" in told


def test_files_lose_no_records(run: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    run("")
    Path("events.jsonl").touch()
    options = RunOptions(("rules.pattern",), ("Order=events.jsonl",), allow_loss=True)
    with Interruption() as interruption:
        assert RunSession(options, interruption, as_json=False, out=None).run() == 2
    assert "error[C0242]: `--allow-loss` is for jobs over topics" in capfd.readouterr().err


def test_records_that_are_lost_are_named_with_the_way_on() -> None:
    failure = failed(RecordsLost([Lost("orders", 0, 7, 20)]), "localhost")
    assert failure.code == "C0314"
    assert "offsets 7 to 19 of orders/0 (13 records at most)" in failure.message
    assert "`--allow-loss`" in failure.fix


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "alerts: {file: alerts.jsonl}\n",
            "`alerts` goes to the file `alerts.jsonl`, which several workers would write",
        ),
        (
            "kafka: {bootstrap.servers: s, group.instance.id: one}\n",
            "all workers would have the same `group.instance.id`",
        ),
        (
            "kafka: {bootstrap.servers: s, transactional.id: one}\n",
            "all workers would have the same `transactional.id`",
        ),
    ],
)
def test_what_several_workers_cannot_share(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, more: str, told: str
) -> None:
    if more.startswith("kafka"):
        monkeypatch.setattr(
            "tests.cli.test_run_over_topics.JOB", JOB.replace("kafka: {bootstrap.servers: simulated}\n", "")
        )
    code, said = run(more, workers=2)
    assert code == 2
    assert "error[C0278]" in said and told in said


def test_a_job_over_files_has_one_worker(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.pattern").write_text(RULES, encoding="utf-8")
    job = tmp_path / "job.yaml"
    job.write_text("rules: [rules.pattern]\nsources: {Order: {file: a.jsonl}}\n", encoding="utf-8")
    with Interruption() as interruption:
        code = RunSession(RunOptions((str(job),), workers=2), interruption, as_json=False, out=None).run()
    assert (code, "error[C0278]" in capfd.readouterr().err) == (2, True)
