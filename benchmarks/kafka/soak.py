"""A worker for a long time over keys that come and go: whether its memory grows, and whether alerts get slower."""

from __future__ import annotations

from pathlib import Path
from resource import getpagesize
from statistics import linear_regression, mean
from typing import Any

from benchmarks.kafka.delays import MILLI, percentile, traffic
from benchmarks.kafka.stand import Stand
from benchmarks.measure import MIB
from cep.connectors.job.model import Guarantee

RENEWED = 0.2
"""Share of the keys that are new each minute."""
_EVERY = 5.0
"""Seconds between two looks at the memory."""


def soak(stand: Stand, guarantee: Guarantee, rate: int, minutes: float) -> dict[str, Any]:
    """Memory over the last three quarters of the time, and delays of the first quarter and the last."""
    seconds = minutes * 60
    samples: list[tuple[float, float]] = []
    with traffic(stand, "soak", guarantee, rate, seconds, RENEWED) as (worker, listen):
        for turn in range(int(seconds / _EVERY)):
            heard = listen(_EVERY)
            samples.append(((turn + 1) * _EVERY, resident(worker.pid) / MIB))
            if turn % 12 == 11:
                print(f"{(turn + 1) * _EVERY:6.0f} s  {samples[-1][1]:.1f} MiB  {len(heard.at)} alerts", flush=True)
        told = worker.figures()
    late = [(at, size) for at, size in samples if at > seconds / 4]
    slope = linear_regression(*zip(*late, strict=True)).slope
    first, begun = heard.at[0] + seconds / 4, heard.at[0]
    early = heard.between(begun, first)
    end = heard.between(begun + seconds * 3 / 4, heard.at[-1])
    return {
        "events": told["events"],
        "alerts": len(heard.at),
        "rate": rate,
        "minutes": minutes,
        "guarantee": guarantee,
        "resident_mib": mean(size for _, size in late),
        "memory_growth": slope * seconds * 3 / 4 / mean(size for _, size in late),
        "first_p99_ms": percentile(early, 99) * MILLI,
        "last_p99_ms": percentile(end, 99) * MILLI,
        "us_per_event": told["cpu"] / told["events"] * 1e6,
        "samples": [round(size, 1) for _, size in samples],
    }


def resident(pid: int) -> int:
    """Bytes of a process that are resident now. Needs Linux."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * getpagesize()
