"""`cep` in a process that is to die: `python -m tests.kafka.deaths.entry run job.yaml`.

The environment says how: `DEATH_JOB` the job's name, `DEATH_POINT` and `DEATH_NUMBER` the call (`watched`),
`DEATH_MARKS` the file in which calls are noted, `DEATH_FAULT` a fault that is planted in the worker.
SIGUSR1 has it write where it stands on standard error.
"""

from __future__ import annotations

import faulthandler
import os
import signal

from cep.cli import kafka_session
from cep.cli.main import entry
from cep.connectors.kafka.port import Kafka
from tests.kafka.deaths.watched import Watch, WatchedKafka
from tests.simulation.planted import FAULTS


def main() -> None:
    """Put the watch between the worker and its client, and go on as `cep` does."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    given = os.environ
    marks = os.open(given["DEATH_MARKS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    watch = Watch(given["DEATH_POINT"], int(given["DEATH_NUMBER"]), lambda name: _note(marks, name))
    client = kafka_session.client

    def watched() -> Kafka:
        return WatchedKafka(client(), watch, given["DEATH_JOB"])

    kafka_session.client = watched
    if given["DEATH_FAULT"]:
        owner, name, planted = FAULTS[given["DEATH_FAULT"]]
        setattr(owner, name, planted)
    entry()


def _note(marks: int, name: str) -> None:
    os.write(marks, f"{name}\n".encode())


if __name__ == "__main__":
    main()
