"""What is measured, a module for each question; a case is a function that gives figures by name.

Each case runs in a process of its own, once for each repetition, with a `scale` by which its events shrink; those of
`AS_NAMED` are called by how much there is of something, and run as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

SUITES = (
    "workloads",
    "streams",
    "rules",
    "windows",
    "captured",
    "state",
    "delay",
    "checking",
    "alerts",
    "stages",
    "carried",
)
AS_NAMED = ("state", "checking")
Figures = dict[str, float]
Case = Callable[[float], Figures]


def cases(suite: str) -> Mapping[str, Case]:
    """The cases of a suite by name."""
    found: Mapping[str, Case] = import_module(f"benchmarks.suites.{suite}").CASES
    return found
