"""What a changelog of a shard's state gets: the parts that have changed since it got them last.

A shard that keeps track notes the keys it touches, and encodes no others. Parts have the names and bytes of
`Shard.snapshot`: all changes applied to a map in their order give what that would give, but for the events held back.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from cep.runtime.lane import Lane
from cep.runtime.shard_parts import HEAD, HELD, LANES, OLD, RULES, STATE, held_name, lane_name, state_name
from cep.runtime.shard_standing import standing
from cep.runtime.shard_state import held, lanes, rules

if TYPE_CHECKING:
    from cep.runtime.shard import Shard

Changed = dict[bytes, bytes | None]
"""Parts by name; None: it is gone."""


class Changes:
    """Keeps track of the changes of a shard."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._told: dict[bytes, bytes | None] = {}
        self._gone: Changed = {}
        self._known: list[Lane] = []
        for lane in shard.lanes:
            lane.matcher.track()

    def leave(self, lane: Lane) -> None:
        """An old version has come to its end: nothing is kept of it."""
        assert lane.matcher.touched is not None
        forgotten = lane.matcher.touched.forgotten()
        self._gone |= {state_name(name, lane.generation): None for name in forgotten}

    def restored(self, parts: Mapping[bytes, bytes], taken: Mapping[Lane, Mapping[bytes, bytes]]) -> None:
        """A state has been taken over from these parts, which are what is written; `taken`: what of it, as far as it
        could be taken over, each lane was given under its own names."""
        self._told = {name: parts.get(name) for name in (HEAD, LANES, RULES)}
        self._told |= {name: part for name, part in parts.items() if name.startswith(HELD)}
        kept: set[bytes] = set()
        for lane in self._shard.lanes:
            touched = lane.matcher.touched
            assert touched is not None
            touched.take_over(partial(_is_written, parts, lane.generation), taken[lane])
            kept.update(state_name(name, lane.generation) for name in touched.names())
        self._gone = {name: None for name in parts if name.startswith((STATE, OLD)) and name not in kept}

    def take(self) -> Changed:
        """The parts that have changed since the last call."""
        shard = self._shard
        found, self._gone = self._gone, {}
        for lane in shard.lanes:
            touched = lane.matcher.touched
            assert touched is not None
            found |= {state_name(name, lane.generation): part for name, part in touched.changes().items()}
        if self._known != shard.lanes:
            self._known = shard.lanes.copy()
            self._tell(LANES, lanes(shard), found)
            self._tell(RULES, rules(shard), found)
        self._tell_held(found)
        head = standing(shard)
        if found or head != self._told.get(HEAD):
            self._told[HEAD] = found[HEAD] = head
        return found

    def _tell_held(self, found: Changed) -> None:
        """Events on the time of their arrival cannot be read again as they were, and are few."""
        waiting = {
            held_name(lane_name(lane.plan.rules, lane.generation)): held(lane)
            for lane in self._shard.lanes
            if lane.plan.kind == "arrival" and lane.held
        }
        for name in [name for name in self._told if name.startswith(HELD) and name not in waiting]:
            del self._told[name]
            found[name] = None
        for name, part in waiting.items():
            self._tell(name, part, found)

    def _tell(self, name: bytes, part: bytes, found: Changed) -> None:
        if part != self._told.get(name):
            self._told[name] = found[name] = part


def _is_written(parts: Mapping[bytes, bytes], generation: int, name: bytes, part: bytes | None) -> bool:
    return part is not None and parts.get(state_name(name, generation)) == part
