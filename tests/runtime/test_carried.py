"""Sections of what is carried, and what an outlet tells of partitions."""

from __future__ import annotations

import msgspec
import pytest

from cep.language.load import load_text
from cep.language.model import RoleKey
from cep.runtime.carried import Section
from cep.runtime.homecoming import carry
from cep.runtime.key_home import Homes
from cep.runtime.outlet import OutletPlan
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, wire

RULES = """\
event Pay { card: string  shop: string?  total: int  at: timestamp } time at lateness 5s
rule big { match by shop within 1m  p: Pay where total > 50 then q: Pay }
"""
HOMES = 3


def reading(largest: int = 1_000) -> Shard:
    """A shard that reads payments and carries them to the homes of their shops."""
    wiring = wired()
    outlet = OutletPlan("between", ("Pay",), ROLES, {"big": {"Pay": 1}}, Homes(HOMES), largest, {"big": 0})
    shard = Shard(Wiring(wiring.sources, wiring.codecs, (), rules=wiring.rules, outlets=(outlet,)))
    shard.outlets[0].begin(shard.partitions["pay", 0])
    return shard


def wired() -> Wiring:
    """The rule over one partition."""
    return wire(load_text(RULES), [Source("Pay", ("Pay",), None, partitions=(("pay", 0),))])


ROLES = {"Pay": (RoleKey((("shop",),), (False,)),)}


def pay(shop: str | None, second: int, total: int = 60) -> bytes:
    """One payment."""
    return msgspec.json.encode({"card": "c", "shop": shop, "total": total, "at": 1_700_000_000_000 + 1000 * second})


def chunk(first: int, *raws: bytes) -> Chunk:
    """Records from an offset on."""
    return Chunk("Pay", "pay", 0, range(first, first + len(raws)), raws)


def carried(shard: Shard) -> list[list[Section]]:
    """What has left, by home."""
    return shard.outlets[0].take(shard.partitions.values())


def test_each_home_hears_how_far_a_partition_has_come() -> None:
    shard = reading()
    assert [len(sections) for sections in carried(shard)] == [1, 1, 1]
    assert [len(sections) for sections in carried(shard)] == [0, 0, 0]
    shard.push([chunk(7, pay("a", 10), pay("b", 20))])
    found = [section for sections in carried(shard) for section in sections]
    assert [(section.begin, section.next_offset) for section in found] == [(0, 9)] * HOMES
    assert all(section.clocks == {"event": 1_700_000_015_000_000} for section in found)
    assert sorted(offset for section in found for offset in section.offsets) == [7, 8]


def test_events_without_a_key_stay_and_are_counted_late_ones_are_told_here() -> None:
    shard = reading()
    output = shard.push([chunk(0, pay(None, 10), pay("a", 20), pay("a", 2), b"broken")])
    assert [late.rules for late in output.late] == [("big",)]
    assert [dead.offset for dead in output.dead_letters] == [3]
    assert [offset for sections in carried(shard) for section in sections for offset in section.offsets] == [1]
    assert shard.outlets[0].null_keys() == {"big": 1}


def test_a_record_that_no_parcel_can_hold_is_a_dead_letter() -> None:
    shard = reading(largest=len(pay("a", 10)))
    output = shard.push([chunk(0, pay("a", 10), pay("abc", 20))])
    assert [(dead.offset, dead.source) for dead in output.dead_letters] == [(1, "Pay")]
    assert "too many to be carried" in output.dead_letters[0].reason
    assert shard.stats.dead_letters == 1


@pytest.mark.parametrize("most", [1, 150, 300, 10_000])
def test_a_section_in_pieces_does_what_it_does_in_one(most: int) -> None:
    shard = reading()
    shard.push([chunk(0, *(pay("a", n) for n in range(1, 8)))])
    (section,) = [of for sections in carried(shard) for of in sections if of.offsets]
    pieces = list(section.pieces(most))
    assert [(one.next_offset, bool(one.clocks)) for one in pieces[:-1]] == [(two.begin, False) for two in pieces[1:]]
    assert [offset for piece in pieces for offset in piece.offsets] == section.offsets
    alerts = []
    for sections in ([section], pieces):
        home = Shard(wired())
        output = carry(home, sections)
        assert home.stats.events == 0
        assert home.partitions["pay", 0].next_offset == 7
        alerts.append([alert.json("ids") for alert in output.alerts])
    assert alerts[0] == alerts[1] != []
