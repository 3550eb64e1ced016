"""A picture as SVG: plain text, no script, no font of its own; on a ground of its own, light or dark by preference."""

from __future__ import annotations

from html import escape

from docs.timelines.shapes import Area, Diamond, Disc, Picture, Shape, Stroke, Text

LIGHT = {
    "ground": "#ffffff",
    "box": "#f0f4f8",
    "rim": "#cbd2d9",
    "ink": "#1f2933",
    "soft": "#52606d",
    "guide": "#e4e7eb",
    "axis": "#829ab1",
    "match": "#0967d2",
    "timeout": "#b44d12",
    "missed": "#7b8794",
    "open": "#dceefb",
    "forbidden": "#ffe3e3",
    "wait": "#e4e7eb",
    "late": "#ba2525",
    "mark": "#a6109c",
}
"""Colours by role on a light ground."""
DARK = {
    "ground": "#161b22",
    "box": "#222b36",
    "rim": "#3e4c59",
    "ink": "#e4e7eb",
    "soft": "#9aa5b1",
    "guide": "#2b3440",
    "axis": "#627d98",
    "match": "#47a3f3",
    "timeout": "#f0a35e",
    "missed": "#8494a3",
    "open": "#12395c",
    "forbidden": "#4f2428",
    "wait": "#323f4b",
    "late": "#f86a6a",
    "mark": "#f29bec",
}
"""The same on a dark ground."""

_STYLE = """
  text {{ font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: {ink}; white-space: pre; }}
  .title {{ font-weight: bold; font-size: 14px; }}
  .step, .when, .value, .name, .label, .legend {{ font-size: 11px; }}
  .when, .legend, .missed-note, .step {{ fill: {soft}; }}
  .name {{ font-weight: bold; }} .on-bound {{ fill: {ground}; }} .late-name, .late-note {{ fill: {late}; }}
  .marked {{ font-weight: bold; fill: {mark}; }}
  .ground {{ fill: {ground}; }} .box {{ fill: {box}; stroke: {rim}; }}
  .guide {{ stroke: {guide}; }} .axis {{ stroke: {axis}; stroke-width: 1.5; }}
  .bound {{ fill: {match}; stroke: {match}; }} .seen {{ fill: {ground}; stroke: {axis}; stroke-width: 1.5; }}
  .unseen {{ fill: {ground}; stroke: {rim}; stroke-dasharray: 3 3; }}
  .late {{ fill: {ground}; stroke: {late}; stroke-width: 1.5; }}
  line.match, line.timeout {{ stroke-width: 2.5; }} line.missed {{ stroke-width: 1.5; stroke-dasharray: 5 4; }}
  line.match {{ stroke: {match}; }} line.timeout {{ stroke: {timeout}; }} line.missed {{ stroke: {missed}; }}
  line.until-match, line.until-timeout {{ stroke-width: 1.5; stroke-dasharray: 2 3; }}
  line.until-match {{ stroke: {match}; }} line.until-timeout {{ stroke: {timeout}; }}
  circle.match, path.match {{ fill: {match}; }} circle.timeout, path.timeout {{ fill: {timeout}; }}
  circle.missed {{ fill: {ground}; stroke: {missed}; stroke-width: 1.5; }}
  .open {{ fill: {open}; }} .forbidden {{ fill: {forbidden}; }} .wait {{ fill: {wait}; }}
  .edge-open {{ stroke: {match}; }} .edge-forbidden {{ stroke: {late}; }} .edge-wait {{ stroke: {axis}; }}
  .watermark {{ stroke: {timeout}; stroke-width: 2; }}
"""


def style(dark: bool | None = None) -> str:
    """The style sheet; for one ground only if `dark` is given."""
    if dark is not None:
        return _STYLE.format(**(DARK if dark else LIGHT))
    return f"{_STYLE.format(**LIGHT)}  @media (prefers-color-scheme: dark) {{{_STYLE.format(**DARK)}  }}\n"


def render(picture: Picture, dark: bool | None = None) -> str:
    """One SVG document, the same for the same picture."""
    width, height = f"{picture.width:.0f}", f"{picture.height:.0f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f"<desc>{escape(picture.told)}</desc>",
        f"<style>{style(dark)}</style>",
        '<rect class="ground" width="100%" height="100%" rx="8"/>',
        *(_shape(shape) for shape in picture.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _shape(shape: Shape) -> str:
    match shape:
        case Text():
            return _text(shape)
        case Stroke(x, y, to_x, to_y, kind):
            return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'
        case Disc(x, y, radius, kind):
            return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        case Diamond(x, y, kind):
            return f'<path class="{kind}" d="M{x:.1f} {y - 9:.1f} l9 9 l-9 9 l-9 -9 z"/>'
        case Area(x, y, width, height, kind):
            return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"/>'


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    inner = escape(text.text, quote=False)
    if text.marked is not None:
        before, _, after = text.text.partition(text.marked)
        marked = f'<tspan class="marked">{escape(text.marked, quote=False)}</tspan>'
        inner = escape(before, quote=False) + marked + escape(after, quote=False)
    return f'<text class="{text.kind}" x="{text.x:.1f}" y="{text.y:.1f}"{anchor} xml:space="preserve">{inner}</text>'
