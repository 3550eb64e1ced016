"""What is said and drawn of the golden rules. After a wanted change: `python -m tests.analysis.golden`."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cep.analysis.graph import graph
from cep.analysis.graph_layout import Layout, layout, width_of
from cep.analysis.graph_svg import render_svg
from tests.analysis.golden import expected, in_the_documentation, names, planned


@pytest.mark.parametrize("name", names())
def test_explanations_and_pictures_are_as_expected(name: str) -> None:
    for path, text in expected(name):
        assert path.read_text(encoding="utf-8") == text, path


def test_the_picture_in_the_documentation_is_of_the_rule_there() -> None:
    path, text = in_the_documentation()
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", names())
def test_a_picture_shows_every_step_and_every_word(name: str) -> None:
    picture = graph(planned(name))
    root = ElementTree.fromstring(render_svg(picture))
    shown = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
    words = [word for node in picture.nodes for line in (node.title, *node.lines) for word in line.split()]
    words += [word for arrow in picture.arrows for label in arrow.labels for word in label.text.split()]
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize("name", names())
def test_no_box_and_no_label_stands_on_another(name: str) -> None:
    areas = list(rectangles(layout(graph(planned(name)))))
    overlapping = [(a[0], b[0]) for i, a in enumerate(areas) for b in areas[i + 1 :] if meet(a[1], b[1])]
    assert overlapping == []


Area = tuple[float, float, float, float]


def rectangles(placed: Layout) -> list[tuple[str, Area]]:
    """The area of each box and each label, with what stands in it."""
    found: list[tuple[str, Area]] = [(box.node.title, (box.left, box.y, box.right, box.bottom)) for box in placed.boxes]
    for path in placed.paths:
        if path.labels:
            x, y = path.at
            area = (x, y - 14, x + width_of(path.labels), y - 16 + 16 * len(path.labels))
            found.append((" ".join(label.text for label in path.labels), area))
    return found


def meet(one: Area, other: Area) -> bool:
    """Whether two areas have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
