"""A job over a real broker, and a one-pass run over the export of its topics: the same outputs, byte for byte, also of
rules whose events go from worker to worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.kafka.feeds_over_broker import ROOT, SECONDS, awaited, job_over_broker
from tests.kafka.support import RealKafka
from tests.simulation.carried_job import CarriedJob
from tests.simulation.feeds_job import SINKS
from tests.simulation.world import differences

pytestmark = pytest.mark.kafka


def cep(folder: Path, servers: str, *arguments: str) -> str:
    """A command in a folder; what it says on standard error."""
    environment = {**os.environ, "SERVERS": servers, "WORKER": "x", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cep", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_alerts_of_a_job_come_of_its_export(kafka: RealKafka, tmp_path: Path) -> None:
    job = CarriedJob.drawn(77, 400)
    servers = kafka.address.bootstrap
    with job_over_broker(tmp_path, servers, job) as (cluster, workers):
        cluster.write(job, 0.0, 1.0)
        spoilt = kafka.producer(kafka.name("spoilt"))
        spoilt.begin()
        spoilt.produce("orders", b"never there", b"k", 0)
        spoilt.flush(SECONDS)
        spoilt.abort(SECONDS)
        for name in ("a", "b"):
            workers.start(name)
        assert awaited(job, cluster, workers) == []
        workers.stop()
        found = cluster.found()
        assert differences(job, found) == []
    told = json.loads(cep(tmp_path, servers, "export", "job.yaml", "--out", "copies", "--output", "json"))
    counts = {of["topic"]: of["records"] for of in told["topics"]}
    assert counts["orders"] == sum(len(raws) for (topic, _), raws in job.inputs.items() if topic == "orders")
    sinks = [f"--{kind.replace('_', '-')}={kind}.jsonl" for kind in SINKS if kind != "alerts"]
    cep(tmp_path, servers, "run", "job.yaml", "--exported", "copies", "--open-end", "--to=alerts.jsonl", *sinks)
    lines = {kind: Counter((tmp_path / f"{kind}.jsonl").read_bytes().splitlines()) for kind in SINKS}
    assert lines == found and all(found.values())
