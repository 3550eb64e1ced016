"""An absence that is an alternative of `either` is a path of its own in the picture."""

from __future__ import annotations

import pytest

from cep.analysis.graph import Arrow, Graph, graph
from cep.analysis.planned import planned_rule
from cep.language.load import load_text
from tests.analysis.golden import planned

EVENTS = "\n".join(f"event {name} {{ k: string  ts: timestamp }} time ts" for name in "ABCD")
PATHS = {
    "a: A then either ( b: B | without C within 3s ) then d: D": {"a . no C for 3s", "no C for 3s | d", "b | d"},
    "a: A then either ( b: B | without C within 3s )": {"a . no C for 3s", "no C for 3s | match"},
    "a: A then either ( without B within 1s | without C within 3s ) then next d: D": {
        "a . no B for 1s",
        "a . no C for 3s",
        "no B for 1s # d",
        "no C for 3s # d",
    },
    "a: A then b: B? then either ( c: C | without D within 3s ) then e: A": {
        "a . no D for 3s",
        "b . no D for 3s",
        "no D for 3s | e",
    },
    "s: D then ( a: A then either ( b: B | without C within 3s ) ){2,} then c: C": {
        "a . no C for 3s",
        "no C for 3s | a",
        "no C for 3s | c",
    },
}
SHAFTS = {"relaxed": "|", "next": "#", "any": ":", "time": ".", "complete": "|"}


def drawn(pattern: str) -> Graph:
    """The picture of a pattern."""
    return graph(planned_rule(load_text(f"{EVENTS}\nrule r {{ match by k within 1h\n {pattern} }}"), "r"))


def shaft(picture: Graph, arrow: Arrow) -> str:
    """An arrow by the boxes it joins and how it is drawn."""
    names = {node.number: node.name for node in picture.nodes}
    return f"{names[arrow.source]} {SHAFTS[arrow.style]} {names[arrow.target]}"


@pytest.mark.parametrize("pattern", PATHS)
def test_the_absence_is_reached_by_time_and_left_as_a_step_is(pattern: str) -> None:
    picture = drawn(pattern)
    shafts = [shaft(picture, arrow) for arrow in picture.arrows]
    assert len(set(shafts)) == len(shafts)
    assert PATHS[pattern] <= set(shafts)
    assert not [a for a in picture.arrows for label in a.labels if "has held" in label.text or "is open" in label.text]


def test_it_stands_behind_its_group() -> None:
    picture = drawn("s: D then ( a: A then either ( b: B | without C within 3s ) ){2,} then c: C")
    assert [node.name for node in picture.nodes] == ["start", "s", "a", "b", "no C for 3s", "c", "match"]


def test_what_may_not_come_stands_at_the_line_taken_by_time() -> None:
    picture = graph(planned("instead"))
    timed = [arrow for arrow in picture.arrows if arrow.style == "time"]
    assert [[(label.text, label.forbids) for label in arrow.labels] for arrow in timed] == [
        [("without C where x > 9", True), ("until 3s after the last event bound", False)]
    ]
