"""A graph as Mermaid text, which many viewers of Markdown draw."""

from __future__ import annotations

from cep.analysis.graph import Arrow, Graph, Node
from cep.plan.nfa import END, START

LINES = {"relaxed": "-->", "next": "==>", "any": "-.->", "time": "-.->", "complete": "-->"}


def render_mermaid(graph: Graph) -> str:
    """The graph as a flowchart."""
    head = " · ".join((graph.title, *graph.notes))
    lines = ["---", f"title: {_yaml(head)}", "---", "flowchart TD"]
    framed = dict(graph.frames)
    for node in graph.nodes:
        if node.frame is None:
            lines.append(f"  {_node(node)}")
    for number, title in framed.items():
        lines.append(f'  subgraph g{number}["{_escaped(title)}"]')
        lines += [f"    {_node(node)}" for node in graph.nodes if node.frame == number]
        lines.append("  end")
    lines += [f"  {_arrow(arrow)}" for arrow in graph.arrows]
    return "".join(f"{line}\n" for line in lines)


def _node(node: Node) -> str:
    text = "<br/>".join(_escaped(line) for line in (node.title, *node.lines))
    if node.number in (START, END):
        return f'{_id(node.number)}(["{text}"])'
    return f'{_id(node.number)}["{text}"]'


def _arrow(arrow: Arrow) -> str:
    text = "<br/>".join(("⊘ " if label.forbids else "") + _escaped(label.text) for label in arrow.labels)
    label = f'|"{text}"|' if text else ""
    return f"{_id(arrow.source)} {LINES[arrow.style]}{label} {_id(arrow.target)}"


def _id(number: int) -> str:
    return {START: "start", END: "match"}.get(number, f"s{number}")


def _escaped(text: str) -> str:
    """Text inside a quoted label: entities are written with `#`."""
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(marks.get(letter, letter) for letter in text)


def _yaml(text: str) -> str:
    """Text as a quoted YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
