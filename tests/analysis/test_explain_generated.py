"""Every rule that can be planned can be explained and drawn: over rules drawn from seeds."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from cep.analysis.explain import explain
from cep.analysis.explain_text import render_json, render_text
from cep.analysis.graph import graph
from cep.analysis.graph_ascii import render_ascii
from cep.analysis.graph_layout import layout
from cep.analysis.graph_mermaid import render_mermaid
from cep.analysis.graph_svg import render_svg
from cep.analysis.planned import PlannedRule, planned_rule
from cep.language.load import check_text
from tests.analysis.areas import hidden, overlapping
from tests.generated import rules
from tests.generated.chance import Seeded

RULES_A_SEED = 12


def drawn(seed: int) -> list[PlannedRule]:
    """Rules of all constructs that the checker takes."""
    chance = Seeded(seed)
    found: list[PlannedRule] = []
    while len(found) < RULES_A_SEED:
        text = rules.declarations(chance).text() + "\n" + rules.rule(chance, "deep" if seed % 2 else "full").text()
        checked = check_text(text)
        if checked.failed:
            continue
        found.append(planned_rule(checked.rules, checked.rules.rules[0].name))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_every_rule_can_be_looked_at(seed: int) -> None:
    for planned in drawn(seed):
        explanation = explain(planned)
        text = render_text(explanation)
        assert all(state.name in text for state in planned.rule.automaton.states)
        assert len(json.loads(render_json(explanation))["waits"]) == len(planned.rule.automaton.waits)
        assert "None" not in text
        picture = graph(planned)
        assert all(node.title.split()[0] in render_ascii(picture) for node in picture.nodes)
        assert render_mermaid(picture).count("\n  ") >= len(picture.nodes) + len(picture.arrows)
        ElementTree.fromstring(render_svg(picture))
        assert overlapping(layout(picture)) == []


@pytest.mark.parametrize("seed", range(8))
def test_labels_leave_the_lines_of_other_arrows_to_be_seen(seed: int) -> None:
    for planned in drawn(seed):
        assert hidden(layout(graph(planned))) == []
