"""What one event costs however many rules are loaded: functions called, fields read, declared functions called.

Counted, not timed, so that a loop over rules or runs that comes back fails here.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from cep.engine.indexed import MANY
from cep.engine.matcher import Matcher
from cep.engine.values import Values
from cep.language.load import load_text
from cep.plan.compile import compile_plan
from tests.engine.counting import Data, record

EVENT = """
event Pay { card: string  amount: int  shop: string  ts: timestamp } time ts
event Ping { card: string  ts: timestamp } time ts
function risk(shop: string) -> int from python "models:risk"
"""
IDLE = {"card": "c", "amount": 500, "shop": "s"}
"""Fields of an event that fits nothing below."""


def rules(pattern: str, count: int, clauses: str = "") -> Matcher:
    """A matcher of so many rules; `#` in the pattern is a rule's number."""
    return engine(
        "\n".join(
            f"rule r{i} {{ match by card within {i + 1}h\n {pattern.replace('#', str(i))}\n {clauses} }}"
            for i in range(count)
        )
    )


def engine(text: str, functions: dict[str, Callable[..., Any]] | None = None) -> Matcher:
    """A matcher of rules."""
    return Matcher(compile_plan(load_text(EVENT + text)), Values(functions=functions or {}))


def calls(run: Callable[[], object]) -> Counter[str]:
    """How often each Python function of the engine, or generated for it, was called."""
    found: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and ("/cep/engine/" in name or name.startswith("<cep")):
            found[frame.f_code.co_name] += 1

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found


class Watched(Data):
    """Fields that count how often each is read."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.__dict__["reads"] = Counter()

    def __getattribute__(self, name: str) -> Any:
        held: dict[str, Any] = super().__getattribute__("__dict__")
        if name in held and name != "reads":
            held["reads"][name] += 1
        return super().__getattribute__(name)


def reads(machine: Matcher, event: str, **fields: Any) -> Counter[str]:
    """Which fields are read, and how often, while an event is taken."""
    watched = Watched(fields)
    machine.feed([(0, (), "t", 0, 0, machine.plan.events.index(event), watched, b"{}")])
    found: Counter[str] = watched.__dict__["reads"]
    return found


@pytest.mark.parametrize("count", [1, 10, 100])
def test_an_event_that_moves_nothing_is_a_few_calls_however_many_rules_are_loaded(count: int) -> None:
    machine = rules("a: Pay where amount == #\n then b: Pay where amount > 1000 + #", count)
    idle = [record(machine, i, i, "Pay", **IDLE) for i in range(20)]
    looks = {} if count == 1 else {"passed": 20, "merged": 20}
    assert calls(lambda: machine.feed(idle)) == {"feed": 1, "on_0": 20} | looks


@pytest.mark.parametrize("count", [1, 10, 100])
def test_an_event_that_moves_one_rule_costs_the_same_however_many_are_loaded(count: int) -> None:
    machine = rules("a: Pay where amount == #\n then b: Pay where amount > 1000 + #", count)
    opens = record(machine, 0, 0, "Pay", **(IDLE | {"amount": 0}))
    alone = rules("a: Pay where amount == #\n then b: Pay where amount > 1000 + #", 1)
    looks = {} if count == 1 else {"passed": 1, "merged": 1, "visit_0_0": 1}
    assert calls(lambda: machine.feed([opens])) == calls(lambda: alone.feed([opens])) + Counter(looks)
    assert machine.open_runs() == 1


@pytest.mark.parametrize("count", [10, 100])
def test_a_guard_that_rules_share_is_asked_once_for_all(count: int) -> None:
    pattern = 'a: Pay where amount > 1000 and shop == "s"\n then b: Pay where amount < 100 and shop != "s"'
    alone, many = rules(pattern, 1), rules(pattern, count)
    assert reads(many, "Pay", **IDLE) == reads(alone, "Pay", **IDLE)
    assert reads(alone, "Pay", **IDLE)["amount"] > 0


@pytest.mark.parametrize("count", [10, 100])
def test_guards_of_its_own_cost_a_rule_one_look_a_step(count: int) -> None:
    machine = rules("a: Pay where amount * 2 > 1000 + #\n then b: Pay where amount * 2 < 100 - #", count)
    found = reads(machine, "Pay", **(IDLE | {"amount": 300}))
    assert found["amount"] <= 2 * count
    assert found["card"] == 0


def test_the_key_is_read_only_for_rules_that_an_event_may_move() -> None:
    machine = rules("a: Pay where amount == #\n then b: Pay where amount > 1000 + #", 100)
    assert reads(machine, "Pay", **(IDLE | {"amount": 7}))["card"] == 1


def test_a_guard_about_the_event_alone_is_asked_once_not_for_each_open_run() -> None:
    machine = rules('a: Pay where amount > 0\n then b: Pay where shop == "none" and amount < 0', 1)
    machine.feed([record(machine, i, i, "Pay", **IDLE) for i in range(500)])
    assert machine.open_runs() == 500
    assert reads(machine, "Pay", card="c", amount=0, shop="none")["shop"] == 1


class Risk:
    """A declared function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, shop: str) -> int:
        self.calls += 1
        return len(shop)


