"""A graph as SVG: text only, no program and no font needed to make it."""

from __future__ import annotations

from html import escape

from cep.analysis.graph import Graph
from cep.analysis.graph_layout import layout
from cep.analysis.graph_shapes import LETTER, LINE, PADDING, Border, Box, Layout, Path, width_of
from cep.plan.nfa import END, START

MARGIN = 18.0
STYLE = """
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2933; white-space: pre; }
  .title { font-weight: bold; font-size: 14px; }
  .note, .legend { fill: #52606d; }
  .name { font-weight: bold; }
  .box { fill: #f0f4f8; stroke: #486581; stroke-width: 1.4; }
  .end { fill: #d9e2ec; stroke: #243b53; stroke-width: 1.4; }
  .frame { fill: none; stroke: #829ab1; stroke-dasharray: 5 4; }
  .arrow { fill: none; stroke: #334e68; stroke-width: 1.4; marker-end: url(#head); }
  .next { stroke-width: 3.2; marker-end: url(#thick); }
  .any { stroke-dasharray: 7 4; }
  .time { stroke-dasharray: 2 3; }
  .behind { fill: #ffffff; }
  .forbids { fill: #ba2525; }
"""
HEADS = """
<defs>
  <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
    <path d="M0 0 L10 5 L0 10 z" fill="#334e68"/></marker>
  <marker id="thick" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="4" markerHeight="4" orient="auto">
    <path d="M0 0 L10 5 L0 10 z" fill="#334e68"/></marker>
</defs>
"""
LEGEND = {
    "relaxed": "skips other events",
    "next": "the very next event",
    "any": "skips also what fits",
    "time": "time passes",
}


def render_svg(graph: Graph) -> str:
    """The graph as one SVG document."""
    placed = layout(graph)
    used = [style for style in LEGEND if any(path.arrow.style == style for path in placed.paths)]
    head = (len(graph.notes) + 2) * LINE + MARGIN
    texts = (graph.title, *graph.notes)
    width = max(placed.right - placed.left, max(len(text) * LETTER * 1.2 for text in texts), 60.0 + 26 * LETTER)
    height = head + placed.bottom + (len(used) + 1) * LINE + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 2 * MARGIN:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width + 2 * MARGIN:.0f} {height:.0f}" role="img">',
        f"<title>{escape(graph.title)}</title>",
        f"<style>{STYLE}</style>{HEADS}",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_head(graph),
        f'<g transform="translate({MARGIN - placed.left:.1f} {head:.1f})">',
        *_picture(placed),
        "</g>",
        *_legend(used, head + placed.bottom + 2 * LINE),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(graph: Graph) -> list[str]:
    """Title and what holds for the whole rule."""
    lines = [_text(MARGIN, MARGIN + LINE * 0.8, graph.title, "title")]
    return lines + [_text(MARGIN, MARGIN + LINE * (i + 2), note, "note") for i, note in enumerate(graph.notes)]


def _picture(placed: Layout) -> list[str]:
    """Frames below arrows, boxes over them, labels over everything."""
    parts = [part for border in placed.borders for part in _border(border)]
    parts += [_arrow(path) for path in placed.paths]
    parts += [part for box in placed.boxes for part in _box(box)]
    return parts + [part for path in placed.paths for part in _labels(path)]


def _box(box: Box) -> list[str]:
    is_end = box.node.number in (START, END)
    corner = box.height / 2 if is_end and len(box.lines) == 1 else 5
    shape = (
        f'<rect class="{"end" if is_end else "box"}" x="{box.left:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner:.0f}"/>'
    )
    first = box.y + (box.height - len(box.lines) * LINE) / 2 + LINE * 0.76
    at = box.x - max(len(line) for line in box.lines) * LETTER / 2
    titled = [_text(at, first + i * LINE, line, "name" if i == 0 else "") for i, line in enumerate(box.lines)]
    return [shape, *titled]


def _border(border: Border) -> list[str]:
    return [
        f'<rect class="frame" x="{border.left:.1f}" y="{border.top:.1f}" '
        f'width="{border.right - border.left:.1f}" height="{border.bottom - border.top:.1f}" rx="8"/>',
        _text(border.right + PADDING, (border.top + border.bottom) / 2 + 4, border.title, "note"),
    ]


def _arrow(path: Path) -> str:
    points = [p for i, p in enumerate(path.points) if i == 0 or p != path.points[i - 1]]
    moves = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="arrow {path.arrow.style}" d="M{moves}"/>'


def _labels(path: Path) -> list[str]:
    """The lines of a label, on white: an arrow that passes below is interrupted, not the text."""
    if not path.labels:
        return []
    x, y = path.at
    behind = (
        f'<rect class="behind" x="{x - 2:.1f}" y="{y - LINE:.1f}" width="{width_of(path.labels) + 4:.1f}" '
        f'height="{len(path.labels) * LINE:.1f}"/>'
    )
    lines = [
        _text(x, y + i * LINE - 4, label.text, "forbids" if label.forbids else "")
        for i, label in enumerate(path.labels)
    ]
    return [behind, *lines]


def _legend(used: list[str], y: float) -> list[str]:
    """What the kinds of lines mean, of those that are drawn."""
    parts = []
    for i, style in enumerate(used):
        line = y + i * LINE
        parts.append(
            f'<path class="arrow {style}" d="M{MARGIN:.0f} {line - 4:.1f} L{MARGIN + 40:.0f} {line - 4:.1f}"/>'
        )
        parts.append(_text(MARGIN + 52, line, LEGEND[style], "legend"))
    return parts


def _text(x: float, y: float, text: str, kind: str) -> str:
    """One line of text; spaces at its beginning count."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named} xml:space="preserve">{escape(text, quote=False)}</text>'
