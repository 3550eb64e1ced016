"""Where the time of an event goes: CPU of each stage on its way from the file to the alert's line.

The stages run as in `cep run`, in batches of a piece of the file, with the clock read around each, once a batch.
Decoding is also measured alone, over the same lines, and taken off what holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.engine import Feed
from benchmarks.events import Shape, event_file
from benchmarks.suites import Case, Figures
from cep.connectors.lines import LineSplitter
from cep.engine.matcher import Matcher
from cep.runtime.decode.text import PLAIN_LENGTH
from cep.runtime.held import Held
from cep.runtime.partition import Partition

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "var" / "bench"
PIECE = 128 * 1024
MOST_EVENTS = 1_000_000

STAGES: dict[str, tuple[type, str]] = {
    "take": (Partition, "take"),
    "order": (Held, "take"),
    "feed": (Matcher, "feed"),
    "advance": (Matcher, "advance"),
}


def clocked(spent: Counter[str], stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that adds the seconds it takes to those of a stage."""

    @wraps(function)
    def run(*arguments: Any) -> Any:
        begun = process_time()
        result = function(*arguments)
        spent[stage] += process_time() - begun  # type: ignore[assignment]
        return result

    return run


def stages(workload: str, scale: float) -> Figures:
    """Microseconds an event by stage."""
    path = event_file(Shape(max(1_000, int(MOST_EVENTS * scale))), OUT)
    feed = Feed((ROOT / "benchmarks" / "workloads" / f"{workload}.pattern").read_text(encoding="utf-8"))
    spent: Counter[str] = Counter()
    for stage, (owner, name) in STAGES.items():
        setattr(owner, name, clocked(spent, stage, getattr(owner, name)))
    split, decode = LineSplitter().feed, feed.shard._routers["events"].decode
    count = 0
    with path.open("rb", buffering=0) as file:
        while piece := clocked(spent, "split", file.read)(PIECE):
            lines = clocked(spent, "split", split)(piece)
            count += len(lines.raws)
            out = feed.push(lines.raws)
            begun = process_time()
            for alert in out.alerts:
                alert.json()
            spent["alerts"] += process_time() - begun  # type: ignore[assignment]
            clocked(spent, "decode", decoded)(feed, decode, lines.raws)
    micros = {stage: seconds / count * 1e6 for stage, seconds in spent.items()}
    return {
        "split_us": micros["split"],
        "decode_us": micros["decode"],
        "take_us": micros["take"] - micros["decode"],
        "order_us": micros["order"],
        "match_us": micros["feed"] + micros["advance"],
        "alerts_us": micros["alerts"],
        "total_us": sum(micros.values()) - micros["decode"],
        "alerts": feed.shard.stats.alerts,
    }


def decoded(feed: Feed, decode: Callable[[bytes], Any], raws: list[bytes]) -> None:
    """Decode alone; what the router has not learnt to pass over yet raises, and is rare."""
    for raw in raws:
        if len(raw) <= PLAIN_LENGTH:
            try:
                decode(raw)
            except ValueError:
                decode = feed.shard._routers["events"].decode


CASES: dict[str, Case] = {name: partial(stages, name) for name in ("P1", "P2", "P3", "P3c", "P3n", "P4", "P5")}
