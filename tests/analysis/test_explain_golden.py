"""What is said and drawn of the golden rules. After a wanted change: `python -m tests.analysis.golden`."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cep.analysis.graph import graph
from cep.analysis.graph_layout import layout
from cep.analysis.graph_svg import render_svg
from tests.analysis.areas import hidden, overlapping
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
    assert overlapping(layout(graph(planned(name)))) == []


@pytest.mark.parametrize("name", names())
def test_no_label_hides_the_line_of_another_arrow(name: str) -> None:
    assert hidden(layout(graph(planned(name)))) == []
