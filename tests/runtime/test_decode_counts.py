"""What a record costs before any rule looks at it: one pass over its bytes, the declared fields, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cep.language.load import load_text
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire

TYPES = """
event Pay { card: string  amount: int  ts: timestamp } time ts
event Ping { card: string  ts: timestamp } time ts
"""
MORE = {f"more{i}": {"nested": [i] * 10} for i in range(100)}
"""Fields that no declaration names."""


def shard(rules: int) -> Shard:
    """A shard of so many rules over one file."""
    text = TYPES + "\n".join(
        f"rule r{i} {{ match by card within 1h\n a: Pay where amount > {i}\n then b: Pay where amount < 0 }}"
        for i in range(rules)
    )
    return Shard(wire(load_text(text), [Source("file", ("Pay", "Ping"))]))


def raw(number: int, type_: str, **more: object) -> bytes:
    """One line."""
    return json.dumps({"type": type_, "card": "c", "amount": 1, "ts": number, **more}).encode()


def decoded(machine: Shard, raws: list[bytes]) -> list[Any]:
    """What each pass over a record's bytes made while a chunk was taken."""
    partition = machine.partitions["file", 0]
    router, made = partition.router, []

    def counting(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def once(data: bytes) -> Any:
            made.append(decode(data))
            return made[-1]

        return once

    router.decode = counting(router.decode)
    machine.push([Chunk("file", "file", 0, range(len(raws)), raws)])
    return made


@pytest.mark.parametrize("rules", [1, 30])
def test_a_record_is_decoded_once_however_many_rules_read_it(rules: int) -> None:
    machine = shard(rules)
    made = decoded(machine, [raw(i, "Pay") for i in range(50)])
    assert len(made) == 50
    # The rules with a threshold below the amount, one run an event.
    assert machine.open_runs() == 50


def test_of_a_wide_record_only_declared_fields_become_objects() -> None:
    made = decoded(shard(1), [raw(i, "Pay", **MORE) for i in range(10)])
    assert [set(data.__struct_fields__) for data in made] == [{"card", "amount", "ts"}] * 10


def test_of_a_type_that_is_not_declared_nothing_becomes_an_object_once_it_is_known() -> None:
    machine = shard(1)
    machine.push([Chunk("file", "file", 0, range(20), [raw(i, "Other", **MORE) for i in range(20)])])
    partition = machine.partitions["file", 0]
    made = partition.router.decode(raw(20, "Other", **MORE))
    assert made.__struct_fields__ == ()
    assert machine.stats.unrouted == 20
