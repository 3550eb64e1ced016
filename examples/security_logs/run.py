"""Run the six rules over each recording of a folder, and print which rule fires on which.

    python examples/security_logs/run.py FOLDER

FOLDER holds recordings of the OTRF Security-Datasets: zipped JSON lines. Without it, the environment variable
CEP_SECURITY_LOGS names the folder; without that, `../shared/data` beside the repository is looked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
VARIABLE = "CEP_SECURITY_LOGS"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run over one recording gave: alerts in their order, and the records that were set aside."""

    alerts: list[dict[str, Any]]
    late: int
    dead: int

    def fired(self) -> dict[str, int]:
        """Alerts by rule."""
        counts: dict[str, int] = {}
        for alert in self.alerts:
            counts[alert["rule"]] = counts.get(alert["rule"], 0) + 1
        return counts


def find_folder(named: str | None = None) -> Path | None:
    """The folder of the recordings, or None where there is none."""
    folder = Path(named or os.environ.get(VARIABLE) or REPOSITORY.parent / "shared" / "data")
    return folder if folder.is_dir() and any(folder.glob("*.zip")) else None


def unpacked(folder: Path, into: Path) -> Iterator[tuple[str, Path]]:
    """The name of each recording and its JSON lines, unpacked below `into`."""
    for packed in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(packed) as archive:
            for member in archive.namelist():
                if member.endswith(".json"):
                    yield packed.stem, Path(archive.extract(member, into / packed.stem))


def run(log: Path, out: Path, job: Path = HERE / "job.yaml") -> Outcome:
    """Run a job over one recording, with the output in the folder `out`. Exits when the run fails."""
    out.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, "CEP_SECURITY_LOG": str(log), "CEP_SECURITY_OUT": str(out)}
    command = [sys.executable, "-m", "cep.cli.main", "run", str(job)]
    done = subprocess.run(command, env=variables, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return Outcome(
        _lines(out / "alerts.jsonl"), len(_lines(out / "late.jsonl")), len(_lines(out / "dead_letters.jsonl"))
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def main() -> int:
    """Run over every recording and print the alerts."""
    folder = find_folder(sys.argv[1] if len(sys.argv) > 1 else None)
    if folder is None:
        print(f"No recordings found. Name their folder, as an argument or in {VARIABLE}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        for name, log in unpacked(folder, Path(scratch)):
            outcome = run(log, Path(scratch) / "out" / name)
            print(f"{name}: {len(outcome.alerts)} alerts, {outcome.late} late, {outcome.dead} dead letters")
            for alert in outcome.alerts:
                print(f"  {alert['rule']}  {alert['start']} to {alert['end']}\n    {json.dumps(alert['fields'])}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
