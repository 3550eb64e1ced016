"""Who gets which partitions: balanced, and with as few moves as that takes (cooperative-sticky, KIP-429)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from cep.connectors.kafka.port import Place


@dataclass(frozen=True, slots=True)
class Claim:
    """What a member says when it joins: the topics it subscribes to, and the partitions it owns."""

    topics: Sequence[str]
    owned: Set[Place] = field(default_factory=frozenset)


def assign(claims: Mapping[str, Claim], counts: Mapping[str, int]) -> dict[str, set[Place]]:
    """By member its partitions, from `counts`, the number of partitions of each topic."""
    places = [(topic, number) for topic in sorted(counts) for number in range(counts[topic])]
    eligible = {place: [name for name in sorted(claims) if place[0] in claims[name].topics] for place in places}
    given: dict[str, set[Place]] = {name: set() for name in sorted(claims)}
    for place in places:
        owners = [name for name in eligible[place] if place in claims[name].owned]
        if owners:
            given[owners[0]].add(place)
    for place in places:
        if eligible[place] and not any(place in mine for mine in given.values()):
            given[min(eligible[place], key=lambda name: (len(given[name]), name))].add(place)
    while _move_one(given, eligible):
        pass
    return given


def _move_one(given: dict[str, set[Place]], eligible: Mapping[Place, Sequence[str]]) -> bool:
    """Move one partition to somebody who has at least two fewer; whether there was one to move."""
    for name in sorted(given, key=lambda each: (-len(given[each]), each)):
        for place in sorted(given[name], reverse=True):
            least = min(eligible[place], key=lambda each: (len(given[each]), each))
            if len(given[least]) + 1 < len(given[name]):
                given[name].remove(place)
                given[least].add(place)
                return True
    return False
