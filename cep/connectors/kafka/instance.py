"""The name of a worker among those of its job: the same after a restart, and no other's at the same time."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_MOST = 1_000
"""Workers of one job on one machine, at most."""


@contextmanager
def own_instance(job: str, servers: str) -> Iterator[str]:
    """A name for this process while the block lasts: the machine's, and the first number that no other worker of the
    job holds here. A worker that starts after a crash gets the same one, and takes the place of the one that died.
    """
    host = socket.gethostname()
    if sys.platform == "win32":
        yield f"{host}-{os.getpid()}"
        return
    mark = hashlib.sha256(f"{job}\n{servers}\n{os.getuid()}".encode()).hexdigest()[:16]
    for number in range(_MOST):
        path = Path(tempfile.gettempdir()) / f"cep-{mark}-{number}.lock"
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"{host}-{number}"
            return
    yield f"{host}-{os.getpid()}"
