"""A broker: a process with a data folder and ports of its own, which outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.kafka.broker import ends_with_parent
from tests.kafka.broker.settings import HOST, USERS, Ports, free_ports, server_settings
from tests.kafka.broker.toolchain import class_path

_CLUSTER = "4L6g3nShT-eMCtK--X86sw"
_UP = b"Kafka Server started"
_QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_LOGGING = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)
_TELL_WHEN_UP = "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info"


class BrokerFailed(Exception):
    """The broker did not come up; the message ends with the end of its log."""


class Broker:
    """Apache Kafka on loopback. `folder`: where it keeps its data and its log, empty or that of an earlier broker.

    As a context it is started, and stopped. It may be killed and started again: ports and data stay. `settings` go
    before those of the tests; `quick`: made for a quick start rather than for throughput. A start takes about three
    seconds.
    Raises `Unavailable` where there is no Kafka to be had.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, *, heap: str = "512m", quick: bool = True
    ) -> None:
        self.folder = folder
        self.ports: Ports = free_ports()
        self._settings = dict(settings or {})
        self._java = ["java", f"-Xmx{heap}", *(_QUICK_START if quick else ()), *_LOGGING, _TELL_WHEN_UP]
        self._class_path = class_path()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address of the open port."""
        return f"{HOST}:{self.ports.plain}"

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> Path:
        """What the broker has to say: warnings and errors of all its starts."""
        return self.folder / "broker.log"

    def start(self, seconds: float = 60.0) -> None:
        """Start it, and return once it serves. Raises `BrokerFailed` if it does not in this time."""
        assert self._process is None, "it is running"
        self._prepare()
        before = self.log.stat().st_size if self.log.exists() else 0
        command = [*self._java, "-cp", self._class_path, "kafka.Kafka", str(self.folder / "server.properties")]
        with self.log.open("ab") as log:
            guard = [sys.executable, ends_with_parent.__file__, str(os.getpid())]
            self._process = subprocess.Popen(
                [*guard, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder
            )
        limit = time.monotonic() + seconds
        while _UP not in self.log.read_bytes()[before:]:
            if self._process.poll() is not None or time.monotonic() > limit:
                self.kill()
                raise BrokerFailed(f"Kafka did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, by SIGKILL: nothing is written or told any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, seconds: float = 20.0) -> None:
        """End it in good order; by SIGKILL if that takes longer than this."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Leave it there, with its connections, but let it answer nothing until `thaw`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        """Write its properties, and give a new data folder its identity and its users."""
        data = self.folder / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "server.properties"
        settings = {**server_settings(self.ports, data), **self._settings}
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        if not (data / "meta.properties").exists():
            scram = [f"SCRAM-SHA-512=[name={user},password={password}]" for user, password in USERS.items()]
            users = [word for one in scram for word in ("--add-scram", one)]
            tool = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(path), *users]
            done = subprocess.run(
                ["java", *_QUICK_START, *_LOGGING, "-cp", self._class_path, *tool],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=60,
            )
            if done.returncode:
                raise BrokerFailed(f"Kafka's data folder could not be made: {done.stdout[-2000:]}")
