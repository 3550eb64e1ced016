"""Cost follows the runs that an event moves, not the runs that are open nor the rules that are loaded."""

from __future__ import annotations

import pytest

from tests.engine.counting import Visits, generated_calls, matcher, record

EVENT = """
event Pay { card: string  amount: int  shop: string  ts: timestamp } time ts
event Ping { card: string  ts: timestamp } time ts
"""


def rules(count: int) -> str:
    """Many rules of two steps over one type."""
    return EVENT + "\n".join(
        f"rule r{i} {{ match by card within 1h\n a: Pay where amount == {i}\n then b: Pay where amount > {1000 + i} }}"
        for i in range(count)
    )


def test_an_event_that_moves_nothing_calls_no_function_per_rule() -> None:
    engine = matcher(rules(50))
    engine.feed([record(engine, 0, 0, "Pay", card="c", amount=3, shop="s")])
    assert engine.open_runs() == 1
    idle = [
        record(engine, 1, 1, "Pay", card="c", amount=500, shop="s"),
        record(engine, 2, 2, "Pay", card="other", amount=2000, shop="s"),
    ]
    assert generated_calls(lambda: engine.feed(idle)) == {}


def test_an_event_that_moves_one_rule_calls_only_that_rule() -> None:
    engine = matcher(rules(50))
    engine.feed([record(engine, 0, 0, "Pay", card="c", amount=3, shop="s")])
    calls = generated_calls(lambda: engine.feed([record(engine, 1, 1, "Pay", card="c", amount=1004, shop="s")]))
    assert len(engine.detections) == 1
    assert calls["step_0"] == 1 and calls["take_1"] == 1


GUARDS = {
    "event-only": ("b: Pay where amount > 1_000_000", {"amount": 1, "shop": "none"}),
    "captured equality": ("b: Pay where shop == a.shop", {"amount": 1, "shop": "none"}),
    "single inequality": ("b: Pay where amount > a.amount", {"amount": -1, "shop": "none"}),
    "scaled inequality": ("b: Pay where amount >= 3 * a.amount", {"amount": 2, "shop": "none"}),
}
"""Guards of the second step, and an event that fits for no open run."""


@pytest.mark.parametrize("skip", ["past last", "nothing"])
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("open_runs", [100, 5_000])
def test_runs_that_the_event_cannot_move_are_not_visited(guard: str, skip: str, open_runs: int) -> None:
    condition, missing = GUARDS[guard]
    text = EVENT + (
        f'rule r {{ match by card within 1h\n a: Pay where shop != "none"\n then {condition}\n'
        f" after match skip {skip} limit runs 1_000_000 }}"
    )
    probe = Visits()
    engine = matcher(text, probe)
    # Falling amounts at different shops: no opening event fits for an earlier one.
    engine.feed([record(engine, i, i, "Pay", card="c", amount=open_runs - i, shop=f"s{i}") for i in range(open_runs)])
    assert engine.open_runs() == open_runs
    probe.visits = 0
    engine.feed([record(engine, open_runs, open_runs, "Pay", card="c", **missing)])
    assert probe.visits == 0
    assert engine.open_runs() == open_runs


def test_an_inequality_visits_only_the_runs_it_holds_for() -> None:
    text = EVENT + (
        "rule r { match by card within 1h\n a: Pay\n then b: Pay where amount > a.amount\n"
        " after match skip nothing limit runs 1_000_000 }"
    )
    probe = Visits()
    engine = matcher(text, probe)
    engine.feed([record(engine, i, i, "Pay", card="c", amount=10_000 - i, shop="s") for i in range(1_000)])
    assert engine.detections == []
    probe.visits = 0
    engine.feed([record(engine, 1_000, 1_000, "Pay", card="c", amount=9_011, shop="s")])
    assert len(engine.detections) == 10
    assert probe.visits == 10


def test_state_is_empty_after_many_keys_of_one_event() -> None:
    text = EVENT + "rule r { match by card within 1m\n a: Pay\n then b: Pay }"
    engine = matcher(text)
    for i in range(20_000):
        engine.feed([record(engine, i, i * 1_000, "Pay", card=f"c{i}", amount=1, shop="s")])
    engine.advance(20_000 * 1_000 + 61_000_000)
    assert engine.open_runs() == 0
    assert engine.snapshot() == {}
    assert all(not machine.keys for machine in engine.machines.values())
    assert engine.next_timer() is None


def test_the_probe_hears_which_guard_was_tried_and_how_it_went() -> None:
    probe = Visits()
    engine = matcher(EVENT + "rule r { match by card within 1h\n a: Pay\n then b: Pay where amount > a.amount }", probe)
    engine.feed([record(engine, i, i, "Pay", card="c", amount=a, shop="s") for i, a in enumerate([5, 4, 9])])
    assert ("r", "b", False) in probe.guards
    assert ("r", "b", True) in probe.guards


def test_open_runs_are_capped_and_the_oldest_go_first() -> None:
    text = EVENT + (
        "rule r { match by card within 1h\n a: Pay where amount < 100\n then b: Pay where amount > 100\n"
        " after match skip nothing limit runs 3 }"
    )
    engine = matcher(text)
    engine.feed([record(engine, i, i, "Pay", card="c", amount=i, shop="s") for i in range(5)])
    engine.feed([record(engine, 5, 5, "Pay", card="c", amount=200, shop="s")])
    assert [d.events[0][1][4] for d in engine.detections] == [2, 3, 4]
    assert engine.counters["r"].dropped_runs == 2


def test_a_held_match_is_throttled_as_of_when_it_was_complete_however_the_input_is_cut() -> None:
    text = EVENT + (
        'rule r { match by card within 20s\n a: Pay where shop == "a"\n'
        ' then b: Pay where shop == "b" and amount > a.amount\n'
        " after match skip past last in start order\n suppress for 30s by a.amount }"
    )
    events = [("a", 3, 0), ("b", 5, 18_000), ("a", 9, 35_000), ("a", 3, 45_500), ("b", 5, 47_000)]
    events += [("b", 0, 50_000), ("b", 0, 60_000)]
    told = []
    for size in (1, len(events)):
        engine = matcher(text)
        records = [
            record(engine, i, time * 1_000, "Pay", card="c", amount=amount, shop=shop)
            for i, (shop, amount, time) in enumerate(events)
        ]
        for first in range(0, len(records), size):
            batch = records[first : first + size]
            engine.feed(batch)
            engine.advance(batch[-1][0])
        engine.finish()
        told.append([[r[4] for _, r in d.events] for d in engine.detections])
    assert told == [[[0, 1]], [[0, 1]]]
    assert engine.counters["r"].suppressed == 1


def test_cancel_after_a_skip_has_emptied_the_window() -> None:
    text = EVENT + (
        "rule r { match by card\n a: Pay having count() >= 2 within 1h\n cancel on Ping\n after match skip past last }"
    )
    engine = matcher(text)
    engine.feed([record(engine, i, i, "Pay", card="c", amount=1, shop="s") for i in range(2)])
    assert engine.snapshot() == {} and not engine.machines[0].keys
    engine.feed([record(engine, 2, 2, "Ping", card="c")])
    engine.feed([record(engine, i, i, "Pay", card="c", amount=1, shop="s") for i in range(3, 5)])
    assert [[r[4] for _, r in d.events] for d in engine.detections] == [[0, 1], [3, 4]]
