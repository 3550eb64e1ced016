"""Exported records of a format behind a registry are read by it as those of the topic are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cep.cli.export_session import ExportOptions, ExportSession
from cep.cli.interruption import Interruption
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.connectors.export import records
from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.kafka.test_formats import LOGIN, ORDER, RULES, START, serialized
from tests.connectors.kafka.topic_job import KINDS, OUTPUTS, TopicJob

AVRO = "kafka: {bootstrap.servers: simulated}\nsources: {all: {topic: t, format: avro, type_by: record_name}}\n"


@pytest.fixture
def job(registry: LoopbackRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TopicJob:
    """A job that has run over its topic, and the export of that."""
    monkeypatch.chdir(tmp_path)
    text = f"{AVRO}schema_registry: {{url: '{registry.url}'}}\n"
    Path("rules.pattern").write_text(RULES, encoding="utf-8")
    Path("job.yaml").write_text(f"rules: [rules.pattern]\njob: formats\n{text}{OUTPUTS}", encoding="utf-8")
    made = TopicJob(RULES, text, registry)
    order = serialized(registry, ORDER, card="c", total=Decimal("99.50"), at=START + 1_000_000)
    made.write("t", serialized(registry, LOGIN, card="c", at=START))
    made.write("t", order)
    made.write("t", order[:-1])
    made.write("t", None)
    made.write("t", b"\0\0\0\0\x09" + order[5:])
    made.write("t", serialized(registry, LOGIN, card="d", at=START + 9_000_000))
    made.run()
    monkeypatch.setattr("cep.cli.kafka_session.client", lambda: made.cluster.process("exporter"))
    with Interruption() as interruption:
        assert ExportSession(ExportOptions(("job.yaml",), out=Path("t.jsonl"), quiet=True), interruption).run() == 0
    return made


def run(*, wanted: int = 0) -> dict[str, list[bytes]]:
    """The outputs of the job over the export."""
    options = RunOptions(
        ("job.yaml",), to="alerts", late="late", dead_letters="dead_letters", exported=Path("t.jsonl"), open_end=True,
        quiet=True,
    )  # fmt: skip
    with Interruption() as interruption:
        assert RunSession(options, interruption, as_json=False, out=None).run() == wanted
    return {kind: Path(kind).read_bytes().splitlines() for kind in KINDS}


def test_records_of_avro(job: TopicJob) -> None:
    found = run()
    assert [len(found[kind]) for kind in KINDS] == [1, 0, 2]
    assert found == {kind: list(job.lines(topic)) for kind, topic in KINDS.items()}


def test_a_registry_that_stays_away_ends_the_run(
    job: TopicJob, registry: LoopbackRegistry, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(records, "PATIENCE", 0.5)
    registry.is_away = True
    run(wanted=3)
    assert "error[C0306]: schema 2 cannot be had: the schema registry answers 503" in capfd.readouterr().err
