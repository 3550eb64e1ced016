"""As many drawn runs more as asked for, behind the last seed that was run: `python -m tests.recovery --seeds 1000`.

May be broken off; what was run adds up in `tests/recovery/seeds.json`. Exit code 1 where a run went wrong.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from tests.recovery.seeds import drawn_run

RECORD = Path(__file__).parent / "seeds.json"
_SAVED = 100
"""Seeds between two savings of the record."""


def main() -> int:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to run")
    parser.add_argument("--seed", type=int, help="run this one alone, and record nothing")
    options = parser.parse_args()
    if options.seed is not None:
        print(drawn_run(options.seed))
        return 0
    record = json.loads(RECORD.read_text())
    failed = len(record["failed"])
    started = time.monotonic()
    for number in range(1, options.seeds + 1):
        outcome = drawn_run(record["next"])
        if outcome.trouble:
            record["failed"].append([record["next"], outcome.trouble])
            print(f"seed {record['next']}: {outcome.trouble}")
        record["next"] += 1
        record["broken off"] += outcome.breaks
        if number % _SAVED == 0 or number == options.seeds:
            RECORD.write_text(json.dumps(record) + "\n")
    took = time.monotonic() - started
    print(f"{options.seeds} seeds in {took:.0f} s; so far {record['next']}, broken off {record['broken off']} times,"
          f" {len(record['failed'])} went wrong")  # fmt: skip
    return 1 if len(record["failed"]) > failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
