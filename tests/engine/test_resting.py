"""Keys that nothing happens to for long fall asleep, and nothing but memory tells of it."""

from __future__ import annotations

from random import Random

import pytest

from cep.engine import matcher, resting
from cep.engine.resting import Rest
from cep.runtime.shard import Shard
from tests.generated.engine import put_to_sleep
from tests.runtime.support import chunk, lines, shard
from tests.runtime.test_shard_order import event

KEYS = 40
RULE = """
event A { k: string  n: int  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
rule pair { match by k within 1h  a: A  then b: B where b.n > a.n  after match skip nothing  emit { a: a.n, b: b.n } }
"""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules with few keys are looked at, after every record."""
    monkeypatch.setattr(resting, "FEW_KEYS", KEYS)
    monkeypatch.setattr(matcher, "MANY_RECORDS", 1)


def rest_of(tested: Shard) -> Rest:
    (rest,) = tested.lanes[0].matcher.rests
    return rest


def fill(tested: Shard, names: list[str], first: int = 1) -> None:
    for second, name in enumerate(names, first):
        tested.push([chunk([event("A", second, k=name)], second)])


def test_of_keys_that_come_once_few_stay_awake() -> None:
    tested = shard(RULE)
    fill(tested, [f"k{number}" for number in range(20 * KEYS)])
    rest = rest_of(tested)
    assert tested.open_runs() == 20 * KEYS
    assert rest.dormitory.number > 16 * KEYS and not rest.dormitory.woken
    assert rest.patience == KEYS


def test_keys_that_come_back_in_turn_are_left_awake() -> None:
    tested = shard(RULE)
    fill(tested, [f"k{number % (3 * KEYS)}" for number in range(40 * KEYS)])
    rest = rest_of(tested)
    assert rest.patience > 3 * KEYS and not rest.dormitory.number
    assert rest.dormitory.woken < 8 * KEYS


def test_a_rule_with_few_keys_is_left_alone() -> None:
    tested = shard(RULE)
    fill(tested, [f"k{number % (KEYS - 1)}" for number in range(10 * KEYS)])
    assert not rest_of(tested).dormitory.number and not rest_of(tested).dormitory.woken


@pytest.mark.parametrize(
    "clauses",
    [
        "a: A  then b: B  on timeout emit { n: 1 }",
        "a: A  then b: B  after match skip past last in start order",
        "a: A  then b: B  without A within 1m",
        "a: A  then any b: B  after match skip nothing",
        "a: A having count() >= 2 within 1m",
        "without B within 1m  then a: A  then b: B",
        "a: A  then b: B{1,}  report final",
    ],
)
def test_what_a_deadline_does_more_to_than_end_it_stays_awake(clauses: str) -> None:
    text = RULE[: RULE.index("a: A")] + clauses + " }"
    assert not shard(text).lanes[0].matcher.rests


def test_asleep_or_awake_the_same_is_told_and_written() -> None:
    drawn = Random(4)
    awake, sleepy = shard(RULE), shard(RULE)
    for second in range(1, 400):
        sent = event(drawn.choice("AB"), second, drawn.randrange(9), k=f"k{drawn.randrange(30)}")
        assert lines(sleepy.push([chunk([sent], second)])) == lines(awake.push([chunk([sent], second)]))
        if drawn.random() < 0.3:
            assert put_to_sleep(sleepy)
        assert sleepy.snapshot() == awake.snapshot()
    assert rest_of(sleepy).dormitory.woken > 100


def test_a_key_asleep_goes_when_its_time_is_over() -> None:
    tested = shard(RULE)
    tested.track()
    fill(tested, [f"k{number}" for number in range(5)])
    first = tested.delta()
    put_to_sleep(tested)
    tested.push([chunk([event("A", 3_603, k="z")], 100)])
    tested.push([chunk([event("A", 3_604, k="z")], 101)])
    machine = rest_of(tested).machine
    gone = {name for name, part in tested.delta().items() if part is None}
    assert not rest_of(tested).dormitory.woken, "what ends alone is not read for that"
    assert rest_of(tested).dormitory.number + 1 == len(machine.keys) < 5
    assert gone and gone < set(first)


def test_a_deadline_of_former_sleep_ends_nothing() -> None:
    tested = shard(RULE)
    fill(tested, ["k"])
    put_to_sleep(tested)
    tested.push([chunk([event("B", 2, 5, k="k"), event("A", 1_000, 1, k="k")], 10)])
    tested.push([chunk([event("A", 3_500, 1, k="other")], 20)])
    put_to_sleep(tested)
    tested.push([chunk([event("A", 3_700, 1, k="other")], 30)])
    assert lines(tested.push([chunk([event("B", 3_701, 9, k="k"), event("A", 3_702, k="other")], 40)]))
