"""Where everything in a picture stands: the rule, the events on their axis, a lane for each report."""

from __future__ import annotations

import re
from dataclasses import replace
from textwrap import dedent, wrap

from docs.timelines.case import Case, Moment, Span
from docs.timelines.play import Played, Told
from docs.timelines.shapes import LINE, SMALL_LETTER, Area, Diamond, Disc, Picture, Shape, Stroke, Text
from docs.timelines.words import described, length_text, note_of

WIDTH = 860.0
MARGIN = 18.0
LEFT, RIGHT = 172.0, 590.0
"""Where the first moment and the last one stand."""
NOTES, NOTE_LETTERS = 622.0, 30
"""Where the notes of lanes begin, and how many letters a line of them has."""
RADIUS = 15.0
EVENTS = {"bound": "in a match", "seen": "in none", "unseen": "not seen by the rule", "late": "late"}
REPORTS = {"match": "match reported", "timeout": "time-out reported"}
"""What the signs mean."""


class Scale:
    """Moments to places from left to right."""

    def __init__(self, end: int) -> None:
        """`end` is the last moment."""
        self._end = max(end, 1)

    def __call__(self, moment: int) -> float:
        """The place of a moment; one behind the end stands a little behind it."""
        return min(LEFT + (RIGHT - LEFT) * moment / self._end, RIGHT + 14)


def layout(case: Case, played: Played) -> Picture:
    """The picture of a case that has been run."""
    picture = Picture(case.title, described(case, played), WIDTH)
    y = head(picture, case)
    scale = Scale(case.end)
    bound = {name for told in played.reported for _, name in told.bound}
    axis = y + 34.0 + (14.0 if any(moment.fields for moment in case.moments) else 0.0)
    lanes, bottom = _lanes(case, played, scale, axis + 56.0)
    picture.shapes += [
        Stroke(scale(m.time), axis + RADIUS + 20, scale(m.time), bottom - 6, "guide") for m in case.moments
    ]
    picture.shapes += [Stroke(LEFT - 24, axis, RIGHT + 24, axis, "axis"), Text(MARGIN, axis + 4, "events", "side")]
    for moment in case.moments:
        picture.shapes += event(moment, scale(moment.time), axis, kind_of(case, moment, bound))
    picture.shapes += lanes
    foot(picture, bottom)
    return picture


def head(picture: Picture, case: Case) -> float:
    """The title and the lines of the rule; gives where they end."""
    lines = body(case.rule)
    top = MARGIN + 24.0
    height = len(lines) * LINE + 12
    picture.shapes += [
        Text(MARGIN, MARGIN + 10, case.title, "title"),
        Area(MARGIN, top, WIDTH - 2 * MARGIN, height, "box"),
    ]
    for number, line in enumerate(lines):
        marked = case.mark if case.mark is not None and case.mark in line else None
        picture.shapes.append(Text(MARGIN + 12, top + 18 + number * LINE, line, "code", marked=marked))
    return top + height


def body(rule: str) -> list[str]:
    """The lines between a rule's braces."""
    inner = rule.strip().partition("{\n")[2].rpartition("}")[0]
    return dedent(inner).rstrip().splitlines()


def kind_of(case: Case, moment: Moment, bound: set[str]) -> str:
    """How an event is drawn."""
    if moment.name in bound:
        return "bound"
    return "seen" if re.search(rf"\b{moment.type}\b", case.rule) else "unseen"


def event(moment: Moment, x: float, y: float, kind: str, when: bool = True) -> list[Shape]:
    """An event on the axis: its name, its values above, its time below."""
    text = "name on-bound" if kind == "bound" else "name late-name" if kind == "late" else "name"
    values = " ".join(str(value) for value in moment.fields.values())
    shapes: list[Shape] = [Disc(x, y, RADIUS, kind), Text(x, y + 4, moment.name, text, "middle")]
    if values:
        shapes.append(Text(x, y - RADIUS - 5, values, "value", "middle"))
    if when:
        shapes.append(Text(x, y + RADIUS + 14, length_text(moment.time), "when", "middle"))
    return shapes


