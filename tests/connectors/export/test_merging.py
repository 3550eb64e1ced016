"""Records go in the order of their timestamps, however they were fetched, and few of them wait."""

from __future__ import annotations

import random

from cep.connectors.export.merging import Merge
from cep.connectors.kafka.port import Fetched, Place

PLACES: list[Place] = [("a", 0), ("a", 1), ("b", 0)]


def fetched(place: Place, first: int, stamps: list[int]) -> Fetched:
    offsets = list(range(first, first + len(stamps)))
    return Fetched(*place, offsets, [None] * len(stamps), [b"v"] * len(stamps), stamps)


def test_the_order_does_not_depend_on_how_records_were_fetched() -> None:
    found = []
    stamps = {place: sorted(random.Random(place[1]).sample(range(1_000), 60)) for place in PLACES}
    stamps["b", 0][20:30] = [3] * 10  # a clock that was set back
    for seed in range(20):
        chance = random.Random(seed)
        merge, at, order = Merge(PLACES, 1 << 20), dict.fromkeys(PLACES, 0), []
        while not merge.is_over:
            place = chance.choice(PLACES)
            count = chance.randrange(8)
            part = stamps[place][at[place] : at[place] + count]
            merge.add(fetched(place, at[place], part), 60)
            at[place] += len(part)
            if at[place] == 60:
                merge.close(place)
            order += [(each.place, each.offset) for each in merge.ready()]
        found.append(order)
    assert len(found[0]) == 180
    assert all(order == found[0] for order in found)
    assert [each for each in found[0] if each[0] == ("a", 0)] == [(("a", 0), n) for n in range(60)]


def test_offsets_from_the_end_on_are_left_out() -> None:
    merge = Merge([("a", 0)], 1_000)
    merge.add(fetched(("a", 0), 5, [1, 2, 3]), 7)
    merge.close(("a", 0))
    assert [each.offset for each in merge.ready()] == [5, 6]
    merge.add(fetched(("a", 0), 8, [4]), 100)
    assert merge.is_over


def test_a_partition_that_is_ahead_is_to_stand_still_until_it_is_needed() -> None:
    merge = Merge([("a", 0), ("a", 1)], 2_000)
    merge.add(fetched(("a", 0), 0, list(range(100, 120))), 1_000)
    assert merge.is_full(("a", 0)) and not merge.is_full(("a", 1))
    assert list(merge.ready()) == []
    merge.add(fetched(("a", 1), 0, [500]), 1_000)
    assert len(list(merge.ready())) == 20
    assert merge.is_low(("a", 0))
