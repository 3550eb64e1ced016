"""What is served over HTTP, asked for as a monitoring system does."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families

from cep.connectors.errors import ConfigurationError
from cep.connectors.metrics.server import MetricsServer
from cep.runtime.metrics import catalog
from cep.runtime.metrics.catalog import CATALOG, series
from cep.runtime.metrics.health import LONGEST, Health
from cep.runtime.metrics.histogram import Histogram
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading


class Clock:
    """A clock that is set."""

    now = 0.0

    def wall(self) -> int:
        return 5_000_000

    def elapsed(self) -> float:
        return self.now


CLOCK = Clock()


@contextmanager
def loop(meter: Meter) -> Iterator[None]:
    """A run that goes round."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.005):
            meter.beat()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def meter() -> Meter:
    return Meter(CLOCK)


@pytest.fixture
def server(meter: Meter) -> Iterator[MetricsServer]:
    served = MetricsServer("127.0.0.1", 0, meter, Health(meter))
    served.start()
    meter.beat()
    yield served
    served.close()


def asked(server: MetricsServer, path: str) -> tuple[int, str]:
    """Status and text."""
    try:
        with urllib.request.urlopen(server.address + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def everything(reading: Reading) -> None:
    """A number for each metric."""
    histogram = Histogram((0.1, 1.0))
    histogram.observe(0.5)
    for metric in CATALOG:
        labels = ['a "b"\\\n' for _ in metric.labels]
        reading.put(metric, histogram.counts() if metric.kind == "histogram" else 3, *labels)


def test_what_is_served_can_be_read(server: MetricsServer, meter: Meter) -> None:
    meter.add(everything)
    with loop(meter):
        status, text = asked(server, "/metrics")
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for metric in CATALOG:
        family = families[metric.name.removesuffix("_total")]
        assert family.type == metric.kind
        assert {sample.name for sample in family.samples} >= set(series(metric))
        for sample in family.samples:
            if sample.name == metric.name and metric not in (catalog.READY, catalog.ROUND):
                assert sample.labels == dict.fromkeys(metric.labels, 'a "b"\\\n')
                assert sample.value == 3
    # the process's own
    assert families["process_resident_memory_bytes"].samples[0].value > 0
    assert families["cep_last_round_timestamp_seconds"].samples[0].value == 5.0
    buckets = [s for s in families["cep_snapshot_duration_seconds"].samples if s.name.endswith("_bucket")]
    assert [(s.labels["le"], s.value) for s in buckets] == [("0.1", 0.0), ("1", 1.0), ("+Inf", 1.0)]


def test_a_run_that_stands_still_is_served_all_the_same(server: MetricsServer, meter: Meter) -> None:
    meter.add(lambda reading: reading.put(catalog.EVENTS, 12))
    meter.read()
    status, text = asked(server, "/metrics")
    assert (status, "cep_events_total 12.0" in text) == (200, True)


def test_a_defect_in_the_numbers_is_told_and_does_not_end_the_run(server: MetricsServer, meter: Meter) -> None:
    def broken(reading: Reading) -> None:
        raise KeyError("rule")

    meter.add(broken)
    with loop(meter):
        assert asked(server, "/metrics") == (500, "the numbers could not be made: KeyError('rule')\n")
        assert asked(server, "/healthz")[0] == 200


def test_readiness_says_why_not(server: MetricsServer) -> None:
    assert asked(server, "/readyz") == (200, "ready\n")
    server.health.reasons.append(lambda: ["restoring shard 3: 40 %", "degraded"])
    assert asked(server, "/readyz") == (503, "restoring shard 3: 40 %\ndegraded\n")
    assert asked(server, "/healthz") == (200, "alive\n")


def test_a_stuck_run_is_not_alive(server: MetricsServer) -> None:
    CLOCK.now = LONGEST + 5
    try:
        assert asked(server, "/healthz") == (503, "stuck: no sign of life for 65 s\n")
        assert asked(server, "/readyz")[0] == 503
    finally:
        CLOCK.now = 0.0


def test_other_paths_are_not_there(server: MetricsServer) -> None:
    assert asked(server, "/metrics?name[]=x")[0] == 200
    assert asked(server, "/") == (404, "there are /metrics, /healthz and /readyz\n")
    request = urllib.request.Request(server.address + "/readyz", method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"")
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(urllib.request.Request(server.address + "/readyz", data=b"x"), timeout=10)


def test_a_port_that_is_taken_is_refused(server: MetricsServer, meter: Meter) -> None:
    port = int(server.address.rpartition(":")[2])
    with pytest.raises(ConfigurationError) as refused:
        MetricsServer("127.0.0.1", port, meter, Health(meter))
    assert refused.value.code == "C0276"
    assert refused.value.place == f"127.0.0.1:{port}"
