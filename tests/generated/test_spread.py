"""What is drawn: matches often, holds every construct of the language page, and several partitions."""

from __future__ import annotations

import re

from tests.generated.chance import Seeded
from tests.generated.constructs import CONSTRUCTS, used
from tests.generated.pairs import LOGS, draw, try_rule
from tests.generated.statistics import Statistics


def drawn(seeds: range) -> Statistics:
    statistics = Statistics()
    for seed in seeds:
        one = draw(seed)
        report = one.expected.report
        statistics.add(used(one.pair), len(report.matches), len(report.timeouts), one.refused)
    return statistics


def check_spread(statistics: Statistics) -> None:
    assert statistics.match_share >= 0.6
    assert {name: statistics.share(name) for name in CONSTRUCTS if statistics.share(name) < 0.02} == {}
    assert statistics.timing_out > 0.1 * statistics.pairs
    assert set(statistics.constructs) <= set(CONSTRUCTS), "counted, but not listed"


def test_pairs_match_often_and_hold_every_construct() -> None:
    # One log of each rule: the more rules, the less chance has a say.
    check_spread(drawn(range(0, 1_500 * LOGS, LOGS)))


def test_every_word_of_a_pattern_is_drawn() -> None:
    """The words of sections 2 and 3 of the language page: none was forgotten in the list of constructs."""
    words = """
    match by within over where having until then next any after consecutive combinations greedy without either all of
    at least cancel on skip past last to first nothing in start order report early final updates let emit timeout
    suppress for max unbounded limit runs and or not between like ilike matches imatches is null if else
    count sum avg min collect count_distinct collect_distinct prev self lateness
    """
    rules = (try_rule(Seeded(number), "full", []) for number in range(250))
    text = " ".join(rule.pair.text for rule in rules if rule is not None)
    assert [word for word in words.split() if not re.search(rf"\b{word}\b", text)] == []
