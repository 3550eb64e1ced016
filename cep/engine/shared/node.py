"""The graph of a key: nodes, and what an event that fits certain steps does to them."""

from __future__ import annotations

from dataclasses import dataclass

from cep.engine.record import Record
from cep.plan.sharing import Sharing


class Node:
    """An event bound at a stage: the last event of all partial matches that bound it there.

    A stage lists its nodes in the order of events, and what may stand before a node is a stretch of such a list for
    each link that leads to its stage: `before` holds begin and end, two numbers a link. Stretches of later nodes never
    begin or end earlier, so that what may follow a node is a stretch as well.
    `number`: its place in the list; `at`: its event, counted by key; `start`: the number of the partial match that
    begins here, 0 if none does; `latest`: the number of the latest start that leads here. Never changed once made.
    """

    __slots__ = ("at", "before", "latest", "number", "rec", "stage", "start", "step")

    def __init__(
        self,
        rec: Record,
        at: int,
        stage: int,
        step: int,
        number: int,
        start: int,
        latest: int,
        before: tuple[int, ...],
    ) -> None:
        self.rec = rec
        self.at = at
        self.stage = stage
        self.step = step
        self.number = number
        self.start = start
        self.latest = latest
        self.before = before


@dataclass(frozen=True, slots=True)
class Take:
    """A stage whose step the event fits. `into`: the links that lead there, each with the stage it comes from."""

    stage: int
    step: int
    into: tuple[tuple[int, int], ...]
    out: tuple[int, ...]
    begins: bool
    accepts: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """What an event does that fits certain steps: stages that take it, and links at which nothing waits any more.

    `kept`: the stages that take it and from which a partial match waits on. `accepting`: those where it is complete.
    `begins`: one of the stages may be the first, `opens`: and a partial match waits on there.
    """

    takes: tuple[Take, ...]
    kept: tuple[Take, ...]
    accepting: frozenset[int]
    closes: tuple[int, ...]
    begins: bool
    opens: bool


def moves(sharing: Sharing, fits: int) -> Moves:
    """The moves of an event that fits the steps of the mask `fits`."""
    links = sharing.links
    takes = tuple(
        Take(
            stage.index,
            stage.state,
            tuple((link, links[link].source) for link in stage.into),
            stage.out,
            stage.begins,
            stage.accepts,
        )
        for stage in sharing.stages
        if fits >> stage.state & 1
    )
    taken = {take.stage for take in takes}
    closes = tuple(
        link.index
        for link in links
        if link.contiguity == "next" or (link.contiguity == "relaxed" and link.target in taken)
    )
    kept = tuple(take for take in takes if take.out)
    accepting = frozenset(take.stage for take in takes if take.accepts)
    begins, opens = (any(take.begins for take in some) for some in (takes, kept))
    return Moves(takes, kept, accepting, closes, begins, opens)
