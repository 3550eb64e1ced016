"""Small SVG charts, enough for the page on benchmarks: lines over a logarithmic axis, and bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 44
COLOURS = ("#1f6feb", "#d29922", "#8250df", "#1a7f37", "#cf222e", "#57606a")
_STYLE = "font-family:sans-serif;font-size:12px;fill:#57606a"

Points = Sequence[tuple[float, float]]


def lines(title: str, across: str, up: str, series: Mapping[str, Points]) -> str:
    """Curves over two logarithmic axes. Every value is above zero."""
    places = [point for points in series.values() for point in points]
    xs, ys = _decades([x for x, _ in places]), _decades([y for _, y in places])
    parts = [_head(title)]
    for value in xs:
        x = _place(value, xs, LEFT, WIDTH - RIGHT)
        parts.append(_text(x, HEIGHT - BOTTOM + 18, _short(value), "middle"))
    for value in ys:
        y = _place(value, ys, HEIGHT - BOTTOM, TOP)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>')
        parts.append(_text(LEFT - 6, y + 4, _short(value), "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle"))
    parts.append(_text(LEFT - 50, TOP - 12, up, "start"))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        at = [(_place(x, xs, LEFT, WIDTH - RIGHT), _place(y, ys, HEIGHT - BOTTOM, TOP)) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
        parts.append(_legend(number, name, colour))
    return "\n".join([*parts, "</svg>", ""])


def bars(title: str, up: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Bars over a logarithmic axis, in groups; a group may lack some."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    ys = _decades([value for group in groups.values() for value in group.values()])
    parts = [_head(title)]
    for value in ys:
        y = _place(value, ys, HEIGHT - BOTTOM, TOP)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>')
        parts.append(_text(LEFT - 6, y + 4, _short(value), "end"))
    parts.append(_text(LEFT - 50, TOP - 12, up, "start"))
    room = (WIDTH - RIGHT - LEFT) / len(groups)
    wide = room * 0.8 / len(names)
    for place, (group, values) in enumerate(groups.items()):
        left = LEFT + place * room + room * 0.1
        parts.append(_text(left + room * 0.4, HEIGHT - BOTTOM + 18, group, "middle"))
        for number, name in enumerate(names):
            if name in values:
                y = _place(values[name], ys, HEIGHT - BOTTOM, TOP)
                parts.append(
                    f'<rect x="{left + number * wide:.1f}" y="{y:.1f}" width="{wide * 0.9:.1f}" '
                    f'height="{HEIGHT - BOTTOM - y:.1f}" fill="{COLOURS[number % len(COLOURS)]}"/>'
                )
    parts += [_legend(number, name, COLOURS[number % len(COLOURS)]) for number, name in enumerate(names)]
    return "\n".join([*parts, "</svg>", ""])


def _head(title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{_text(LEFT, 16, title, "start")}'
    )


def _legend(number: int, name: str, colour: str) -> str:
    y = TOP + 8 + 20 * number
    left = WIDTH - RIGHT + 12
    return f'<rect x="{left}" y="{y - 9}" width="10" height="10" fill="{colour}"/>{_text(left + 16, y, name, "start")}'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{_STYLE}">{escape(text)}</text>'


def _decades(values: Sequence[float]) -> list[float]:
    """Powers of ten around all values."""
    low, high = floor(log10(min(values))), floor(log10(max(values)) - 1e-12) + 1
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def _place(value: float, decades: Sequence[float], start: float, end: float) -> float:
    part = (log10(value) - log10(decades[0])) / (log10(decades[-1]) - log10(decades[0]))
    return start + part * (end - start)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
