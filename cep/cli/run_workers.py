"""`cep run --workers N`: what is asked for is looked at once, and then N processes do it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from cep.cli.interruption import Interruption
from cep.cli.job_file import NUMBER
from cep.cli.run_options import RunOptions
from cep.cli.supervisor import Supervisor
from cep.cli.telling import tell
from cep.cli.worker_process import WholeLines, WorkerProcess, own_command
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job
from cep.connectors.outputs import outputs_of
from cep.runtime.host_clock import SYSTEM_CLOCK


def run_workers(job: Job, options: RunOptions, interruption: Interruption) -> int:
    """Run them until a signal; the exit code. Raises `ConfigurationError`."""
    assert options.workers is not None
    _refuse(job)
    _refuse_same_names(job, options)
    command, lines = own_command(), WholeLines()

    def start(number: int) -> WorkerProcess:
        process = WorkerProcess(command, number, lines)
        if not options.quiet:
            tell(f"worker {number} of {options.workers} is process {process.pid}")
        return process

    supervisor = Supervisor(
        options.workers, start, interruption, SYSTEM_CLOCK,
        tell=tell, wait=time.sleep, is_over=lambda: lines.is_broken,
    )  # fmt: skip
    return supervisor.run()


def _refuse(job: Job) -> None:
    """What several workers cannot share."""
    if sys.platform == "win32":
        raise ConfigurationError("C0278", "`--workers` is not there on this system", "start each worker by itself")
    if job.kafka is None:
        message = "`--workers` is for jobs that read topics: over files, a job is read in one order"
        raise ConfigurationError("C0278", message, "leave `--workers` out", job.name)
    for kind, sink in outputs_of(job).items():
        if sink is not None and sink.path is not None:
            message = f"`{kind}` goes to the file `{sink.path}`, which several workers would write at once"
            fix = "have it written to a topic, or to standard output (`-`)"
            raise ConfigurationError("C0278", message, fix, str(sink.path))


def _refuse_same_names(job: Job, options: RunOptions) -> None:
    """Names that a job file gives have to be different for each worker."""
    # imported late: YAML is a good part of the time that starting a run takes
    from cep.connectors.job.reader import read_job

    assert job.kafka is not None
    for name in ("group.instance.id", "transactional.id"):
        if name in job.kafka.settings:
            other = read_job(Path(options.targets[0]), {**os.environ, NUMBER: "another"})
            assert other.kafka is not None
            if other.kafka.settings[name] == job.kafka.settings[name]:
                message = f"all workers would have the same `{name}`, and only one may have it"
                raise ConfigurationError("C0278", message, f"write `${{{NUMBER}}}` into it, or leave it out", name)
