"""The figures over Kafka as tables, and beside their aims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.aims import Aim, median, met
from benchmarks.tables import figure, short, table

_STAGES: Sequence[tuple[str, str]] = (
    ("consume_us", "consume"),
    ("decode_us", "decode"),
    ("take_us", "check, route, judge lateness"),
    ("order_us", "order"),
    ("match_us", "match"),
    ("outputs_us", "write outputs"),
    ("commit_us", "commit"),
    ("rest_us", "the rest of the worker"),
    ("client_us", "threads of the client"),
    ("total_us", "together"),
)
_DELAYS: Sequence[tuple[str, str]] = (
    ("median_ms", "median, ms"),
    ("p99_ms", "99 %, ms"),
    ("alerts", "alerts"),
    ("us_per_event", "µs an event"),
)
_GUARANTEES = ("at_least_once", "exactly_once")
_P99 = {"at_least_once": 60.0, "exactly_once": 250.0}
"""Milliseconds."""


def sections(found: dict[str, Any]) -> dict[str, str]:
    """The tables by the mark that they stand at; of what was not measured there is none."""
    parts = found.get("kafka", {}) | ({"soak": found["kafka_soak"]} if "kafka_soak" in found else {})
    made = {f"kafka {name}": write(parts[name]) for name, write in _TABLES.items() if name in parts}
    if "cpu" in parts:
        made["kafka stages"] = _stages(parts["cpu"])
    reached = [[aim[0], short(aim[1]), short(aim[2]), "met" if met(aim) else "not yet"] for aim in aims(parts)]
    about = {name: part["machine"] for name, part in parts.items()}
    measured = [[name, told["at"], told["cep"], told["load"], f"`{told['command']}`"] for name, told in about.items()]
    return made | {
        "kafka aims": table(["", "aim", "measured", ""], reached),
        "kafka measured": table(["", "at", "version", "load of the machine", "command"], measured),
    }


def _cpu(found: dict[str, Any]) -> str:
    cases = found["cases"]
    floor = median(cases["floor"], "us_per_event")
    rows = [
        [name, figure(case["us_per_event"]), short(median(case, "us_per_event") / floor)]
        for name, case in cases.items()
        if not name.startswith("stages")
    ]
    return table(["", "µs an event", "× floor"], rows)


def _stages(found: dict[str, Any]) -> str:
    rows = [
        [guarantee, *(figure(found["cases"][f"stages, {guarantee}"][key]) for key, _ in _STAGES)]
        for guarantee in _GUARANTEES
    ]
    return table(["", *(title for _, title in _STAGES)], rows)


def _delays(found: dict[str, Any]) -> str:
    rows = [[name, *(figure(case[key]) for key, _ in _DELAYS)] for name, case in found["cases"].items()]
    return table(["", *(title for _, title in _DELAYS)], rows)


def _soak(found: dict[str, Any]) -> str:
    head = [
        "guarantee",
        "minutes",
        "events/s",
        "MiB",
        "growth of memory",
        "99 % of the first quarter, ms",
        "of the last",
    ]
    names = ("minutes", "rate", "resident_mib", "memory_growth", "first_p99_ms", "last_p99_ms")
    return table(head, [[found["guarantee"], *(short(found[name]) for name in names)]])


_TABLES: Mapping[str, Callable[[dict[str, Any]], str]] = {"cpu": _cpu, "delays": _delays, "soak": _soak}


def aims(parts: dict[str, Any]) -> Iterator[Aim]:
    """Every aim over Kafka of which something was measured."""
    if "cpu" in parts:
        cases = parts["cpu"]["cases"]
        names = ("floor", "one worker, at_least_once", "1 worker from the start", "2 workers from the start")
        floor, alone, one, two = (median(cases[name], "us_per_event") for name in names)
        yield "at_least_once: times the floor, at most", 2.5, alone / floor, False
        yield "two workers: times the CPU of one, at most", 1.15, two / one, False
    if "delays" in parts:
        for guarantee, case in parts["delays"]["cases"].items():
            yield f"{guarantee}: 99 % of alerts within ms", _P99[guarantee], median(case, "p99_ms"), False
    if "soak" in parts:
        soaked = parts["soak"]
        yield "soak: growth of memory, at most", 0.01, soaked["memory_growth"], False
        slower = soaked["last_p99_ms"] / soaked["first_p99_ms"]
        yield "soak: 99 % of the last quarter over that of the first, at most", 1.2, slower, False
