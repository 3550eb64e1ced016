"""What was aimed at, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Aim = tuple[str, float, float, bool]
"""What, the aim, the measured value, whether more is better."""


def aims(found: dict[str, Any]) -> Iterator[Aim]:
    """Every aim of which the figures say something."""
    dense, slow, hot = found["peers_dense"], found["peers_slow"], found["peers_hot"]
    for name in ("P1", "P2", "P4", "P5"):
        yield f"{name}: Flink CEP takes so many times our CPU, at least", 6, beside(dense, name, "flink"), True
    yield "P3, slow: Flink CEP, at least", 8, beside(slow, "P3", "flink"), True
    yield "P3, 200,000 events a millisecond apart: Flink CEP, at least", 20, beside(hot, "P3", "flink"), True
    for name in ("P1", "P2", "P4"):
        ours = warm(dense, name, "cep")
        yield f"{name}: times the floor of the file, at most", 4, ours / dense["floors"]["file"]["median"], False
    for results, names in ((dense, ("P1", "P2", "P4", "P5")), (slow, ("P3", "P3c", "P3n"))):
        for name in names:
            yield f"{name}: times the loop written by hand, at most", 2, 1 / beside(results, name, "loop"), False
    suites = found["suites"]
    for shape, most in (("ten types", 8), ("equalities", 6), ("thresholds", 25)):
        yield f"1,000 rules, {shape}: times one rule, at most", most, growth(suites["rules"], shape, 1, 1000), False
    for mode in ("then", "then any"):
        yield (
            f"window of 10,000, `{mode}`: times one of 10, at most",
            1.5,
            growth(suites["windows"], mode, 10, 10000),
            False,
        )
    for mode in ("then", "then any"):
        small, large = (median(suites["windows"]["cases"][f"{mode} {size}"], "visits") for size in (10, 10000))
        yield f"window of 10,000, `{mode}`: runs visited an event, at most as in one of 10", small, large, False
    first = max(median(dense["workloads"][name]["cep"], "first_match_s") for name in ("P1", "P2", "P4", "P5"))
    yield "first alert after the start of the process, s, at most", 0.6, first, False
    state = suites["state"]["cases"]
    yield "a million keys of one, MiB, at most", 800, median(state["a million keys of one"], "resident_mib"), False
    yield "100,000 keys of ten, MiB, at most", 500, median(state["100,000 keys of ten"], "resident_mib"), False
    kept = state["snapshot, 100,000 keys of one"]
    yield "snapshot of 100,000 partial matches, CPU s, at most", 0.5, median(kept, "snapshot_s"), False
    yield "restore of 100,000 partial matches, CPU s, at most", 1, median(kept, "restore_s"), False
    checked = suites["checking"]["cases"]["10,000 rules"]
    yield "10,000 rules checked, CPU s, at most", 90, median(checked, "cold_s"), False
    yield "10,000 rules checked, MiB, at most", 1536, median(checked, "cold_mib"), False
    yield "10,000 rules checked again, CPU s, at most", 5, median(checked, "again_s"), False


def warm(results: dict[str, Any], workload: str, engine: str) -> float:
    """CPU microseconds an event."""
    return median(results["workloads"][workload][engine], "us_per_event")


def beside(results: dict[str, Any], workload: str, engine: str) -> float:
    """How many times our CPU time a peer takes."""
    return warm(results, workload, engine) / warm(results, workload, "cep")


def growth(suite: dict[str, Any], name: str, low: int, high: int) -> float:
    """Time at the larger number over time at the smaller one."""
    cases = suite["cases"]
    return median(cases[f"{name} {high}"], "us_per_event") / median(cases[f"{name} {low}"], "us_per_event")


def median(figures: dict[str, Any], name: str) -> float:
    """The median of a figure."""
    value: float = figures[name]["median"]
    return value


def met(aim: Aim) -> bool:
    """Whether it is reached."""
    _, wanted, value, more = aim
    return value >= wanted if more else value <= wanted