def _lanes(case: Case, played: Played, scale: Scale, y: float) -> tuple[list[Shape], float]:
    """A lane for each report, and where they end."""
    shapes: list[Shape] = []
    whole = [span for span in case.spans if span.lane == 0]
    if whole:
        shapes += [shape for span in whole for shape in _span(case, span, scale, y, 24.0)]
        y += 36.0
    for number, told in enumerate(played.told, 1):
        spans = [span for span in case.spans if span.lane == number]
        notes = wrap(note_of(told), NOTE_LETTERS)
        above = 16.0 if spans else 0.0
        height = max(40.0, len(notes) * LINE + 10) + above
        middle = y + above + (height - above) / 2 - 4
        shapes += [shape for span in spans for shape in _span(case, span, scale, y, height - 6)]
        shapes += lane(case, told, scale, middle)
        first = middle + 4 - (len(notes) - 1) * LINE / 2
        kind = "missed-note" if told.note is not None else "note"
        shapes += [Text(NOTES, first + i * LINE, line, kind) for i, line in enumerate(notes)]
        y += height
    return shapes, y


def lane(case: Case, told: Told, scale: Scale, y: float) -> list[Shape]:
    """What one report binds, joined, and when it was made."""
    kind = "missed" if told.note is not None else told.kind
    places = [(scale(case.moment(name).time), step) for step, name in told.bound]
    moment = scale(told.moment)
    shapes: list[Shape] = [
        Text(MARGIN, y + 4, side(told), "missed-note" if kind == "missed" else "side"),
        Stroke(places[0][0], y, places[-1][0], y, kind),
    ]
    if kind != "missed" and moment > places[-1][0]:
        shapes.append(Stroke(places[-1][0], y, moment, y, f"until-{kind}"))
    shapes += [Disc(x, y, 5.5, kind) for x, _ in places]
    if kind != "missed":
        shapes.append(Diamond(moment, y, kind))
    return shapes + [Text(x + 5, y + 18, step, "step") for x, step in places]


def side(told: Told) -> str:
    """What stands left of a lane."""
    if told.note is not None:
        return "not reported"
    if told.kind == "timeout":
        return f"time-out {told.number}"
    revised = told.revision > 1 or not told.closed
    return f"match {told.number}" + (f" rev. {told.revision}" if revised else "")


def _span(case: Case, span: Span, scale: Scale, y: float, height: float) -> list[Shape]:
    """A shaded stretch of time with its label; its end is a line unless it lies outside the picture."""
    at = case.moment(span.start).time
    begin, end = (max(at - span.length, 0), at) if span.backwards else (at, at + span.length)
    left, right = scale(begin), scale(end)
    shapes: list[Shape] = [Area(left, y, right - left, height, span.kind)]
    edge = at - span.length if span.backwards else end
    if 0 <= edge <= case.end:
        shapes.append(Stroke(scale(edge), y, scale(edge), y + height, f"edge-{span.kind}"))
    return [*shapes, Text(left + 5, y + 13, span.label, "label")]


def foot(picture: Picture, y: float) -> None:
    """The legend, of the signs that are there, and the picture's height."""
    used = {shape.kind for shape in picture.shapes if isinstance(shape, Disc) and shape.radius == RADIUS}
    told = {shape.kind for shape in picture.shapes if isinstance(shape, Diamond)}
    signs: list[tuple[Disc | Diamond, str]] = [
        (Disc(0, 0, 6, kind), text) for kind, text in EVENTS.items() if kind in used
    ]
    signs += [(Diamond(0, 0, kind), text) for kind, text in REPORTS.items() if kind in told]
    x, y = MARGIN + 8, y + 16.0
    for sign, text in signs:
        picture.shapes += [replace(sign, x=x, y=y - 4), Text(x + 14, y, text, "legend")]
        x += 14 + len(text) * SMALL_LETTER + 26
    picture.height = y + 16
