"""Which nodes lead to given ones."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from cep.engine.shared.node import Node
from cep.plan.sharing import Sharing

Stretch = tuple[int, int, int]
"""A link, and the begin and end of a stretch of the list of the stage it comes from."""


class Reach:
    """Walks back from stretches, later events first, and looks at each node once for each link behind it."""

    def __init__(self, sharing: Sharing, stages: list[list[Node]], oldest: int) -> None:
        self.sharing = sharing
        self.stages = stages
        self.oldest = oldest
        self.found: list[list[Node]] = [[] for _ in stages]
        self.known: list[set[int]] = [set() for _ in stages]
        self.lowest = [len(stages[link.source]) for link in sharing.links]
        self.waiting: list[tuple[int, int, int]] = []

    def back(self, stretches: Iterable[Stretch]) -> list[list[Node]]:
        """By stage, in the order of events: the nodes from which a way leads into one of the stretches, and that have
        a start not older than the oldest."""
        for stretch in stretches:
            self.add(*stretch)
        while self.waiting:
            _, stage, number = heapq.heappop(self.waiting)
            node = self.stages[stage][number]
            self.found[stage].append(node)
            for stretch in stretches_before(self.sharing, node):
                self.add(*stretch)
        for nodes in self.found:
            nodes.reverse()
        return self.found

    def add(self, link: int, begin: int, end: int) -> None:
        """Take up what no later stretch of the same link has covered."""
        stage = self.sharing.links[link].source
        known, nodes = self.known[stage], self.stages[stage]
        for number in range(begin, min(end, self.lowest[link])):
            node = nodes[number]
            if node.latest >= self.oldest and number not in known:
                known.add(number)
                heapq.heappush(self.waiting, (-node.at, stage, number))
        self.lowest[link] = min(begin, self.lowest[link])


def stretches_before(sharing: Sharing, node: Node) -> list[Stretch]:
    """What may stand before a node, by link."""
    before = node.before
    into = sharing.stages[node.stage].into
    return [
        (link, before[2 * slot], before[2 * slot + 1])
        for slot, link in enumerate(into)
        if before[2 * slot] < before[2 * slot + 1]
    ]
