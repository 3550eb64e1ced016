"""A job file as a word of the command line, for all verbs that take one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cep.connectors.job.model import Job

NUMBER = "CEP_WORKER"
"""The variable that holds the number of a worker among those of its job on a machine."""
_ENDINGS = (".yaml", ".yml")


def is_job_file(target: str) -> bool:
    """Whether a word of the command line is the path of a job file."""
    return target.lower().endswith(_ENDINGS)


def whole_job(path: str) -> Job:
    """The job in a file, for who is none of its workers: where it names a worker's number, that is the first one's.

    Raises `CheckFailed`, `ConfigurationError`."""
    # imported late: YAML is a good part of the time that starting a verb takes
    from cep.connectors.job.reader import read_job

    return read_job(Path(path), {NUMBER: "0", **os.environ})
