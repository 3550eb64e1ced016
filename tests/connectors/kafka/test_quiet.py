"""When a partition counts as silent: not for what came while nobody looked."""

from __future__ import annotations

from cep.connectors.kafka.quiet import Quiet
from cep.connectors.kafka.shard_run import new_shard
from tests.simulation.test_silent_partitions import IdleJob

SECOND = 1_000_000
START = 1_800_000_000 * SECOND
PLACES = (("orders", 0), ("logins", 0))


def silent_at(looks: list[int]) -> list[int]:
    """Both partitions are read to their ends at the first look; the seconds of those looks at which one is silent."""
    plan = IdleJob({}, "at_least_once").plan("a")
    shard = new_shard(plan.wiring, plan.values, PLACES, plan.sources, plan.redact)
    quiet = Quiet(plan.wiring)
    for place in PLACES:
        quiet.watch(place, place[0], START)
        quiet.ended(place)
    found = []
    for second in looks:
        quiet.looked(START + second * SECOND)
        if [*quiet.steps(shard, PLACES, START + second * SECOND)]:
            found.append(second)
    return found


def test_who_says_nothing_for_as_long_as_allowed_is_silent() -> None:
    assert silent_at([*range(8)]) == [5, 6, 7]


def test_time_in_which_nobody_looked_is_no_silence() -> None:
    assert silent_at([0, 1, 2, 11, 12, 13, 14, 15, 16, 17]) == [16, 17]


def test_rounds_that_take_some_seconds_do_not_have_the_silent_waited_for() -> None:
    assert silent_at([0, 4, 8, 12]) == [8, 12]
