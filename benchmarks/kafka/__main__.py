"""Measures a job over a broker, and writes the figures as JSON; see the package's own text."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.kafka.delays import delays
from benchmarks.kafka.figures import GUARANTEES, figures, spreads
from benchmarks.kafka.soak import soak
from benchmarks.kafka.stand import ROOT, Stand
from benchmarks.machine import machine
from tests.kafka.broker.server import Broker

OUT = ROOT / "var" / "bench"
_HEAP = "1g"


def main(arguments: list[str]) -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kafka", description="Measure cep over Kafka.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    cpu = verbs.add_parser("figures", help="CPU time of an event, and delays of alerts")
    cpu.add_argument("--events", type=int, default=1_000_000, help="(default: %(default)s)")
    cpu.add_argument("--repeat", type=int, default=3, help="measurements of each case (default: %(default)s)")
    cpu.add_argument("--workload", default="P1", help="(default: %(default)s)")
    cpu.add_argument("--rate", type=int, default=10_000, help="events a second, for delays (default: %(default)s)")
    cpu.add_argument("--seconds", type=float, default=30.0, help="of each measurement of delays (default: %(default)s)")
    cpu.add_argument("--only", choices=("cpu", "delays"), help="the others keep their figures")
    long = verbs.add_parser("soak", help="memory and delays over a long time")
    long.add_argument("--minutes", type=float, default=20.0, help="(default: %(default)s)")
    long.add_argument("--rate", type=int, default=5_000, help="events a second (default: %(default)s)")
    long.add_argument("--guarantee", choices=GUARANTEES, default="exactly_once", help="(default: %(default)s)")
    wanted = parser.parse_args(arguments)
    place = OUT / ("kafka.json" if wanted.verb == "figures" else "kafka_soak.json")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Broker(Path(name) / "broker", heap=_HEAP, quick=False) as broker:
        (Path(name) / "jobs").mkdir()
        stand = Stand(Path(name) / "jobs", broker)
        about = machine()
        if wanted.verb == "soak":
            found: dict[str, Any] = {"machine": about, **soak(stand, wanted.guarantee, wanted.rate, wanted.minutes)}
            shown({"soak": {key: value for key, value in found.items() if key not in ("machine", "samples")}})
        else:
            found = json.loads(place.read_text("utf-8")) if wanted.only and place.exists() else {}
            found |= measured(stand, wanted, about)
    place.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"figures in {place}", file=sys.stderr)
    return 0


def measured(stand: Stand, wanted: argparse.Namespace, about: dict[str, str]) -> dict[str, Any]:
    """The parts that were asked for."""
    found: dict[str, Any] = {}
    if wanted.only != "delays":
        cases = figures(stand, wanted.workload, wanted.events, wanted.repeat)
        found["cpu"] = {"machine": about, "workload": wanted.workload, "events": wanted.events, "cases": _plain(cases)}
        shown(found["cpu"]["cases"])
    if wanted.only != "cpu":
        cases = {
            guarantee: spreads(
                [
                    delays(stand, f"{guarantee[:2]}{turn}", guarantee, wanted.rate, wanted.seconds)
                    for turn in range(wanted.repeat)
                ]
            )
            for guarantee in GUARANTEES
        }
        found["delays"] = {"machine": about, "rate": wanted.rate, "seconds": wanted.seconds, "cases": _plain(cases)}
        shown(found["delays"]["cases"])
    return found


def _plain(cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {case: {name: asdict(spread) for name, spread in found.items()} for case, found in cases.items()}


def shown(cases: dict[str, dict[str, Any]]) -> None:
    """One line a case."""
    for case, found in cases.items():
        parts = (
            f"{name} {value['median'] if isinstance(value, dict) else value:,.4g}"
            for name, value in found.items()
            if not isinstance(value, str)
        )
        print(f"  {case:<32} {'  '.join(parts)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
