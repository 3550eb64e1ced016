"""Runs suites and writes their figures as JSON; see the package's own text."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.measure import Spread, usage
from benchmarks.suites import AS_NAMED, SUITES, cases

OUT = Path(__file__).parent.parent / "var" / "bench"
_LIMIT = 900
"""Seconds for one measurement."""


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure cep.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)} (default: all)")
    parser.add_argument(
        "--scale",
        type=float,
        default=0.25,
        help="part of the full events (default: %(default)s); state and checking are run in full",
    )
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each case (default: %(default)s)")
    parser.add_argument("--only", default="", help="cases whose name begins so; the others keep their figures")
    parser.add_argument("--json", type=Path, default=OUT / "suites.json", help="where the figures go")
    wanted = parser.parse_args()
    if unknown := {*wanted.suites} - {*SUITES}:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    results: dict[str, Any] = json.loads(wanted.json.read_text("utf-8")) if wanted.json.exists() else {}
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    failed = 0
    for suite in wanted.suites or SUITES:
        found: dict[str, Any] = results[suite]["cases"] if wanted.only and suite in results else {}
        print(f"\n{suite}", flush=True)
        about, scale = machine(), 1.0 if suite in AS_NAMED else wanted.scale
        for case in cases(suite):
            if case.startswith(wanted.only):
                found[case] = measured(suite, case, scale, wanted.repeat)
                failed += "failed" in found[case]
                print(f"  {case:<40} {shown(found[case])}", flush=True)
        results[suite] = {"machine": about, "scale": scale, "cases": found}
        wanted.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"\nfigures in {wanted.json}", file=sys.stderr)
    return 1 if failed else 0


def measured(suite: str, case: str, scale: float, repeat: int) -> dict[str, Any]:
    """Medians and extremes by figure; or why there are none."""
    command = [sys.executable, "-m", "benchmarks.suites", suite, case, str(scale)]
    try:
        runs = [json.loads(usage(command, _LIMIT).output) for _ in range(repeat)]
    except TimeoutError as error:
        return {"failed": str(error)}
    except subprocess.CalledProcessError as error:
        return {"failed": (error.stderr or "").strip()[-400:]}
    names = [name for name in runs[0] if all(name in run for run in runs)]
    return {name: asdict(Spread.of([run[name] for run in runs])) for name in names}


def shown(found: dict[str, Any]) -> str:
    """One line of medians."""
    if "failed" in found:
        return str(found["failed"]).splitlines()[-1]
    return "  ".join(f"{name} {spread['median']:,.4g}" for name, spread in found.items())


if __name__ == "__main__":
    sys.exit(main())
