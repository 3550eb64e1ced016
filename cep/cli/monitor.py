"""Who hears of a run's numbers and health, and serves them while it lasts where its job says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from cep.cli.telling import tell
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job, MetricsAddress
from cep.runtime.metrics import catalog
from cep.runtime.metrics.health import Health
from cep.runtime.metrics.meter import Meter

HOST, LOOPBACK = "CEP_METRICS_HOST", "127.0.0.1"
"""The variable that names the host to serve at, where the job does not; and what holds without it."""


class Monitor:
    """What a run tells its numbers and its health to. `address`: where they can be had; None: nowhere."""

    def __init__(self, address: str | None, meter: Meter, health: Health) -> None:
        self.address = address
        self.meter = meter
        self.health = health

    def tell(self) -> None:
        """Say where they can be had."""
        if self.address is not None:
            tell(f"metrics and health at {self.address}")


@contextmanager
def monitored(job: Job, worker: str, number: int, stopping: Callable[[], bool]) -> Iterator[Monitor]:
    """Serve while the block lasts, if the job says so. `number`: which worker of the job this is on its machine.

    Raises `ConfigurationError`."""
    meter = Meter()
    health = Health(meter)
    if job.metrics is None:
        yield Monitor(None, meter, health)
        return
    health.reasons.append(lambda: ["stopping"] if stopping() else [])
    meter.add(lambda reading: reading.put(catalog.INFO, 1, job.name, worker, version("cep-engine")))
    with _served(job.metrics, number, meter, health) as address:
        yield Monitor(address, meter, health)


@contextmanager
def _served(wanted: MetricsAddress, number: int, meter: Meter, health: Health) -> Iterator[str]:
    try:
        from cep.connectors.metrics.server import MetricsServer
    except ImportError as error:
        fix = 'install it: `pip install "cep-engine[metrics]"`, or leave `metrics` out of the job'
        raise ConfigurationError("C0104", "the package for metrics is not installed", fix) from error
    host = wanted.host or os.environ.get(HOST) or LOOPBACK
    server = MetricsServer(host, wanted.port and wanted.port + number, meter, health)
    try:
        server.start()
        yield server.address
    finally:
        server.close()
