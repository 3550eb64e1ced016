"""Make a day at a bank, run the fraud pack over it, and tell what was found: `make demo`.

Ends with exit code 1 unless every alert of the answer key was found, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digest import digest
from generate import generate
from judge import Judgement, judge

HERE = Path(__file__).parent
OUT = HERE / "out"


def run_job() -> tuple[dict[str, Any], float]:
    """Run `cep run job.yaml` as anybody would. Returns its summary, and the seconds with start-up.

    Exits with its code when it fails.
    """
    for stale in ("alerts.jsonl", "late.jsonl", "dead_letters.jsonl", "summary.json"):
        (OUT / stale).unlink(missing_ok=True)
    summary = OUT / "summary.json"
    command = [sys.executable, "-m", "cep.cli.main", "run", str(HERE / "job.yaml")]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--output", "json", "--out", str(summary)], stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        raise SystemExit(done.returncode)
    seconds = time.perf_counter() - started
    return json.loads(summary.read_text(encoding="utf-8")), seconds


def lines(name: str) -> list[dict[str, Any]]:
    """The JSON lines of one output; none where the file was not needed."""
    path = OUT / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def verdict(key: Mapping[str, Any], outcome: Mapping[str, Judgement], summary: Mapping[str, Any]) -> tuple[str, bool]:
    """The last sentences, and whether all is as the key says."""
    found = sum(len(judgement.found) for judgement in outcome.values())
    wrong = sum(len(judgement.wrong) for judgement in outcome.values())
    expected = len(key["alerts"])
    late, dead = len(lines("late.jsonl")), len(lines("dead_letters.jsonl"))
    precision = found / (found + wrong) if found + wrong else 0.0
    recall = found / expected
    unrouted = summary["unrouted"]["total"]
    set_aside = (late, dead, unrouted) == (len(key["late"]), len(key["dead_letters"]), key["unrouted"])
    return (
        f"{found} of {expected} expected alerts found, {wrong} false alarms: "
        f"precision {precision:.3f}, recall {recall:.3f}\n"
        f"{late} of {len(key['late'])} hopelessly late events in the late output, "
        f"{dead} of {len(key['dead_letters'])} broken lines in the dead letters, "
        f"{unrouted} of {key['unrouted']} events of no declared type counted",
        precision == recall == 1.0 and set_aside,
    )


def main() -> int:
    """Generate, run, judge, tell."""
    parser = argparse.ArgumentParser(description="Run the fraud pack over a made-up day and check what it finds.")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another day (default: 7)")
    seed = parser.parse_args().seed
    key = generate(seed, OUT)
    print(f"A day at the bank (seed {seed}): {key['events']:,} events, {key['out_of_order']:,} of them out of order")
    summary, seconds = run_job()
    outcome = judge(key, lines("alerts.jsonl"))
    speed = f"{summary['seconds']:.2f} s ({summary['events_per_second']:,.0f} events/s; {seconds:.2f} s with start-up)"
    print(f"The eight rules ran over it in {speed}\n")
    print(digest(outcome), "\n")
    text, right = verdict(key, outcome, summary)
    print(text)
    if not right:
        print("The outcome is NOT what the answer key says.", file=sys.stderr)
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
