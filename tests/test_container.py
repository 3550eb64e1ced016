"""The container file, by what can be known of it without a container: what it copies, installs, runs and asks."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("prometheus_client")

from cep.cli.main import VERBS
from cep.cli.monitor import HOST
from cep.connectors.metrics.server import MetricsServer
from cep.runtime.metrics.health import LONGEST, Health
from cep.runtime.metrics.meter import Meter
from cep.testing.simulated_kafka.clock import VirtualClock

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """The instructions in their order, with what follows them."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.M))
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in whole.splitlines() if line.strip()]


def of(word: str) -> list[str]:
    """What follows an instruction, each time."""
    return [rest for name, rest in instructions() if name == word]


def settings() -> dict[str, str]:
    """The environment that the image sets."""
    return dict(re.findall(r"(\w+)=(\S+)", of("ENV")[0]))


def is_sent(path: str) -> bool:
    """Whether a file is given to whoever builds the image."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if not line.startswith("#") and (fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern}/")):
            sent = line.startswith("!")
    return sent


def test_what_is_copied_is_there_and_is_sent() -> None:
    names = [name for rest in of("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]
    assert names == ["pyproject.toml", "README.md", "grammar", "cep"]
    assert all((ROOT / name).exists() and is_sent(name) for name in names)
    assert is_sent("cep/cli/main.py")
    assert not any(map(is_sent, ("tests", ".git", ".venv", "docs", "examples/quickstart/demo.py")))


def test_what_is_needed_to_build_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"}
    assert needed == {name for rest in of("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]}


def test_what_is_installed_there_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extras,) = re.findall(r'pip install [^"]*"\.\[([\w,]+)\]"', of("RUN")[0])
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert {"kafka", "metrics"} <= set(extras.split(","))
    versions = {rest.split()[0].partition("python:")[2] for rest in of("FROM")}
    assert versions == {"3.12-slim"}
    assert tuple(map(int, project["requires-python"].removeprefix(">=").split("."))) <= (3, 12)


def test_it_does_not_run_as_root() -> None:
    user, group = map(int, of("USER")[-1].split(":"))
    assert user > 0 and group > 0
    order = [name for name, _ in instructions()]
    assert order.index("USER") > max(place for place, name in enumerate(order) if name in ("RUN", "COPY"))


def test_what_it_sets_is_read() -> None:
    found = settings()
    assert found[HOST] == "0.0.0.0"
    assert of("EXPOSE") == [found["CEP_METRICS_PORT"]]
    assert found["CEP_LOG"] == "json"
    assert f'envvar="{"CEP_LOG"}"' in (ROOT / "cep" / "cli" / "run.py").read_text(encoding="utf-8")
    assert found["PATH"].split(":")[0] == "/opt/cep/bin"


def test_its_command_runs(tmp_path: Path) -> None:
    command = [*json.loads(of("ENTRYPOINT")[0]), *json.loads(of("CMD")[-1])]
    assert command[1] in VERBS
    (tmp_path / "rules.pattern").write_text("event A { at: timestamp } time at\nrule r { match a: A }\n")
    (tmp_path / "job.yaml").write_text(
        'rules: [rules.pattern]\nsources: {A: {file: a.jsonl}}\nmetrics: {port: "${CEP_METRICS_PORT}"}\n'
    )
    (tmp_path / "a.jsonl").write_text('{"at": 0}\n')
    environment = {**os.environ, **settings(), HOST: "127.0.0.1", "CEP_METRICS_PORT": "0"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["summary"]["events"] == 1


def test_its_health_check_asks_the_run(tmp_path: Path) -> None:
    (rest,) = of("HEALTHCHECK")
    program, *arguments = json.loads(rest.partition("CMD ")[2])
    assert program == "python"

    def asked(port: str) -> int:
        environment = {**os.environ, "CEP_METRICS_PORT": port}
        return subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, check=False
        ).returncode

    clock = VirtualClock()
    meter = Meter(clock)
    server = MetricsServer("127.0.0.1", 0, meter, Health(meter))
    port = server.address.rpartition(":")[2]
    server.start()
    try:
        meter.beat()
        assert asked(port) == 0
        clock.advance(LONGEST + 1)
        assert asked(port) != 0
    finally:
        server.close()
    assert asked(port) != 0
