"""A job over topics, and a one-pass run over what `cep export` has copied of them: the same outputs, byte for byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cep.cli.export_session import ExportOptions, ExportSession
from cep.cli.interruption import Interruption
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.connectors.job.model import Job
from cep.connectors.kafka.plan import WorkerPlan
from cep.testing.simulated_kafka import SimulatedKafka
from tests.connectors.kafka.topic_job import KINDS, OUTPUTS, TopicJob
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import RULES, SHARDS, SINKS, START, FeedsJob
from tests.simulation.world import World

JOB = """\
job: feeds
rules: [rules.pattern]
kafka: {bootstrap.servers: simulated}
sources:
  orders: {topic: orders, types: {Order: {}}, max_future: 1h}
  logins: {topic: logins, types: {Login: {}}, max_future: 1h}
alerts: {topic: out.alerts, evidence: full}
shadow: {topic: out.shadow}
late: {topic: out.late}
dead_letters: {topic: out.dead_letters}
"""
ENDED = (START + 7_000) * 1_000
"""Long after everything in the inputs, milliseconds."""
AFAR = ENDED + 9_000_000
"""Further in the future than an event may lie."""


class WholeJob(FeedsJob):
    """The job with all evidence, and events at its end after which nothing is open."""

    @property
    def job(self) -> Job:
        """With all evidence."""
        return replace(super().job, evidence="full")

    def plan(self, instance: str) -> WorkerPlan:
        """With sources in which no event may lie far in the future."""
        plan = super().plan(instance)
        sources = {name: replace(source, max_future=3_600_000_000) for name, source in plan.wiring.sources.items()}
        return replace(plan, wiring=replace(plan.wiring, sources=sources))

    @classmethod
    def whole(cls, seed: int) -> WholeJob:
        """Drawn, and ended."""
        drawn = FeedsJob.drawn(seed, 80)
        for (topic, number), raws in drawn.inputs.items():
            more = {"total": 1} if topic == "orders" else {}
            raws.append(json.dumps({"card": "far", "at": AFAR, **more}).encode())
            raws.append(b"\xff\xfe no text")
            raws.append(json.dumps({"card": f"end{number}", "at": ENDED, **more}).encode())
        return cls(drawn.inputs)

    def fill(self, cluster: SimulatedKafka, first: float = 0.0, last: float = 1.0) -> None:
        """With the timestamps that the last ones need."""
        for (topic, number), raws in self.inputs.items():
            for index, raw in enumerate(raws):
                stamp = (START + 2 * index if index < len(raws) - 3 else START + 7_000) * 1_000_000
                cluster.write(topic, raw, b"k", number, [("h", b"1")], stamp)


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[SimulatedKafka], dict[str, Counter[bytes]]]:
    """Exports the topics, runs the job over the files, and gives the lines of its outputs."""
    monkeypatch.chdir(tmp_path)
    Path("rules.pattern").write_text(RULES, encoding="utf-8")
    Path("job.yaml").write_text(JOB, encoding="utf-8")

    def run(cluster: SimulatedKafka, kinds: Sequence[str] = tuple(SINKS)) -> dict[str, Counter[bytes]]:
        monkeypatch.setattr("cep.cli.kafka_session.client", lambda: cluster.process("exporter"))
        with Interruption() as interruption:
            options = ExportOptions(("job.yaml",), out=Path("copies"), quiet=True)
            assert ExportSession(options, interruption).run() == 0
        sinks = {kind: f"{kind}.jsonl" for kind in SINKS if kind != "alerts"}
        with Interruption() as interruption:
            told = RunOptions(
                ("job.yaml",), to="alerts.jsonl", exported=Path("copies"), open_end=True, quiet=True, **sinks
            )
            assert RunSession(told, interruption, as_json=False, out=None).run() == 0
        return {kind: Counter(Path(f"{kind}.jsonl").read_bytes().splitlines()) for kind in kinds}

    return run


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 15))])
def test_the_same_alerts(seed: int, exported: Callable[[SimulatedKafka], dict[str, Counter[bytes]]]) -> None:
    job = WholeJob.whole(seed)
    cluster = job.cluster(seed)
    world = World(job, cluster)
    job.fill(cluster)
    world.run("a", "b")
    found = world.found()
    assert all(found[kind] for kind in ("alerts", "shadow", "dead_letters"))
    assert any(b"too far ahead" in line for line in found["dead_letters"])
    assert exported(cluster) == found


def test_an_export_depends_on_the_records_alone(
    tmp_path: Path, exported: Callable[[SimulatedKafka], dict[str, Counter[bytes]]]
) -> None:
    copies = []
    for seed in range(4):
        job = WholeJob.whole(1)
        cluster = job.cluster(seed)
        job.fill(cluster)
        exported(cluster)
        copies.append([path.read_bytes() for path in sorted((tmp_path / "copies").iterdir())])
    assert len(copies[0]) == 2 and len(copies[0][0]) > 1_000
    assert all(each == copies[0] for each in copies)
    assert SHARDS > 1


CARRIED = """\
job: feeds
rules: [rules.pattern]
kafka: {bootstrap.servers: simulated}
sources:
  orders: {topic: orders, types: {Order: {}}, key: card}
  logins: {topic: logins, types: {Login: {}}, key: card}
