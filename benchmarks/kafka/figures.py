"""CPU time of an event over Kafka: the floor, one worker under both guarantees, stage by stage, and two workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.events import Shape, event_file
from benchmarks.floor import read_and_decode
from benchmarks.kafka.stand import PARTITIONS, ROOT, Stand, Worker, await_read
from benchmarks.measure import Spread
from cep.connectors.job.model import Guarantee

RULES = ROOT / "benchmarks" / "workloads"
GUARANTEES: tuple[Guarantee, ...] = ("at_least_once", "exactly_once")
Figures = dict[str, float]
MICRO = 1e6


def floor(stand: Stand, topic: str, events: int) -> Figures:
    """CPU microseconds an event of fetching, and of fetching and decoding."""
    command = [sys.executable, "-m", "benchmarks.kafka.floor", stand.servers, topic, str(events)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    fetched, both = (float(line) / events * MICRO for line in done.stdout.split())
    return {"consume_us": fetched, "us_per_event": both}


def one_worker(stand: Stand, name: str, topic: str, events: int, rules: str, guarantee: Guarantee) -> Figures:
    """A worker that catches up with what is in a topic."""
    told = _caught_up(stand, name, topic, events, rules, guarantee, clocked=False)
    return {"us_per_event": told["cpu"] / events * MICRO, "events_per_s": events / told["wall"]}


def stages(
    stand: Stand, name: str, topic: str, events: int, rules: str, guarantee: Guarantee, decode: float
) -> Figures:
    """CPU microseconds an event by stage; `decode`: what decoding alone takes, which cannot be told apart inside."""
    told = _caught_up(stand, name, topic, events, rules, guarantee, clocked=True)
    spent = told["spent"]
    own = {stage: seconds / events * MICRO for stage, seconds in spent.items()}
    thread, process = told["thread"] / events * MICRO, told["cpu"] / events * MICRO
    match = own["feed"] + own.get("advance", 0.0)
    named = own["poll"] + own["take"] + own["order"] + match + own["outputs"] + own["commit"]
    return {
        "consume_us": own["poll"],
        "decode_us": decode,
        "take_us": own["take"] - decode,
        "order_us": own["order"],
        "match_us": match,
        "outputs_us": own["outputs"],
        "commit_us": own["commit"],
        "rest_us": thread - named,
        "client_us": process - thread,
        "total_us": process,
    }


def shared(stand: Stand, name: str, lines: Sequence[bytes], rules: str, guarantee: Guarantee, count: int) -> Figures:
    """So many workers, all there before the first record is written."""
    topic = stand.topic(f"{name}-events")
    job = stand.job(name, topic, rules, guarantee)
    workers = [Worker(job) for _ in range(count)]
    try:
        for worker in workers:
            worker.await_owned(PARTITIONS // count)
        stand.write(topic, lines)
        await_read(workers, len(lines))
        read = [worker.read for worker in workers]
        # at once, or who is left would take up what the other has let go
        for worker in workers:
            worker.ask_to_leave()
        told = [worker.figures() for worker in workers]
    finally:
        for worker in workers:
            worker.close()
    smallest = min(read) / len(lines)
    return {"us_per_event": sum(one["cpu"] for one in told) / len(lines) * MICRO, "smallest_share": smallest}


def _caught_up(
    stand: Stand, name: str, topic: str, events: int, rules: str, guarantee: Guarantee, *, clocked: bool
) -> dict[str, Any]:
    worker = Worker(stand.job(name, topic, rules, guarantee), clocked=clocked)
    try:
        await_read([worker], events)
        return worker.figures()
    finally:
        worker.close()


def figures(stand: Stand, workload: str, events: int, repeat: int) -> dict[str, dict[str, Any]]:
    """All of them, over so many events, by case; each a spread over repetitions."""
    path = event_file(Shape(events), ROOT / "var" / "bench")
    rules = (RULES / f"{workload}.pattern").read_text(encoding="utf-8")
    lines = path.read_bytes().splitlines()
    topic = stand.topic("events")
    stand.write(topic, lines)
    decode = read_and_decode(Path(path))[0] / events * MICRO
    found: dict[str, list[Figures]] = {}
    for turn in range(repeat):
        found.setdefault("floor", []).append(floor(stand, topic, events))
        for guarantee in GUARANTEES:
            short = guarantee.replace("_", "")
            one = one_worker(stand, f"one{short}{turn}", topic, events, rules, guarantee)
            found.setdefault(f"one worker, {guarantee}", []).append(one)
            by_stage = stages(stand, f"stages{short}{turn}", topic, events, rules, guarantee, decode)
            found.setdefault(f"stages, {guarantee}", []).append(by_stage)
        for count in (1, 2):
            together = shared(stand, f"shared{count}x{turn}", lines, rules, "at_least_once", count)
            found.setdefault(f"{count} worker{'s' if count > 1 else ''} from the start", []).append(together)
    return {case: spreads(runs) for case, runs in found.items()}


def spreads(runs: list[Figures]) -> dict[str, Any]:
    """Each figure over its repetitions."""
    return {name: Spread.of([run[name] for run in runs]) for name in runs[0]}
