"""Generated rules and logs: the engine against the oracle, the engine against itself, the oracle against itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.generated.expected import expected
from tests.generated.logs import ALONE
from tests.generated.pairs import LOGS, Pair, check, checked, draw
from tests.generated.running import Settings, run
from tests.generated.shrink import shrink
from tests.generated.verdict import differences
from tests.oracle import Report, TooManyThreads

PARTS = 8
PAIRS = 2_000
MORE = range(1_000_000, 1_020_000)
"""Seeds of the long part."""

OPEN: frozenset[int] = frozenset()
"""Seeds on which engine and oracle still part. One that agrees is to be taken out."""


def portion(seeds: range, part: int) -> range:
    size = len(seeds) // PARTS
    return seeds[part * size : (part + 1) * size]


def agree(seeds: range) -> None:
    failures = {failure.seed: failure for failure in run(seeds, Settings(shrinking=False)).failures}
    new = [seed for seed in failures if seed not in OPEN]
    assert not new, "\n".join([f"seeds {new}", failures[new[0]].text()])
    assert not (mended := [seed for seed in OPEN if seed in seeds and seed not in failures]), f"mended: {mended}"


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_agrees_with_the_oracle(part: int) -> None:
    agree(portion(range(PAIRS), part))


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_engine_agrees_with_the_oracle_on_many(part: int) -> None:
    agree(portion(MORE, part))


@pytest.mark.parametrize("part", range(2))
def test_no_way_of_running_makes_a_difference(part: int) -> None:
    """Batches, interleavings of partitions, a cut anywhere and after every event, every wait indexed."""
    seeds = range(50_000 + part * 60, 50_060 + part * 60)
    result = run(seeds, Settings(shrinking=False, invariances="all"))
    assert not result.failures, result.failures[0].text()


def test_the_same_seed_draws_the_same_pair() -> None:
    assert draw(17).pair == draw(17).pair
    assert draw(17).pair != draw(18).pair
    assert draw(17).pair.rule == draw(18).pair.rule
    assert draw(17).pair.rule != draw(17 + LOGS).pair.rule


def test_a_seed_of_the_mixture_is_one_of_its_kind() -> None:
    mixed = [draw(seed).pair for seed in range(0, 10 * LOGS, LOGS)]
    assert mixed[0] == draw(0, "sequences").pair
    assert mixed[1:3] == [draw(seed, "full").pair for seed in range(LOGS, 3 * LOGS, LOGS)]
    assert mixed[3:5] == [draw(seed, "deep").pair for seed in range(3 * LOGS, 5 * LOGS, LOGS)]


def test_matches_of_a_skip_strategy_are_matches_of_nothing() -> None:
    """A skip strategy chooses among the matches that `skip nothing` gives."""
    compared = 0
    for seed in range(6_000, 6_250):
        pair = draw(seed).pair
        if pair.rule.skip == "nothing" or pair.rule.suppress is not None or pair.rule.limit_runs in (2, 3, 4):
            continue
        everything = replace(pair, rule=replace(pair.rule, skip="nothing", report=None))
        if check(everything) is None:
            continue
        try:
            all_matches = {match.events for match in _report(everything).matches}
        except TooManyThreads:
            continue
        # A report that was revised grew beyond what it was at first.
        chosen = {match.events for match in _report(pair).matches if match.revision == 1}
        assert chosen <= all_matches, f"seed {seed}\n{pair.text}"
        compared += bool(chosen)
    assert compared > 40


def test_a_shrunk_pair_still_fails_and_is_small() -> None:
    pair = next(pair for seed in range(100) if (pair := draw(seed).pair).log.places != ALONE)

    def fails(candidate: Pair) -> bool:
        return any(sent.data["v"] == 2 for sent in candidate.log.events) and check(candidate) is not None

    assert fails(pair)
    small = shrink(pair, fails)
    assert fails(small)
    assert len(small.log.events) == 1
    assert len(small.rule.items) == 1
    assert small.log.places == ALONE


def test_an_engine_that_tells_less_than_the_oracle_is_found_out() -> None:
    drawn = next(drawn for seed in range(100) if (drawn := draw(seed)).expected.report.matches)
    less = replace(drawn.expected, report=replace(drawn.expected.report, alerts=drawn.expected.report.alerts[1:]))
    assert differences(drawn.pair, 0, "none", less)


def _report(pair: Pair) -> Report:
    return expected(pair, checked(pair.text)).report
