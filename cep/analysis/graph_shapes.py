"""Boxes, arrows and labels with their sizes and places, in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap

from cep.analysis.graph import Arrow, Label, Node

LETTER, LINE = 7.3, 16.0
"""Width of a letter and height of a line."""
PADDING = 10.0
"""Space around text in a box."""
NARROWEST = 90.0
BOX_LETTERS, LABEL_LETTERS = 52, 44

Point = tuple[float, float]


@dataclass(slots=True)
class Box:
    """A node with its place: `x` is its middle, `y` its top. `beside` is the width its loops and their labels take."""

    node: Node
    lines: tuple[str, ...]
    width: float
    height: float
    beside: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def left(self) -> float:
        """Its left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Path:
    """An arrow with its corners, and its label's lines with the place of the first."""

    arrow: Arrow
    points: tuple[Point, ...]
    labels: tuple[Label, ...]
    at: Point


@dataclass(frozen=True, slots=True)
class Border:
    """A frame around steps that come in any order; its title stands at its right."""

    title: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Layout:
    """The whole picture. Its left upper corner is at (`left`, `top`)."""

    boxes: list[Box]
    paths: list[Path] = field(default_factory=list)
    borders: list[Border] = field(default_factory=list)
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


def broken(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Labels in lines that are not too long."""
    return tuple(
        Label(part, label.forbids)
        for label in labels
        for part in wrap(("⊘ " if label.forbids else "") + label.text, LABEL_LETTERS, subsequent_indent="  ")
    )


def width_of(labels: tuple[Label, ...]) -> float:
    """The width of the longest line."""
    return max((len(label.text) for label in labels), default=0) * LETTER


def box_of(node: Node) -> Box:
    """A box large enough for its text."""
    lines = tuple(
        part for line in (node.title, *node.lines) for part in wrap(line, BOX_LETTERS, subsequent_indent="  ")
    )
    # The title is bold, which some fonts draw wider.
    letters = max(len(lines[0]) * 1.15, *(len(line) for line in lines))
    width = max(letters * LETTER + 2 * PADDING, NARROWEST)
    return Box(node, lines, width, len(lines) * LINE + 12)
