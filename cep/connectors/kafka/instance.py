"""The name of a worker among those of its job: the same after a restart, and no other's at the same time."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cep.connectors.errors import ConfigurationError

if sys.platform != "win32":
    import fcntl

_MOST = 1_000
"""Workers of one job on one machine, at most."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A worker's `name`, and its number among those of its job on this machine."""

    name: str
    number: int


@contextmanager
def own_instance(job: str, servers: str, wanted: int | None = None) -> Iterator[Instance]:
    """A name for this process while the block lasts: the machine's, and the first number that no other worker of the
    job holds here, or the one that is `wanted`. A worker that starts after a crash gets the same one, and takes the
    place of the one that died. Raises `ConfigurationError` where another holds the number that is wanted.
    """
    host = socket.gethostname()
    if sys.platform == "win32":
        yield Instance(f"{host}-{os.getpid() if wanted is None else wanted}", wanted or 0)
        return
    mark = hashlib.sha256(f"{job}\n{servers}\n{os.getuid()}".encode()).hexdigest()[:16]
    for number in range(_MOST) if wanted is None else [wanted]:
        path = Path(tempfile.gettempdir()) / f"cep-{mark}-{number}.lock"
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield Instance(f"{host}-{number}", number)
            return
    if wanted is not None:
        message = f"worker {host}-{wanted} of `{job}` runs already"
        raise ConfigurationError("C0277", message, "stop it first, or start workers without `--workers` beside it")
    yield Instance(f"{host}-{os.getpid()}", 0)
