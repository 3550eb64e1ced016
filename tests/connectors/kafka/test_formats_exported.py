"""Records with schemas copied by `cep export`: a run over the copies gives the alerts of the job over topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cep.testing.simulated_kafka import SimulatedKafka
from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.kafka.test_formats import LOGIN, ORDER, RULES, START, serialized
from tests.connectors.kafka.topic_job import KINDS, OUTPUTS, TopicJob
from tests.simulation.test_export import exported as exported_by_session

exported = exported_by_session
Exported = Callable[..., dict[str, Counter[bytes]]]
JOB = """\
kafka: {{bootstrap.servers: simulated}}
schema_registry: {{url: "{url}"}}
sources: {{all: {{topic: t, format: avro, type_by: record_name}}}}
"""


def written(registry: LoopbackRegistry) -> TopicJob:
    """A job over records of two types, some of which cannot be read, that has run."""
    text = JOB.format(url=registry.url)
    Path("rules.pattern").write_text(RULES, encoding="utf-8")
    Path("job.yaml").write_text(f"rules: [rules.pattern]\njob: formats\n{text}{OUTPUTS}", encoding="utf-8")
    job = TopicJob(RULES, text, registry)
    for n in range(20):
        job.write("t", serialized(registry, LOGIN, card=f"c{n % 3}", at=START + n * 1000))
        raw = serialized(registry, ORDER, card=f"c{n % 3}", total=Decimal(n * 10), at=START + n * 1000 + 1)
        job.write("t", raw[: len(raw) - n % 5 // 4])
        job.write("t", None if n % 2 else b"\0\0\0\0\7")
    job.run()
    return job


def test_the_same_alerts(registry: LoopbackRegistry, exported: Exported) -> None:
    job = written(registry)
    found = {kind: Counter(job.lines(topic)) for kind, topic in KINDS.items()}
    assert found["alerts"].total() > 5 and found["dead_letters"].total() == 14
    assert exported(job.cluster, tuple(KINDS)) == found


def test_a_registry_that_is_away_ends_the_run(
    registry: LoopbackRegistry, exported: Callable[[SimulatedKafka], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = written(registry)
    registry.is_away = True
    monkeypatch.setattr("cep.connectors.export.records.PATIENCE", 0.2)
    with pytest.raises(AssertionError):
        exported(job.cluster)