def test_a_declared_function_is_called_once_an_event_not_once_a_run() -> None:
    risk = Risk()
    machine = engine(
        "rule r { match by card within 1h\n a: Ping\n then b: Pay where risk(shop) > 100 }", {"risk": risk}
    )
    machine.feed([record(machine, i, i, "Ping", card="c") for i in range(500)])
    machine.feed([record(machine, 500 + i, 500 + i, "Pay", **IDLE) for i in range(10)])
    assert machine.open_runs() == 500 and risk.calls == 10


def test_a_declared_function_is_not_called_where_a_part_before_it_fails() -> None:
    risk = Risk()
    machine = engine(
        "rule r { match by card within 1h\n a: Pay where amount > 1000 and risk(shop) > 0\n then b: Ping }",
        {"risk": risk},
    )
    machine.feed([record(machine, i, i, "Pay", **IDLE) for i in range(10)])
    assert risk.calls == 0
    machine.feed([record(machine, 10, 10, "Pay", **(IDLE | {"amount": 2000}))])
    assert risk.calls == 1


@pytest.mark.parametrize("runs", [4 * MANY, 40 * MANY])
def test_an_event_that_moves_one_of_many_runs_calls_a_bounded_number_of_functions(runs: int) -> None:
    machine = rules("a: Pay where amount > 0\n then b: Pay where shop == a.shop", 1, "after match skip nothing")
    machine.feed([record(machine, i, i, "Pay", card="c", amount=1, shop=f"s{i}") for i in range(runs)])
    # The first lookup builds the index.
    machine.feed([record(machine, runs, runs, "Pay", card="c", amount=0, shop="s0")])
    hit = record(machine, runs + 1, runs + 1, "Pay", card="c", amount=0, shop=f"s{runs // 2}")
    assert calls(lambda: machine.feed([hit])).total() < 60
    assert len(machine.detections) == 2


@pytest.mark.parametrize("count", [1, 100])
def test_an_event_that_moves_nothing_leaves_nothing_behind_and_makes_nothing_on_the_way(count: int) -> None:
    machine = rules("a: Pay where amount == #\n then b: Pay where amount > 1000 + #", count)
    idle = [record(machine, i, i, "Pay", **IDLE) for i in range(2_000)]
    machine.feed(idle[:1_000])
    more = idle[1_000:]
    gc.collect()
    gc.disable()
    try:
        tracemalloc.start()
        machine.feed(more)
        left, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    # a handful of objects for all thousand: the iteration over them, not one each
    assert left < 1_000 and most < 1_000, (left, most)
