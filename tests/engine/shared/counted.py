"""Counts what a matcher does for an event, in lines of Python executed: operations, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from cep.engine.matcher import Matcher
from cep.engine.record import Record
from cep.engine.shared.node import Node
from cep.language.load import load_text
from cep.plan.compile import compile_plan
from tests.engine.counting import record

EVENTS = """
event A { k: string  ts: timestamp } time ts
event B { k: string  ts: timestamp } time ts
event C { k: string  ts: timestamp } time ts
"""
MILLISECOND = 1_000
PATTERNS = {
    "any": ("a: A then any b: B then any c: C", "AABBC"),
    "combinations": ("a: A{3} combinations", "A"),
    "open combinations": ("a: A{2,} combinations then b: B", "AAB"),
    "relaxed and strict": ("a: A then any b: B then next c: B+ then any d: C", "ABBBC"),
}
"""Patterns that branch, and the types of the events that come in turn, a millisecond apart."""


def matcher(pattern: str, window: int, rest: str = "after match skip nothing", limit: int = 10**9) -> Matcher:
    """A matcher for a pattern whose matches span at most `window` events."""
    text = f"{EVENTS}rule r {{ match by k within {window}ms\n {pattern}\n {rest}\n limit runs {limit} }}"
    plan = compile_plan(load_text(text))
    assert plan.rules[0].sharing is not None
    return Matcher(plan)


def records(engine: Matcher, types: str, places: Iterable[int]) -> list[Record]:
    """Events of the types in turn, one every millisecond."""
    return [record(engine, i, i * MILLISECOND, types[i % len(types)], k="k") for i in places]


def lines(run: Callable[[], object]) -> int:
    """How many lines of the engine and of generated code were executed while `run` ran."""
    count = 0

    def local(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        return local if "/cep/engine/" in name or name.startswith("<cep") else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def nodes(engine: Matcher) -> list[Node]:
    """Every node that is held."""
    return [node for keyed in engine.machines[0].keys.values() for stage in keyed.stages for node in stage]  # type: ignore[attr-defined]
