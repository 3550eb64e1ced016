"""A graph as plain text: boxes one below the other, arrows to the next box drawn, others named."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from cep.analysis.graph import Arrow, Graph, Node
from cep.plan.nfa import END, START

WIDTH = 72
SHAFTS = {"relaxed": "|", "next": "#", "any": ":", "time": ".", "complete": "|"}
LEGEND = "| skips other events   # the very next   : skips also what fits   . time passes   x may not come"


def render_ascii(graph: Graph) -> str:
    """The graph as text, states in the order of the rule."""
    lines = [graph.title, *(f"  {note}" for note in graph.notes), ""]
    titles = dict(graph.frames)
    for node, below in zip(graph.nodes, (*graph.nodes[1:], None), strict=True):
        before = next((n for n in graph.nodes if n.number != node.number and n.frame == node.frame), None)
        if node.frame is not None and (before is None or before.number > node.number):
            lines.append(f"  ({titles[node.frame]})")
        lines += _box(node)
        lines += _arrows(graph, node, below)
    return "".join(f"{line}\n" for line in (*lines, LEGEND))


def _box(node: Node) -> list[str]:
    texts = [part for line in (node.title, *node.lines) for part in wrap(line, WIDTH, subsequent_indent="  ")]
    if node.number in (START, END):
        return [f"( {text} )" for text in texts[:1]] + [f"    {text}" for text in texts[1:]]
    width = max(map(len, texts))
    edge = "+" + "-" * (width + 2) + "+"
    return [edge, *(f"| {text:{width}} |" for text in texts), edge]


def _arrows(graph: Graph, node: Node, below: Node | None) -> Iterator[str]:
    """The arrows that leave a box; the one to the box below comes last."""
    leaving = [arrow for arrow in graph.arrows if arrow.source == node.number]
    straight = [arrow for arrow in leaving if below is not None and arrow.target == below.number]
    names = {other.number: other.name for other in graph.nodes}
    for arrow in leaving:
        if arrow not in straight:
            yield from _named(arrow, names)
    for arrow in straight:
        shaft = SHAFTS[arrow.style]
        texts = list(_texts(arrow)) or [""]
        yield from (f"   {shaft}  {text}".rstrip() for text in texts)
        yield "   v"
    if not straight:
        yield ""


def _named(arrow: Arrow, names: dict[int, str]) -> Iterator[str]:
    """An arrow that goes elsewhere, with the name of the box it leads to."""
    shaft = SHAFTS[arrow.style]
    to = "itself" if arrow.target == arrow.source else f"[{names[arrow.target]}]"
    first, *rest = list(_texts(arrow)) or [""]
    yield f"   {shaft}--> {to}  {first}".rstrip()
    yield from (f"   {shaft}      {text}" for text in rest)


def _texts(arrow: Arrow) -> Iterator[str]:
    for label in arrow.labels:
        mark = "x " if label.forbids else ""
        yield from wrap(mark + label.text, WIDTH, subsequent_indent="  ")
