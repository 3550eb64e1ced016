"""The matches that one event completes, in the order in which they are told, each made when it is asked for.

The graph leads from an event back to what may precede it, and matches are told by their first events. So the nodes that
are part of a match are found first, walking back; then the walk goes forward from the earliest start, and every step it
takes leads to a match. Memory holds these nodes and one way through them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby

from cep.engine.shared.node import Node
from cep.engine.shared.reach import Reach, stretches_before
from cep.plan.sharing import Sharing

Front = list[Node]
"""What one event may be bound as behind the same earlier events: nodes of one event, in the order of steps."""
Cursor = tuple[list[Node], int, int]
"""A stretch of a list of nodes."""


class Matches:
    """The ways through a graph that end at the nodes `ends` of one event and have no start before `oldest`.

    `stages` may grow meanwhile, but what is in them does not change.
    """

    def __init__(self, sharing: Sharing, stages: list[list[Node]], ends: list[Node], oldest: int) -> None:
        self.sharing = sharing
        self.last = ends[0].at
        reach = Reach(sharing, stages, oldest)
        self.nodes = reach.back([stretch for end in ends for stretch in stretches_before(sharing, end)])
        for end in ends:
            self.nodes[end.stage].append(end)
        self.onward = [self.links_from(stage.index) for stage in sharing.stages]

    def links_from(self, stage: int) -> list[tuple[int, Callable[[Node], int], Callable[[Node], int]]]:
        """Where the links of a stage lead, with begin and end of the stretch that a node there has of this stage."""
        found = []
        for index in self.sharing.stages[stage].out:
            target = self.sharing.links[index].target
            slot = 2 * self.sharing.stages[target].into.index(index)
            found.append((target, before(slot), before(slot + 1)))
        return found

    def __iter__(self) -> Iterator[list[Node]]:
        """Each match as its nodes, in time order."""
        for root in self.roots():
            yield from self.beginning(root)

    def roots(self) -> list[Front]:
        """The first events, earliest first."""
        roots = [node for nodes in self.nodes for node in nodes if node.start]
        roots.sort(key=lambda node: (node.at, node.step))
        return [list(front) for _, front in groupby(roots, key=lambda node: node.at)]

    def beginning(self, root: Front) -> Iterator[list[Node]]:
        """The matches of one first event."""
        if root[0].at == self.last:
            yield from ([node] for node in root)
            return
        way, ahead = [root], [self.after(root)]
        while ahead:
            front = next(ahead[-1], None)
            if front is None:
                ahead.pop()
                way.pop()
            elif front[0].at == self.last:
                yield from self.bindings([*way, front])
            else:
                way.append(front)
                ahead.append(self.after(front))

    def after(self, front: Front) -> Iterator[Front]:
        """What may follow, in the order of events. There is always something, unless the match ends here."""
        cursors = [cursor for node in front for cursor in self.following(node)]
        if len(cursors) == 1:
            nodes, begin, end = cursors[0]
            for index in range(begin, end):
                yield [nodes[index]]
            return
        while cursors:
            at = min(nodes[begin].at for nodes, begin, _ in cursors)
            found = {id(n[begin]): n[begin] for n, begin, _ in cursors if n[begin].at == at}
            yield sorted(found.values(), key=lambda node: node.step)
            cursors = [(n, begin + (n[begin].at == at), end) for n, begin, end in cursors]
            cursors = [cursor for cursor in cursors if cursor[1] < cursor[2]]

    def following(self, node: Node) -> Iterator[Cursor]:
        """The nodes that may follow one, by link: those whose stretch of its stage it lies in."""
        for target, begins, ends in self.onward[node.stage]:
            nodes = self.nodes[target]
            begin = bisect_right(nodes, node.number, key=ends)
            end = bisect_right(nodes, node.number, lo=begin, key=begins)
            if begin < end:
                yield nodes, begin, end

    def bindings(self, way: list[Front]) -> Iterator[list[Node]]:
        """The matches of the same events: one for each way to bind them, in the order of steps."""
        if all(len(front) == 1 for front in way):
            yield [front[0] for front in way]
            return
        layers = self.useful(way)
        bound: list[Node] = []
        ahead = [iter(layers[0])]
        while ahead:
            node = next(ahead[-1], None)
            if node is None:
                ahead.pop()
                del bound[-1:]
            elif len(ahead) == len(way):
                yield [*bound, node]
            else:
                bound.append(node)
                ahead.append(iter([m for m in layers[len(ahead)] if self.leads(node, m)]))

    def useful(self, way: list[Front]) -> list[Front]:
        """The nodes of each front from which the last is reached by way of the fronts between."""
        layers = [way[-1]]
        for front in reversed(way[:-1]):
            layers.append([node for node in front if any(self.leads(node, m) for m in layers[-1])])
        layers.reverse()
        return layers

    def leads(self, node: Node, following: Node) -> bool:
        """Whether one node may stand right before another."""
        return any(
            target == following.stage and begins(following) <= node.number < ends(following)
            for target, begins, ends in self.onward[node.stage]
        )


def before(place: int) -> Callable[[Node], int]:
    """Reads one end of a stretch."""
    return lambda node: node.before[place]
