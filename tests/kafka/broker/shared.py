"""One broker for all the processes of a test run, for as long as one of them uses it.

Users hold a lock together. A process of its own keeps the broker, and stops it once it can have that lock alone:
whatever becomes of the users, the system takes their locks from them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.kafka.broker.locks import locked, locked_if_free
from tests.kafka.broker.server import Broker
from tests.kafka.broker.settings import HOST, Ports, secure_client
from tests.kafka.broker.toolchain import CACHE, class_path

_ROOT = CACHE.parent.parent
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker that others use too can be found."""

    ports: Ports

    @property
    def bootstrap(self) -> str:
        """The address of the open port."""
        return f"{HOST}:{self.ports.plain}"

    def secure(self, user: str = "worker", password: str | None = None) -> dict[str, str]:
        """librdkafka's properties for a client of the guarded port."""
        return secure_client(self.ports, user, password)


@contextmanager
def shared_broker(folder: Path) -> Iterator[Address]:
    """The broker that is kept in this folder, started if there is none.

    Raises `Unavailable` where there is no Kafka to be had, `BrokerFailed` if it does not come up.
    """
    class_path()
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "users.lock", shared=True):
        with locked(folder / "start.lock"):
            address = _found(folder) or _started(folder)
        yield address


def _found(folder: Path) -> Address | None:
    while True:
        with locked_if_free(folder / "kept.lock") as free:
            if free:
                return None
        if (folder / "address.json").exists():
            return Address(Ports(**json.loads((folder / "address.json").read_text())))
        # It has just been stopped.
        time.sleep(0.05)


def _started(folder: Path) -> Address:
    (folder / "address.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.kafka.broker.shared", str(folder)]
    with (folder / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    limit = time.monotonic() + _PATIENCE
    while not (folder / "address.json").exists():
        if keeper.poll() is not None or time.monotonic() > limit:
            keeper.kill()
            raise RuntimeError(f"no broker: {(folder / 'keeper.log').read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
    address = _found(folder)
    assert address is not None
    return address


def keep(folder: Path) -> None:
    """Start a broker, and stop it when nobody uses it any more."""
    with locked(folder / "kept.lock"), Broker(folder / "broker") as broker:
        part = folder / "address.part"
        part.write_text(json.dumps(asdict(broker.ports)))
        part.rename(folder / "address.json")
        while True:
            with locked_if_free(folder / "users.lock") as unused:
                if unused:
                    broker.stop()
                    (folder / "address.json").unlink()
                    return
            time.sleep(0.2)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
