"""What a picture is made of, in pixels; `y` grows downwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

LETTER = 7.3
"""Width of a letter of the usual size (12 px)."""
SMALL_LETTER = 6.7
"""Width of a letter of the small size (11 px)."""
LINE = 17.0
"""Height of a line of text."""
SMALL = frozenset({"step", "when", "value", "name", "label", "legend"})
"""Kinds of text that are of the small size."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its base line. `marked` is a part of it that stands out."""

    x: float
    y: float
    text: str
    kind: str
    anchor: Anchor = "start"
    marked: str | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what it covers."""
        width = len(self.text) * (SMALL_LETTER if self.kind in SMALL else LETTER)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - 10, left + width, self.y + 3


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x: float
    y: float
    to_x: float
    to_y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    kind: str


@dataclass(frozen=True, slots=True)
class Diamond:
    """The sign of a report."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    kind: str


Shape = Text | Stroke | Disc | Diamond | Area


@dataclass(slots=True)
class Picture:
    """A picture: shapes, the first ones below the others. `told` says in words what there is to see."""

    title: str
    told: str
    width: float
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    @property
    def texts(self) -> list[Text]:
        """All text in it."""
        return [shape for shape in self.shapes if isinstance(shape, Text)]
