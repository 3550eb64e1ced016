"""Where the label of an arrow stands in its band: beside its own line, and on no line of another arrow.

Where there is no such place the arrow makes a detour to one: out along the top of its band, and back along the bottom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from cep.analysis.graph import Arrow
from cep.analysis.graph_shapes import LINE, Path, width_of

DIRECT = 4
"""The corners of an arrow to the next layer; one in a lane has more."""
BESIDE = 8.0
"""Between a label and the line it belongs to, and at least a quarter of it to any other."""


DETOUR = 6.0
"""How much higher a band is for an arrow that comes back below its label."""


def beside_lines(paths: list[Path], detours: Collection[Arrow] = ()) -> list[Path]:
    """The arrows with their labels moved along their bands, where one would hide another arrow or seem its own;
    `detours`: those that go out of their way for it."""
    return [
        path
        if path.arrow.source == path.arrow.target
        else _around(path, paths)
        if path.arrow in detours
        else _placed(path, paths)
        for path in paths
    ]


def hiding(paths: list[Path]) -> list[Path]:
    """The arrows whose label has no place that leaves the lines of all others to be seen."""
    labelled = [path for path in paths if path.labels and path.arrow.source != path.arrow.target]
    return [path for path in labelled if not _is_free(path.at[0], width_of(path.labels), _crossing(path, paths))]


def _placed(path: Path, paths: list[Path]) -> Path:
    if not path.labels:
        return path
    y = path.at[1]
    width = width_of(path.labels)
    crossing = _crossing(path, paths)
    free = (x for x in _places(path, width, crossing) if _is_free(x, width, crossing))
    return replace(path, at=(next(free, path.at[0]), y))


def _around(path: Path, paths: list[Path]) -> Path:
    """The arrow by way of the nearest place at which its label hides no other."""
    width = width_of(path.labels)
    crossing = _crossing(path, paths)
    start, turn = path.points[1][0], path.points[2][0]
    beyond = (place for x in (*crossing, start, turn) for place in (x + BESIDE, x - BESIDE - width - BESIDE))
    # Behind all others there always is one.
    out = min(
        (x for x in beyond if _is_free(x, width + BESIDE, [*crossing, start, turn])), key=lambda x: abs(x - start)
    )
    band = path.points[1][1]
    back = band + len(path.labels) * LINE + DETOUR
    points = (*path.points[:2], (out, band), (out, back), (turn, back), *path.points[3:])
    return replace(path, points=points, at=(out + BESIDE, path.at[1]))


def _crossing(path: Path, paths: list[Path]) -> list[float]:
    """Where upright lines of other arrows pass through the band of a label."""
    top = path.at[1] - LINE
    bottom = top + LINE * len(path.labels)
    return [
        x
        for other in paths
        if other is not path
        for (x, y), (to_x, to_y) in pairwise(other.points)
        if x == to_x and min(y, to_y) < bottom and max(y, to_y) > top
    ]


def _places(path: Path, width: float, crossing: list[float]) -> Iterator[float]:
    """Places for the left end of a label, the usual first: at both sides of the own upright lines, then below the own
    level one, as near to the usual place as may be."""
    yield path.at[0]
    start, turn = path.points[1][0], path.points[2][0]
    # An arrow in a lane turns far from the boxes it joins.
    for upright in (start, turn) if len(path.points) > DIRECT else (turn, start):
        yield upright + BESIDE
        yield upright - BESIDE - width
    left, right = min(start, turn), max(start, turn)
    beside = [place for x in crossing for place in (x + BESIDE, x - BESIDE - width)]
    yield from sorted(
        (x for x in beside if x + width > left + BESIDE and x < right - BESIDE), key=lambda x: abs(x - path.at[0])
    )


def _is_free(left: float, width: float, crossing: list[float]) -> bool:
    return not any(left - BESIDE / 4 < x < left + width + BESIDE / 4 for x in crossing)
