"""Where arrows go when their labels find no place beside them."""

from __future__ import annotations

from cep.analysis.graph import graph
from cep.analysis.graph_labels import hiding
from cep.analysis.graph_layout import layout
from cep.analysis.planned import planned_rule
from cep.language.load import load_text
from tests.analysis.areas import hidden, overlapping

DENSE = """
event A { k: string  s: string  v: int  ts: timestamp } time ts
rule r {
  match by k within 8ms
    p1: A where v < 4
    then all of (
      p2: A{3} where starts_with(s, "a"),
      p3: A where v > 1,
      p4: A{2} where v >= 2 or v != prev(v),
      without A where v == 7 within 5ms
    )
    then all of (
      p5: A where s == "a",
      p6: A where s not matches "c"
    )
}
"""


def test_an_arrow_makes_a_detour_to_a_place_for_its_label() -> None:
    placed = layout(graph(planned_rule(load_text(DENSE, "dense.pattern"), "r")))
    assert hidden(placed) == []
    assert hiding(placed.paths) == []
    assert overlapping(placed) == []
    around = [path for path in placed.paths if len(path.points) == 6 and path.arrow.source != path.arrow.target]
    assert around
    for path in around:
        # Out along the band, down beside the label, and back to where the arrow went.
        (_, top), (out, band), (to, back), (turn, again) = path.points[1:5]
        assert top == band and out == to and back == again
        assert path.at[0] > out and band < path.at[1] < back
        assert turn == path.points[5][0]
