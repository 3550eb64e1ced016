"""Generated rules and logs: the engine against the oracle, the oracle against itself, the generator's spread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cep.language.load import load_text
from tests.generated.__main__ import Settings, run
from tests.generated.constructs import used
from tests.generated.pairs import Pair, check, draw, expected
from tests.generated.shrink import shrink
from tests.generated.statistics import Statistics
from tests.oracle import Report

SEEDS = range(0, 240)


@pytest.mark.parametrize("part", range(4))
def test_engine_agrees_with_the_oracle(part: int) -> None:
    seeds = SEEDS[part::4]
    failures = run(seeds, Settings(shrinking=False)).failures
    assert not failures, next(iter(failures.values()))


def test_state_survives_a_cut_after_every_event() -> None:
    failures = run(range(1000, 1020), Settings(shrinking=False, invariances="all")).failures
    assert not failures, next(iter(failures.values()))


def test_the_same_seed_draws_the_same_pair() -> None:
    assert draw(17).pair == draw(17).pair
    assert draw(17).pair != draw(18).pair


def test_pairs_match_often_and_constructs_are_spread() -> None:
    statistics = Statistics()
    for seed in range(5000, 6500):
        drawn = draw(seed)
        report = _report(drawn.pair)
        statistics.add(used(drawn.pair), len(report.matches), len(report.timeouts), drawn.refused)
    assert statistics.match_share >= 0.6
    rare = [name for name in CONSTRUCTS if statistics.share(name) < 0.02]
    assert rare == []
    assert statistics.timing_out > 0.1 * statistics.pairs


CONSTRUCTS = (
    "single", "optional", "+", "*", "{n}", "{n,m}", "consecutive", "greedy", "until", "loop span", "threshold", "prev",
    "own aggregate", "reference to a step", "aggregate over a step", "then", "then next", "gap within", "gap after",
    "header within", "unbounded", "key", "composite key", "null as key", "no key", "key of a step", "over",
    "without middle", "without middle with span", "without trailing", "without next middle", "without next trailing",
    "cancel on", "on timeout", "on timeout at", "skip nothing", "skip past last", "skip past last (default)",
    "skip to next", "skip to first", "skip to last", "in start order", "let", "emit", "suppress", "late events",
    "order by", "ties", "nulls", "out of order", "two roles", "limit runs",
)  # fmt: skip


def test_matches_of_a_skip_strategy_are_matches_of_nothing() -> None:
    """A skip strategy chooses among the matches that `skip nothing` gives."""
    compared = 0
    for seed in range(6000, 6120):
        pair = draw(seed).pair
        ruleset = load_text(pair.text, "drawn.pattern")
        if ruleset.rules[0].skip.kind == "nothing" or ruleset.rules[0].suppress is not None:
            continue
        everything = _with_skip_nothing(pair)
        if everything is None:
            continue
        chosen = {match.events for match in _report(pair).matches}
        assert chosen <= {match.events for match in _report(everything).matches}, f"seed {seed}\n{pair.text}"
        compared += bool(chosen)
    assert compared > 30


def test_a_shrunk_pair_still_fails_and_is_small() -> None:
    pair = draw(3).pair

    def fails(candidate: Pair) -> bool:
        return any(sent.data["v"] == 2 for sent in candidate.log.events)

    assert fails(pair)
    small = shrink(pair, fails)
    assert fails(small)
    assert len(small.log.events) == 1
    assert len(small.rule.items) == 1


def _report(pair: Pair) -> Report:
    return expected(pair, load_text(pair.text, "drawn.pattern")).report


def _with_skip_nothing(pair: Pair) -> Pair | None:
    rule = replace(pair.rule, skip="nothing", limit_runs=None)
    changed = replace(pair, rule=rule)
    return changed if check(changed) is not None else None
