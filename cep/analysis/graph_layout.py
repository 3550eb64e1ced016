"""Where the boxes and arrows of a graph go, in pixels: layers from top to bottom, arrows in right angles.

A box stands one layer below the lowest box that leads to it. Each arrow that leaves a layer has a band of its own in
the gap below, where its label stands; so labels never overlap. Arrows over several layers run in lanes at the left,
arrows back to an earlier layer in lanes at the right, loops beside their box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from cep.analysis.graph import Arrow, Graph
from cep.analysis.graph_labels import DETOUR, beside_lines, hiding
from cep.analysis.graph_shapes import (
    LETTER,
    LINE,
    PADDING,
    Border,
    Layout,
    Path,
    Point,
    box_of,
    broken,
    width_of,
)
from cep.plan.nfa import END, START

APART, GAP, LANE, PORT = 46.0, 14.0, 16.0, 22.0
"""Between boxes side by side, around the bands of a gap, between lanes, between arrows at one side of a box."""
ROOM, WIDENED = 60.0, 8
"""By how much boxes are moved apart at a time, and how often at most."""
LOOP = 26.0
"""How far a loop stands out from its box."""


def layout(graph: Graph) -> Layout:
    """Place everything; boxes whose arrows have labels that find no place stand further apart, and where that does not
    help the arrow makes a detour."""
    room: Counter[int] = Counter()
    best: Counter[int] = Counter()
    found = left = hiding(_Placing(graph, room).place().paths)
    for _ in range(WIDENED):
        if not left:
            break
        room.update({number: 1 for path in found for number in (path.arrow.source, path.arrow.target)})
        found = hiding(_Placing(graph, room).place().paths)
        if len(found) < len(left):
            left, best = found, Counter(room)
    return _Placing(graph, best, [path.arrow for path in left]).place()


def slot(loop: Arrow) -> float:
    """The height that a loop takes beside its box."""
    return max(len(broken(loop.labels)) * LINE, 22.0) + 6


class _Placing:
    """Places one graph."""

    def __init__(self, graph: Graph, room: Counter[int], detours: Collection[Arrow] = ()) -> None:
        self.graph = graph
        self.room = room
        self.detours = detours
        self.boxes = {node.number: box_of(node) for node in graph.nodes}
        self.loops = [arrow for arrow in graph.arrows if arrow.source == arrow.target]
        self.order = {node.number: place for place, node in enumerate(graph.nodes)}
        self.layer = self.layers()
        self.rows = [[n for n in self.boxes if self.layer[n] == i] for i in range(max(self.layer.values()) + 1)]
        self.lanes: dict[Arrow, float] = {}
        self.bands: dict[Arrow, float] = {}
        self.landings: dict[Arrow, float] = {}
        self.result = Layout(list(self.boxes.values()))

    def place(self) -> Layout:
        """Everything, from top to bottom."""
        for box in self.boxes.values():
            own = self.own(box.node.number)
            box.height = max(box.height, sum(map(slot, own)))
            box.beside = max((LOOP + 8 + width_of(broken(arrow.labels)) for arrow in own), default=0.0)
        for number, title in self.graph.frames:
            last = [box for box in self.boxes.values() if box.node.frame == number][-1]
            last.beside = 2 * PADDING + len(title) * LETTER
        for box in self.boxes.values():
            box.beside += self.room[box.node.number] * ROOM
            box.width = max(box.width, self.needed(box.node.number))
        self.across()
        self.outside()
        self.down()
        for arrow in self.graph.arrows:
            self.result.paths.append(self.loop(arrow) if arrow in self.loops else self.path(arrow))
        self.result.paths = beside_lines(self.result.paths, self.detours)
        for number, title in self.graph.frames:
            self.result.borders.append(self.border(number, title))
        self.extent()
        return self.result

    # ------------------------------------------------------------ layers

    def forward(self, arrow: Arrow) -> bool:
        """Whether an arrow leads down: back to an earlier step only groups lead."""
        return self.order[arrow.source] < self.order[arrow.target]

    def layers(self) -> dict[int, int]:
        """The layer of each box: below all that lead to it."""
        found = {START: 0}
        for node in self.graph.nodes[1:]:
            before = [a.source for a in self.graph.arrows if a.target == node.number and self.forward(a)]
            found[node.number] = 1 + max((found[source] for source in before), default=0)
        found[END] = 1 + max(layer for number, layer in found.items() if number != END)
        return found

    def direct(self, arrow: Arrow) -> bool:
        """Whether an arrow leads to the next layer."""
        return self.layer[arrow.target] == self.layer[arrow.source] + 1

    # ------------------------------------------------------------ across

    def across(self) -> None:
        """The middle of each box: below what leads to it, beside each other without overlap."""
        for row in self.rows:
            wanted = {n: self.above(n) for n in row}
            row.sort(key=lambda n: (wanted[n], self.order[n]))
            edge = 0.0
            for place, number in enumerate(row):
                box = self.boxes[number]
                box.x = wanted[number] if place == 0 else max(wanted[number], edge + APART + box.width / 2)
                edge = box.right + box.beside
            shift = sum(wanted[n] - self.boxes[n].x for n in row) / len(row)
            for number in row:
                self.boxes[number].x += shift

    def above(self, number: int) -> float:
        """The middle of the boxes that lead to one."""
        sources = [a.source for a in self.graph.arrows if a.target == number and self.forward(a)]
        near = [s for s in sources if self.layer[s] == self.layer[number] - 1] or sources
        return sum(self.boxes[s].x for s in near) / len(near) if near else 0.0

    def outside(self) -> None:
        """A lane for each arrow that does not lead to the next layer: the longest outermost."""
        left = min(box.left for box in self.boxes.values())
        right = max(box.right + box.beside for box in self.boxes.values())
        far = [a for a in self.graph.arrows if a not in self.loops and not self.direct(a)]
        far.sort(key=lambda a: abs(self.layer[a.target] - self.layer[a.source]))
        down, back = [a for a in far if self.forward(a)], [a for a in far if not self.forward(a)]
        left = min([left, *(self.port(a, a.source) - width_of(broken(a.labels)) - 2 * GAP for a in down)])
        self.lanes.update({arrow: left - (place + 1.5) * LANE for place, arrow in enumerate(down)})
        wide = max((width_of(broken(a.labels)) for a in back), default=0.0)
        right = max([right, *(self.port(a, a.source) + wide + GAP for a in back)])
        self.lanes.update({arrow: right + (place + 1.5) * LANE for place, arrow in enumerate(back)})

    def port(self, arrow: Arrow, number: int) -> float:
        """Where an arrow leaves or meets a box: in the middle, those in lanes nearer to their side."""
        box, at_source = self.boxes[number], arrow.source == number
        others = [
            a for a in self.graph.arrows if a not in self.loops and (a.source if at_source else a.target) == number
        ]
        if self.direct(arrow):
            near = [a for a in others if self.direct(a)]
            near.sort(key=lambda a: self.boxes[a.target if at_source else a.source].x)
            return box.x + (near.index(arrow) - (len(near) - 1) / 2) * PORT
        side = [a for a in others if not self.direct(a) and self.forward(a) == self.forward(arrow)]
        near_count = sum(self.direct(a) for a in others)
        away = (side.index(arrow) + 1 + max(near_count - 1, 0) / 2) * PORT
        return box.x + (-away if self.forward(arrow) else away)

    def ends(self, number: int, at_source: bool) -> list[Arrow]:
        """The arrows that leave a box, or meet it; loops left out."""
        found = [a for a in self.graph.arrows if (a.source if at_source else a.target) == number]
        return [a for a in found if a not in self.loops]

    def needed(self, number: int) -> float:
        """The width of a box for all arrows that leave or meet it."""
        widths = []
        for at_source in (True, False):
            arrows = self.ends(number, at_source)
            near = sum(self.direct(a) for a in arrows)
            down = sum(self.forward(a) for a in arrows) - near
            back = len(arrows) - near - down
            widths.append((max(near - 1, 0) + 2 * max(down, back) + 1) * PORT)
        return max(widths)

    # ------------------------------------------------------------ down

    def down(self) -> None:
        """The top of each box, and the bands of the arrows in the gaps between the layers."""
        y = 0.0
        for row in self.rows:
            framed = any(self.boxes[n].node.frame is not None for n in row)
            y += PADDING if framed else 0.0
            tallest = max(self.boxes[n].height for n in row)
            for number in row:
                self.boxes[number].y = y + (0.0 if framed else (tallest - self.boxes[number].height) / 2)
            y += tallest + (PADDING if framed else 0.0) + 6
            y = self.gap(row, y)

    def gap(self, row: list[int], y: float) -> float:
        """The bands below a layer; where the next begins."""
        for arrow in self.leaving(row):
            self.bands[arrow] = y
            y += max(len(broken(arrow.labels)) * LINE, 4.0) + 8 + (DETOUR if arrow in self.detours else 0.0)
        below = self.layer[row[0]] + 1
        for arrow, _ in self.lanes.items():
            if self.layer[arrow.target] == below:
                self.landings[arrow] = y
                y += 12
        return y + GAP

    def leaving(self, row: list[int]) -> list[Arrow]:
        """The arrows that leave a layer, in the order of their bands: those that go far first, so that no arrow of a
        later band crosses the label of an earlier."""
        found = [a for a in self.graph.arrows if a.source in row and a not in self.loops]
        return sorted(found, key=lambda a: (self.direct(a), self.port(a, a.source)))

    # ------------------------------------------------------------ arrows

    def path(self, arrow: Arrow) -> Path:
        """An arrow between two boxes, in right angles."""
        source, target = self.boxes[arrow.source], self.boxes[arrow.target]
        start, end, band = self.port(arrow, arrow.source), self.port(arrow, arrow.target), self.bands[arrow]
        labels = broken(arrow.labels)
        points: list[Point] = [(start, source.bottom), (start, band)]
        lane = self.lanes.get(arrow)
        if lane is None:
            points += [(end, band), (end, target.y)]
            at = (end + 8, band + LINE + 3)
        else:
            landing = self.landings[arrow]
            points += [(lane, band), (lane, landing), (end, landing), (end, target.y)]
            at = (start - 8 - width_of(labels) if self.forward(arrow) else start + 8, band + LINE + 3)
        return Path(arrow, tuple(points), labels, at)

    def own(self, number: int) -> list[Arrow]:
        """The loops of a box."""
        return [arrow for arrow in self.loops if arrow.source == number]

    def loop(self, arrow: Arrow) -> Path:
        """An arrow back to its own box; several stand one below the other."""
        box, own = self.boxes[arrow.source], self.own(arrow.source)
        above = sum(map(slot, own[: own.index(arrow)]))
        middle = box.y + (box.height - sum(map(slot, own))) / 2 + above + slot(arrow) / 2
        labels = broken(arrow.labels)
        out = box.right + LOOP
        points = ((box.right, middle - 8), (out, middle - 8), (out, middle + 8), (box.right, middle + 8))
        return Path(arrow, points, labels, (out + 8, middle - (len(labels) / 2 - 0.9) * LINE))

    # ------------------------------------------------------------ around

    def border(self, number: int, title: str) -> Border:
        """The frame around the members of a conjunction."""
        inside = [box for box in self.boxes.values() if box.node.frame == number]
        left, right = min(b.left for b in inside), max(b.right for b in inside)
        top, bottom = min(b.y for b in inside), max(b.bottom for b in inside)
        return Border(title, left - PADDING, top - PADDING, right + PADDING, bottom + PADDING)

    def extent(self) -> None:
        """How large the picture is."""
        result = self.result
        xs = [x for path in result.paths for x, _ in path.points]
        xs += [box.left for box in result.boxes] + [box.right + box.beside for box in result.boxes]
        xs += [path.at[0] for path in result.paths if path.labels]
        xs += [path.at[0] + width_of(path.labels) for path in result.paths if path.labels]
        xs += [border.left for border in result.borders]
        xs += [border.right + PADDING + len(border.title) * LETTER for border in result.borders]
        result.left, result.right = min(xs), max(xs)
        result.bottom = max(box.bottom for box in result.boxes)
