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


def run_job() -> float:
    """Run `cep run job.yaml` as anybody would; returns the seconds it took. Exits with its code when it fails."""
    for stale in ("alerts.jsonl", "late.jsonl", "dead_letters.jsonl"):
        (OUT / stale).unlink(missing_ok=True)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cep", "run", str(HERE / "job.yaml")], stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        raise SystemExit(done.returncode)
    return time.perf_counter() - started


def lines(name: str) -> list[dict[str, Any]]:
    """The JSON lines of one output; none where the file was not needed."""
    path = OUT / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def verdict(key: Mapping[str, Any], outcome: Mapping[str, Judgement]) -> tuple[str, bool]:
    """The last sentences, and whether all is as the key says."""
    found = sum(len(judgement.found) for judgement in outcome.values())
    wrong = sum(len(judgement.wrong) for judgement in outcome.values())
    expected = len(key["alerts"])
    late, dead = len(lines("late.jsonl")), len(lines("dead_letters.jsonl"))
    precision = found / (found + wrong) if found + wrong else 0.0
    recall = found / expected
    right = precision == recall == 1.0 and late == len(key["late"]) and dead == len(key["dead_letters"])
    return (
        f"{found} of {expected} expected alerts found, {wrong} false alarms: "
        f"precision {precision:.3f}, recall {recall:.3f}\n"
        f"{late} of {len(key['late'])} hopelessly late events in the late output, "
        f"{dead} of {len(key['dead_letters'])} broken lines in the dead letters",
        right,
    )


def main() -> int:
    """Generate, run, judge, tell."""
    parser = argparse.ArgumentParser(description="Run the fraud pack over a made-up day and check what it finds.")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another day (default: 7)")
    seed = parser.parse_args().seed
    key = generate(seed, OUT)
    print(f"A day at the bank (seed {seed}): {key['events']:,} events, {key['out_of_order']:,} of them out of order")
    seconds = run_job()
    outcome = judge(key, lines("alerts.jsonl"))
    print(f"The eight rules ran over it in {seconds:.1f} s: {key['events'] / seconds:,.0f} events/s with start-up\n")
    print(digest(outcome), "\n")
    text, right = verdict(key, outcome)
    print(text)
    if not right:
        print("The outcome is NOT what the answer key says.", file=sys.stderr)
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
