"""The other form of picture: events in the order they come in, one a line, with the watermark they move."""

from __future__ import annotations

from docs.timelines.case import Case
from docs.timelines.layout import LEFT, MARGIN, NOTES, RIGHT, WIDTH, Scale, event, foot, head
from docs.timelines.play import Arrival, Played
from docs.timelines.shapes import Picture, Shape, Stroke, Text
from docs.timelines.words import described, length_text

ROW = 40.0


def layout_arrivals(case: Case, played: Played) -> Picture:
    """The picture of a case whose events come in any order: event time to the right, arrival downwards."""
    picture = Picture(case.title, described(case, played), WIDTH)
    top = head(picture, case) + 22.0
    scale = Scale(case.end)
    bottom = top + len(played.arrivals) * ROW + 8
    picture.shapes += [
        Text(MARGIN, top, "comes in", "when"),
        Text((LEFT + RIGHT) / 2, top, "event time", "when", "middle"),
        *(Stroke(scale(t), top + 8, scale(t), bottom, "guide") for t in range(0, case.end + 1, case.tick)),
        *(Text(scale(t), bottom + 14, length_text(t), "when", "middle") for t in range(0, case.end + 1, case.tick)),
    ]
    before: float | None = None
    for number, arrival in enumerate(played.arrivals):
        y = top + 28 + number * ROW
        picture.shapes += _row(number + 1, arrival, scale, y, before, played)
        before = max(scale(arrival.watermark), LEFT - 24)
    foot(picture, bottom + 22)
    y = picture.height - 16
    picture.shapes += [
        Stroke(MARGIN + 700, y - 10, MARGIN + 700, y + 2, "watermark"),
        Text(MARGIN + 708, y, "watermark", "legend"),
    ]
    return picture


def _row(number: int, arrival: Arrival, scale: Scale, y: float, before: float | None, played: Played) -> list[Shape]:
    """One event as it comes in, and what follows from it."""
    mark = max(scale(arrival.watermark), LEFT - 24)
    shapes: list[Shape] = [Text(MARGIN, y + 4, f"{number}.", "side")]
    if before is not None and before != mark:
        shapes.append(Stroke(before, y - ROW / 2, mark, y - ROW / 2, "watermark"))
    shapes.append(Stroke(mark, y - ROW / 2, mark, y + ROW / 2, "watermark"))
    bound = {name for told in played.told for _, name in told.bound}
    name = arrival.moment.name
    kind = "late" if arrival.late else "bound" if name in bound else "seen"
    shapes += event(arrival.moment, scale(arrival.moment.time), y, kind, when=False)
    notes = [f"match {told.number}: " + " ".join(n for _, n in told.bound) for told in arrival.told]
    if arrival.late:
        shapes.append(Text(NOTES, y + 4, "late: changes no match", "late-note"))
    return shapes + [Text(NOTES, y + 4 + i * 14, note, "note") for i, note in enumerate(notes)]
