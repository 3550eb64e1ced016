"""Rules found by tables: the same detections in the same order as with a look at each rule, at a cost that follows the
rules that an event may move."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from cep.engine.detection import Detection
from cep.engine.dispatch_tables import Thresholds, equal_table, merged
from cep.engine.matcher import Matcher
from cep.engine.values import Values
from cep.language.load import load_text
from cep.plan.compile import compile_plan
from cep.plan.source import tables
from tests.engine.counting import record
from tests.engine.test_event_counts import calls

EVENTS = """
param floor: int = 40
event Pay {
  card: string?  shop: string?  amount: int?  rate: decimal  kind: enum("a", "b", "c", "d", "e")  ts: timestamp
} time ts
event Ping { card: string  ts: timestamp } time ts
"""
GUARDS = (
    'shop == "s{s}"',
    '"s{s}" == shop',
    'shop in ["s{s}", "s{t}"]',
    'shop == "s{s}" or shop == "s{t}"',
    'shop == "s{s}" and amount > {a}',
    "amount > {a}",
    "amount >= {a}",
    "amount < {a}",
    "amount <= {a}",
    "{a} > amount",
    "amount > floor",
    "amount == {a}",
    'kind == "{k}"',
    "rate >= {a}.5",
    'shop != "s{s}"',
    "amount > {a} or rate < 3.0",
    "not (amount > {a})",
    "amount + 1 == {a}",
    "abs(amount) > {a}",
    'shop like "s{s}*"',
    "amount is null",
)
"""The first fourteen have anchors, most of the others have none."""


def drawn_rules(chance: random.Random, count: int) -> str:
    """Rules over the same events, each with two steps or an absence."""

    def guard() -> str:
        return chance.choice(GUARDS[:14] if chance.random() < 0.85 else GUARDS).format(
            s=chance.randrange(12), t=chance.randrange(12), a=chance.randrange(60), k=chance.choice("abcde")
        )

    patterns = (
        "a: Pay where {}\n then b: Pay where {}",
        "a: Pay where {}\n without Pay where {} within 3s",
        "a: Pay where {}\n then b: Pay+ where {} until Ping",
        "a: Pay where ({}) or ({})",
    )
    bodies = [chance.choice(patterns).format(guard(), guard()) for _ in range(count)]
    keys = [chance.choice(("card", "card", "shop")) if "Ping" not in body else "card" for body in bodies]
    return "\n".join(
        f"rule r{i} {{ match by {key} within 10s\n {body}\n }}"
        for i, (key, body) in enumerate(zip(keys, bodies, strict=True))
    )


def drawn_event(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Few values, nulls among them."""
    if chance.random() < 0.05:
        return "Ping", {"card": f"c{chance.randrange(3)}"}
    fields = {
        "card": None if chance.random() < 0.1 else f"c{chance.randrange(3)}",
        "shop": None if chance.random() < 0.1 else f"s{chance.randrange(14)}",
        "amount": None if chance.random() < 0.1 else chance.randrange(64),
        "rate": Decimal(chance.randrange(64)) + Decimal("0.5"),
        "kind": chance.choice("abcde"),
    }
    return "Pay", fields


def engine(text: str) -> Matcher:
    return Matcher(compile_plan(load_text(EVENTS + text)), Values(params={"floor": 40}))


def told(machine: Matcher, events: list[tuple[str, dict[str, Any]]]) -> list[tuple[Any, ...]]:
    """What is told of each event, in order."""
    found: list[tuple[Any, ...]] = []
    for number, (event, fields) in enumerate(events):
        machine.feed([record(machine, number, number * 250_000, event, **fields)])
        for told_now in machine.detections:
            for one in [told_now] if isinstance(told_now, Detection) else told_now:
                places = [(step, rec[4]) for step, rec in one.events]
                found.append((number, one.rule, one.key, places, one.due))
        machine.detections.clear()
    return found


