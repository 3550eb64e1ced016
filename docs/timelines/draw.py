"""A picture from its source to its file."""

from __future__ import annotations

from pathlib import Path

from docs.timelines.arrivals import layout_arrivals
from docs.timelines.case import Case
from docs.timelines.layout import layout
from docs.timelines.play import play
from docs.timelines.shapes import Picture

PICTURES = Path(__file__).parent.parent / "pictures"
"""Where the pictures are kept."""


def picture_of(case: Case) -> Picture:
    """Run a case and lay its picture out."""
    return (layout_arrivals if case.arrival else layout)(case, play(case))


def file_of(name: str) -> Path:
    """The file of a picture."""
    return PICTURES / f"{name}.svg"