alerts: {topic: out.alerts, evidence: ids}
shadow: {topic: out.shadow}
late: {topic: out.late}
dead_letters: {topic: out.dead_letters}
"""


@pytest.mark.parametrize("seed", range(2))
def test_rules_with_other_keys_than_the_records(
    seed: int, exported: Callable[[SimulatedKafka], dict[str, Counter[bytes]]]
) -> None:
    Path("rules.pattern").write_text(CarriedJob.rules, encoding="utf-8")
    Path("job.yaml").write_text(CARRIED, encoding="utf-8")
    job = CarriedJob.drawn(seed, 60)
    cluster = job.cluster(seed)
    world = World(job, cluster)
    job.fill(cluster)
    world.run("a", "b")
    found = world.found()
    assert found["alerts"] and found["shadow"]
    assert exported(cluster) == found


def test_records_longer_than_a_line_may_be_elsewhere(
    exported: Callable[[SimulatedKafka], dict[str, Counter[bytes]]],
) -> None:
    job = WholeJob({(topic, number): [] for topic in ("orders", "logins") for number in range(SHARDS)})
    cluster = job.cluster(1)
    at = START * 1_000
    for place in ("orders", "logins"):
        for number in range(SHARDS):
            cluster.write(place, json.dumps({"card": "x", "at": at, "total": 1}).encode(), partition=number)
    large = json.dumps({"card": "large", "at": at, "total": 90, "text": "x" * 13_000_000}).encode()
    cluster.write("orders", large, partition=0)
    cluster.write("orders", large[:-1], partition=0)
    found = exported(cluster)
    assert [len(line) > 13_000_000 for line in found["dead_letters"]] == [True]
    assert not found["late"]


OTHER_RULES = """\
event Order { card: string  total: decimal  at: timestamp } time at
event Login { card: string  at: timestamp } time at
rule big { match by card within 1h  l: Login then o: Order where total > 60  emit { card, total: o.total } }
"""
OTHER_JOB = """\
kafka: {bootstrap.servers: simulated}
sources:
  Order: {topic: o, format: csv, columns: [card, total, at], delimiter: ";"}
  rest:  {topic: r, type_header: kind}
"""


def test_records_of_other_formats(exported: Callable[..., dict[str, Counter[bytes]]]) -> None:
    Path("rules.pattern").write_text(OTHER_RULES, encoding="utf-8")
    Path("job.yaml").write_text(f"rules: [rules.pattern]\njob: formats\n{OTHER_JOB}{OUTPUTS}", encoding="utf-8")
    job = TopicJob(OTHER_RULES, OTHER_JOB)
    job.write("r", b'{"card":"0042","at":1700000000000}', [("kind", b"Login")])
    job.write("r", b'{"card":"0042","at":1700000009000}', [("kind", b"Login")])
    job.write("r", b'{"card":"c"}')
    job.write("r", None, [("kind", b"Login")])
    job.write("o", b"0042;600.00;1700000001000")
    job.write("o", b"0042;many;1700000001000")
    job.write("o", b"\xff")
    job.write("o", b"other;1;1700000009000")
    job.run()
    found = {kind: Counter(job.lines(topic)) for kind, topic in KINDS.items()}
    assert [found[kind].total() for kind in ("alerts", "dead_letters")] == [1, 3]
    assert exported(job.cluster, tuple(KINDS)) == found