@pytest.mark.parametrize("seed", range(12))
def test_tables_change_nothing_but_the_cost(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    text = drawn_rules(chance, chance.choice((40, 60, 90)))
    events = [drawn_event(chance) for _ in range(150)]
    by_tables = engine(text)
    assert "visits_0" in by_tables.plan.dispatch.text
    monkeypatch.setattr(tables, "FEW", 10**9)
    one_by_one = engine(text)
    assert "visits_0" not in one_by_one.plan.dispatch.text
    expected = told(one_by_one, events)
    assert told(by_tables, events) == expected
    assert len({rule for _, rule, *_ in expected}) > 3
    counted = {name: counters.null_keys for name, counters in one_by_one.counters.items()}
    assert {name: counters.null_keys for name, counters in by_tables.counters.items()} == counted
    assert by_tables.snapshot() == one_by_one.snapshot()


def looked_at(machine: Matcher, event: str, **fields: Any) -> int:
    """At how many rules one event looks."""
    found: Counter[str] = calls(lambda: machine.feed([record(machine, 0, 0, event, **fields)]))
    return sum(number for name, number in found.items() if name.startswith("visit_"))


IDLE: dict[str, Any] = {"card": "c", "shop": "s", "amount": 500, "rate": 1, "kind": "a"}


@pytest.mark.parametrize("count", [20, 400])
def test_an_event_looks_at_the_rules_that_ask_for_its_constant(count: int) -> None:
    pattern = 'a: Pay where shop == "s{}" and amount > 5\n then b: Pay where shop == "t{}"'
    machine = engine(
        "\n".join(f"rule r{i} {{ match by card within 1h\n {pattern.format(i // 2, i // 2)}\n }}" for i in range(count))
    )
    assert looked_at(machine, "Pay", **(IDLE | {"shop": "none"})) == 0
    assert looked_at(machine, "Pay", **(IDLE | {"shop": "s3"})) == 2
    assert looked_at(machine, "Pay", **(IDLE | {"shop": "t4"})) == 2
    assert looked_at(machine, "Pay", **(IDLE | {"shop": None})) == 0
    assert looked_at(machine, "Pay", **(IDLE | {"card": None, "shop": "s3"})) == 2
    assert {c.null_keys for c in machine.counters.values()} == {1}
    assert machine.open_runs() == 2


@pytest.mark.parametrize("count", [20, 400])
def test_an_event_looks_at_the_rules_whose_threshold_it_passes(count: int) -> None:
    machine = engine(
        "\n".join(
            f"rule r{i} {{ match by card within 1h\n a: Pay where amount > {1000 + i}\n"
            f" then b: Pay where amount < {-i} }}"
            for i in range(count)
        )
    )
    assert looked_at(machine, "Pay", **(IDLE | {"amount": 500})) == 0
    assert looked_at(machine, "Pay", **(IDLE | {"amount": 1003})) == 3
    assert looked_at(machine, "Pay", **(IDLE | {"amount": -count + 3})) == count - 3
    assert looked_at(machine, "Pay", **(IDLE | {"amount": None})) == 0


def test_few_rules_and_fields_of_few_constants_have_no_tables() -> None:
    few = "\n".join(f'rule r{i} {{ match by card within 1h\n a: Pay where shop == "s{i}" }}' for i in range(8))
    assert "visits_" not in engine(few).plan.dispatch.text
    alike = "\n".join(f'rule r{i} {{ match by card within 1h\n a: Pay where shop == "s{i % 3}" }}' for i in range(50))
    assert "visits_" not in engine(alike).plan.dispatch.text


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (">", 5, [1]),
        (">=", 5, [0, 1, 3]),
        ("<", 5, [2]),
        ("<=", 5, [0, 2, 3]),
        (">", 0, []),
        ("<", 0, [0, 1, 2, 3]),
        (">", None, []),
    ],
)
def test_thresholds_are_found_by_bisection(test: str, value: int | None, expected: list[int]) -> None:
    known = Thresholds(test, [(5, 3), (5, 0), (3, 1), (9, 2), (None, 4)])
    assert list(known.passed(value)) == expected


def test_rules_stand_once_and_in_the_order_of_the_plan() -> None:
    table = equal_table([("x", 3), ("x", 1), ("x", 3), (None, 0), ("y", 2)])
    assert table == {"x": (1, 3), "y": (2,)}
    assert merged((1, 5), (5, 2)) == [1, 2, 5]
    assert merged((), (4,)) == (4,)
    assert Thresholds(">", [(1, 2), (2, 2)]).passed(7) == [2]
