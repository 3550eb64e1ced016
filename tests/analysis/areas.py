"""Whether boxes and labels of a picture stand on each other, or labels on the lines of other arrows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cep.analysis.graph_shapes import LINE, Layout, Path, width_of

Area = tuple[float, float, float, float]


def overlapping(placed: Layout) -> list[tuple[str, str]]:
    """Pairs of boxes and labels that have more than an edge in common, by what stands in them."""
    areas = list(rectangles(placed))
    return [(a[0], b[0]) for i, a in enumerate(areas) for b in areas[i + 1 :] if meet(a[1], b[1])]


def rectangles(placed: Layout) -> Iterator[tuple[str, Area]]:
    """The area of each box and each label, with what stands in it."""
    for box in placed.boxes:
        yield box.node.title, (box.left, box.y, box.right, box.bottom)
    for path in placed.paths:
        if path.labels:
            yield wording(path), label_area(path)


def hidden(placed: Layout) -> list[tuple[str, Area]]:
    """Labels that stand on lines of other arrows, with the line: they hide it, and read as its own."""
    lines = [(path, line) for path in placed.paths for line in segments(path)]
    labelled = [path for path in placed.paths if path.labels]
    return [
        (wording(p), line) for p in labelled for other, line in lines if other is not p and meet(label_area(p), line)
    ]


def segments(path: Path) -> Iterator[Area]:
    """The straight parts of an arrow."""
    for (x, y), (to_x, to_y) in pairwise(path.points):
        yield min(x, to_x) - 0.1, min(y, to_y) - 0.1, max(x, to_x) + 0.1, max(y, to_y) + 0.1


def wording(path: Path) -> str:
    """What is written beside an arrow."""
    return " ".join(label.text for label in path.labels)


def label_area(path: Path) -> Area:
    """The area of a label."""
    x, y = path.at
    return x, y - LINE + 2, x + width_of(path.labels), y + LINE * (len(path.labels) - 1)


def meet(one: Area, other: Area) -> bool:
    """Whether two areas have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
