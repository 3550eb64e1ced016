"""Jobs over a broker whose workers die, added to the log: `python -m tests.kafka.deaths --count 20`.

May be broken off; lines add up. Kinds are taken that have come about least so far, unless some are named.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from cep.connectors.job.model import Guarantee
from tests.kafka.broker.server import Broker
from tests.kafka.deaths.log import LOG, add, entries, next_kinds, tally
from tests.kafka.deaths.played import job_name, played
from tests.kafka.deaths.workers import MEMBERSHIPS, Setting

_IN_A_JOB = 8
_COMMITS = (20, 100, 300)
_SHORT, _LONG = 2_000, 6_000
"""Milliseconds of a session: short, so that much can be tried, and as long as it would be set."""


def drawn_setting(seed: int, chance: random.Random) -> Setting:
    """How the job of a seed is run."""
    guarantee: Guarantee = "exactly_once" if seed % 2 else "at_least_once"
    membership = MEMBERSHIPS[seed // 2 % len(MEMBERSHIPS)]
    session = _LONG if membership == "consumer" or chance.random() < 0.3 else _SHORT
    return Setting(job_name(seed), guarantee, membership, session, chance.choice(_COMMITS))


def main(arguments: list[str]) -> int:
    """Run jobs, add them to the log; 0 if nothing was wrong with any of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka.deaths", description="Workers killed, for real.")
    parser.add_argument("--count", type=int, default=20, metavar="DEATHS", help="deaths in all")
    parser.add_argument("--kinds", default="", metavar="KIND,…", help="these kinds, one after the other")
    parser.add_argument("--seed", type=int, help="of the first job; the others count on")
    parser.add_argument("--log", type=Path, default=LOG, help="where the jobs are noted")
    parser.add_argument("--keep", type=Path, help="where the workers' folders stay")
    options = parser.parse_args(arguments)
    done = wrong = 0
    seed = len(entries(options.log)) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as name, Broker(Path(name) / "broker") as broker:
        while done < options.count:
            chance = random.Random(seed)
            setting = drawn_setting(seed, chance)
            count = min(_IN_A_JOB, options.count - done)
            chosen = options.kinds.split(",") if options.kinds else None
            chosen = chosen or next_kinds(entries(options.log), setting.guarantee, setting.membership, count, chance)
            folder = (options.keep or Path(name)) / setting.job
            pause = 5 * setting.session / 1000
            lives = played(folder, broker.bootstrap, seed, chosen, setting, pause=pause, broker=broker)
            add(lives, options.log)
            told = f"{lives.seed} {lives.guarantee} {lives.membership}: {lives.kinds}, {lives.open} open"
            print(f"{told}, missed {lives.missed}, {lives.wrong or 'nothing wrong'}", flush=True)
            seed, done, wrong = seed + 1, done + len(chosen), wrong + bool(lives.wrong)
    total = tally(entries(options.log))
    print(f"in all: {dict(sorted(total.items()))}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
