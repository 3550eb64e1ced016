"""What a shard does with events that were carried to it: those whose keys are at home there."""

from __future__ import annotations

from collections.abc import Sequence

from cep.runtime.carried import Section, take_section
from cep.runtime.output import Output, Stats
from cep.runtime.shard import Shard
from cep.runtime.silence import makes_a_difference


def carry(shard: Shard, sections: Sequence[Section], arrived: int | None = None) -> Output:
    """Take sections that have left other shards together. `arrived`: the wall clock, microseconds, as for a chunk."""
    out = Output()
    for section in sections:
        take_section(shard.partitions[section.place], section, arrived, out)
    shard.settled(out)
    for section in sections:
        if section.silent is not None and makes_a_difference(shard, shard.partitions[section.place], section.silent):
            out.add(shard.idle(*section.place, section.silent))
    return out


def carry_again(shard: Shard, sections: Sequence[Section]) -> None:
    """Take sections once more that came before the state was written, for the events among them that are held back."""
    for section in sections:
        if section.offsets:
            partition = shard.partitions[section.place]
            partition.take(section.chunk(partition.source.name, None), Output(), Stats())


def end_replay(shard: Shard) -> Output:
    """All sections have come again that came before the state was written."""
    for partition in shard.partitions.values():
        partition.end_replay()
    return shard.settled(Output())
