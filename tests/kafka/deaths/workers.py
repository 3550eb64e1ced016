"""The worker processes of one job, by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cep.connectors.job.model import Guarantee
from tests.kafka.broker import ends_with_parent
from tests.kafka.deaths.cluster import KINDS
from tests.kafka.deaths.feed import RULES, TYPES

ROOT = Path(__file__).parents[3]
_PROTOCOLS = {
    "classic": "  session.timeout.ms: {session}\n  heartbeat.interval.ms: 300\n",
    "static": '  session.timeout.ms: {session}\n  heartbeat.interval.ms: 300\n  group.instance.id: "${{WORKER}}"\n',
    "consumer": "  group.protocol: consumer\n",
}
MEMBERSHIPS = tuple(_PROTOCOLS)
OUSTED = "error[C0311]"
"""What a worker says that ends because the group or the broker takes it for an older one of its name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a job is run. `session`: milliseconds after which a silent member is out; `commit`: milliseconds."""

    job: str
    guarantee: Guarantee
    membership: str = "classic"
    session: int = 2_000
    commit: int = 50
    fault: str = ""
    linger: int = 5

    def text(self) -> str:
        """The job file."""
        lines = [
            f"job: {self.job}\nrules: [rules.pattern]\nguarantee: {self.guarantee}\ncommit: {self.commit}ms\n",
            'kafka:\n  bootstrap.servers: "${SERVERS}"\n  reconnect.backoff.max.ms: 500\n',
            f"  linger.ms: {self.linger}\n",
            _PROTOCOLS[self.membership].format(session=self.session),
            "sources:\n",
            *(
                f"  {stem}: {{topic: {self.job}-{stem}, types: {{{name}: {{}}}}, key: card}}\n"
                for stem, name in TYPES.items()
            ),
            *(f"{kind}: {{topic: {self.job}-{kind}{EVIDENCE.get(kind, '')}}}\n" for kind in KINDS),
        ]
        return "".join(lines)


EVIDENCE = {"alerts": ", evidence: full"}


class Workers:
    """Worker processes, none of which outlives `close`."""

    def __init__(self, folder: Path, servers: str, setting: Setting) -> None:
        self.setting = setting
        self._folder = folder
        self._servers = servers
        (folder / "rules.pattern").write_text(RULES, encoding="utf-8")
        (folder / "job.yaml").write_text(setting.text(), encoding="utf-8")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._dead: set[str] = set()
        self.ends: list[str] = []
        """How workers ended that were not killed, but for those that ended well."""

    def start(self, name: str, point: str = "", number: int = 1) -> None:
        """Start a worker, which dies when it makes that call for the `number`-th time."""
        self._dead.discard(name)
        self._marks(name).write_bytes(b"")
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SERVERS": self._servers,
            "WORKER": name,
            "DEATH_JOB": self.setting.job,
            "DEATH_POINT": point,
            "DEATH_NUMBER": str(number),
            "DEATH_MARKS": str(self._marks(name)),
            "DEATH_FAULT": self.setting.fault,
        }
        # none outlives who looks after them, even if that is killed
        guard = [sys.executable, ends_with_parent.__file__, str(os.getpid())]
        command = [*guard, sys.executable, "-m", "tests.kafka.deaths.entry", "run", str(self._folder / "job.yaml")]
        with self._said(name).open("ab") as said:
            self._processes[name] = subprocess.Popen(command, env=environment, stderr=said, cwd=self._folder)

    def alive(self) -> list[str]:
        """Those that run. Of those that have ended, how is kept."""
        for name, process in list(self._processes.items()):
            if (code := process.poll()) is not None:
                del self._processes[name]
                self._ended(name, code)
        return list(self._processes)

    def died(self, name: str) -> bool:
        """Whether a worker has come to its point since its start."""
        self.alive()
        return name in self._dead

    def has(self, name: str, call: str) -> bool:
        """Whether a worker has made a call since its start."""
        return call in self._marks(name).read_text().splitlines()

    def kill(self, name: str) -> bool:
        """End a worker with SIGKILL; whether it was alive."""
        if name not in self.alive():
            return False
        process = self._processes.pop(name)
        process.kill()
        process.wait()
        return True

    def freeze(self, name: str) -> None:
        """Stop a worker where it stands."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        self._processes[name].send_signal(signal.SIGCONT)

    def ask_to_leave(self, name: str) -> None:
        """Have a worker end in good order, once it is far enough to hear it."""
        process = self._processes[name]
        while not self.has(name, "init_transactions") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)

    def leave(self, *names: str, seconds: float = 60.0) -> None:
        """Have workers end in good order, and wait for it."""
        for name in names:
            self.ask_to_leave(name)
        for name in names:
            process = self._processes.pop(name)
            self._ended(name, process.wait(seconds))

    def close(self) -> None:
        """Leave none behind."""
        for process in self._processes.values():
            process.kill()
            process.wait()

    def tell_where(self) -> None:
        """Have all that run write where they stand."""
        for process in self._processes.values():
            process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)

    def said(self) -> str:
        """What they have written on standard error."""
        return "".join(path.read_text(errors="replace") for path in sorted(self._folder.glob("*.err")))

    def _ended(self, name: str, code: int) -> None:
        if code == -signal.SIGKILL:
            # nobody else kills one that is looked after here
            self._dead.add(name)
        elif code != 0:
            last = self._said(name).read_text(errors="replace").strip()[-600:]
            self.ends.append(f"{name} ended with {code}: {last}")

    def _marks(self, name: str) -> Path:
        return self._folder / f"{name}.marks"

    def _said(self, name: str) -> Path:
        return self._folder / f"{name}.err"


def is_ousted(end: str) -> bool:
    """Whether a worker ended so that it has to be started again, as operations.md says."""
    return " ended with 3: " in end and OUSTED in end
