"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def machine() -> dict[str, str]:
    """Processor, versions, the load at the start, the time and the command."""
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, {_model()}",
        "python": platform.python_version(),
        "java": _java(),
        "cep": f"{version('cep-engine')} {_commit()}".strip(),
        "msgspec": version("msgspec"),
        "sortedcontainers": version("sortedcontainers"),
        "load": f"{loads} (1, 5, 15 minutes)",
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%MZ"),
        "command": f"python -m {_module()} {' '.join(sys.argv[1:])}".strip(),
    }


def _module() -> str:
    main = sys.modules["__main__"].__spec__
    return main.name.removesuffix(".__main__") if main is not None else "benchmarks"


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _java() -> str:
    try:
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return told.splitlines()[0]


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
