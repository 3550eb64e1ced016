"""The state of one shared rule under one key: nodes by stage, what waits at each link, and how much is open."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from cep.engine.record import Record
from cep.engine.run import Keyed
from cep.engine.shared.census import Census, Open
from cep.engine.shared.node import Moves, Node
from cep.engine.shared.reach import Reach
from cep.plan.sharing import Sharing

FEW = 64
"""So many nodes and starts may be left over in any case."""


class SharedKeyed(Keyed):
    """What is open under a key.

    `waits`: by link, the number of the latest start of what waits there, 0 if nothing does. What waits is the newest
    of what came to a stage: its list from `low` on. `oldest`: the number of the oldest start that is not gone.
    `begun`, `at`: the numbers given to starts and events so far. `made`, `gone`: nodes made and starts gone since what
    is left over was last taken out; `left`, `starts`: how many there were then.
    """

    __slots__ = (
        "at",
        "begun",
        "census",
        "gone",
        "left",
        "low",
        "made",
        "oldest",
        "scheduled",
        "sharing",
        "stages",
        "starts",
    )

    def __init__(self, machine: Any, name: Any, sharing: Sharing, limit: int) -> None:
        super().__init__(machine, name)
        self.sharing = sharing
        self.waits: list[int] = [0] * len(sharing.links)
        self.low = [0] * len(sharing.links)
        self.stages: list[list[Node]] = [[] for _ in sharing.stages]
        self.census = Census(sharing, limit)
        self.oldest = 1
        self.begun = 0
        self.at = 0
        self.made = self.gone = 0
        self.left = self.starts = 0
        self.scheduled = None

    def take(self, rec: Record, moves: Moves) -> tuple[list[Node], int]:
        """An event moves what waits. Gives the nodes of the matches it completes, and the number of these matches."""
        self.at += 1
        if moves.begins:
            self.begun += 1
        nodes = self.bound(rec, moves)
        for link in moves.closes:
            self.waits[link] = 0
        for node in nodes:
            self.wait(node)
        complete = self.census.apply(moves, self.begun if moves.opens else 0, rec)
        self.open = self.census.total()
        return [node for node in nodes if node.stage in moves.accepting], complete

    def bound(self, rec: Record, moves: Moves) -> list[Node]:
        """The nodes of an event, one for each stage that takes it and at which there is something to take."""
        waits, low, stages = self.waits, self.low, self.stages
        nodes = []
        for take in moves.takes:
            start = latest = self.begun if take.begins else 0
            before: list[int] = []
            for link, source in take.into:
                end = len(stages[source])
                waiting = waits[link]
                before += (low[link] if waiting else end, end)
                latest = max(latest, waiting)
            if latest:
                number = len(stages[take.stage])
                nodes.append(Node(rec, self.at, take.stage, take.step, number, start, latest, tuple(before)))
        return nodes

    def wait(self, node: Node) -> None:
        """Partial matches have come to a stage, and wait at its links."""
        out = self.sharing.stages[node.stage].out
        if not out:
            return
        self.stages[node.stage].append(node)
        self.made += 1
        for link in out:
            if not self.waits[link]:
                self.low[link] = node.number
            if node.latest > self.waits[link]:
                self.waits[link] = node.latest

    # ------------------------------------------------------------ starts that go

    def ages(self) -> bool:
        """Whether there are starts whose time will be over."""
        return self.open > 0

    def drop_oldest(self) -> int:
        """All partial matches of the oldest start go; how many they were."""
        before = self.open
        self.census.drop_oldest()
        self.gone += 1
        oldest = self.census.oldest()
        self.oldest = self.begun + 1 if oldest is None else oldest[0]
        for link, latest in enumerate(self.waits):
            if latest < self.oldest:
                self.waits[link] = 0
        self.open = self.census.total()
        return before - self.open

    def drop_all(self) -> None:
        """All starts go."""
        self.open = 0

    def tidy(self) -> None:
        """Release the nodes that no open partial match leads through, once they may outweigh the others."""
        if self.made <= self.left + FEW and 2 * self.gone <= self.starts + FEW:
            return
        kept = compacted(self)
        self.stages, self.waits, self.low = kept.stages, kept.waits, kept.low
        self.restart(kept.starts)

    def release(self) -> None:
        """Let go of everything: the key is forgotten, though a deadline of its may still be in the queue."""
        self.stages = []
        self.census = Census(self.sharing, 0)

    def restart(self, starts: list[Open]) -> None:
        """Take over the starts that belong to new lists, numbered from 1."""
        self.census = Census(self.sharing, self.census.limit)
        self.census.begin(starts)
        self.open = self.census.total()
        self.oldest, self.begun = 1, len(starts)
        self.at = max((nodes[-1].at for nodes in self.stages if nodes), default=0)
        self.left, self.starts = sum(map(len, self.stages)), len(starts)
        self.made = self.gone = 0


class Compacted:
    """The same state without what is left over, everything numbered anew: equal states are written alike."""

    __slots__ = ("low", "stages", "starts", "waits")

    def __init__(self, stages: list[list[Node]], waits: list[int], low: list[int], starts: list[Open]) -> None:
        self.stages = stages
        self.waits = waits
        self.low = low
        self.starts = starts


def compacted(keyed: SharedKeyed) -> Compacted:
    """What of a key's state open partial matches lead through. Lists and nodes are new: who holds the old ones may go
    on reading them."""
    links = keyed.sharing.links
    waiting = [
        (link.index, keyed.low[link.index], len(keyed.stages[link.source])) for link in links if keyed.waits[link.index]
    ]
    found = Reach(keyed.sharing, keyed.stages, keyed.oldest).back(waiting)
    numbers = [[node.number for node in nodes] for nodes in found]
    starts = keyed.census.starts()
    ranks = {number: rank for rank, (number, _, _) in enumerate(starts, 1)}
    events = {at: rank for rank, at in enumerate(sorted({node.at for nodes in found for node in nodes}), 1)}

    def renumbered(node: Node, number: int) -> Node:
        before: list[int] = []
        for slot, link in enumerate(keyed.sharing.stages[node.stage].into):
            left = numbers[links[link].source]
            before += (bisect_left(left, node.before[2 * slot]), bisect_left(left, node.before[2 * slot + 1]))
        at, latest = events[node.at], ranks[node.latest]
        start = latest if node.start else 0
        return Node(node.rec, at, node.stage, node.step, number, start, latest, tuple(before))

    stages = [[renumbered(node, number) for number, node in enumerate(nodes)] for nodes in found]
    low = [0] * len(links)
    waits = [0] * len(links)
    for link, begin, _ in waiting:
        low[link] = bisect_left(numbers[links[link].source], begin)
        waits[link] = ranks[keyed.waits[link]]
    opened = [(rank, rec, numbers_) for rank, (_, rec, numbers_) in enumerate(starts, 1)]
    return Compacted(stages, waits, low, opened)
