"""Whether boxes and labels of a picture stand on each other."""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.graph_shapes import LINE, Layout, width_of

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
            x, y = path.at
            area = (x, y - LINE + 2, x + width_of(path.labels), y + LINE * (len(path.labels) - 1))
            yield " ".join(label.text for label in path.labels), area


def meet(one: Area, other: Area) -> bool:
    """Whether two areas have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
