"""The pictures of the documentation are what the engine does now, can be read, and are all shown."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cep.language.load import check_text
from docs.timelines.__main__ import main
from docs.timelines.case import CaseError, case_of, microseconds, names, read_case
from docs.timelines.draw import PICTURES, file_of, picture_of
from docs.timelines.play import play
from docs.timelines.shapes import Picture, Text
from docs.timelines.svg import DARK, LIGHT, render
from docs.timelines.words import length_text

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
SOURCE: dict[str, Any] = {
    "title": "a then b",
    "rule": "rule r {\n  match within 5m\n    a: A\n    then b: B\n}\n",
    "events": ["0m A", "1m X", "2m B", "3m B"],
}


@pytest.mark.parametrize("name", names())
def test_a_picture_is_what_the_engine_does(name: str) -> None:
    drawn = render(picture_of(read_case(name)))
    kept = file_of(name).read_text(encoding="utf-8")
    assert drawn == kept, f"look at the change, then: python -m docs.timelines {name}"


def test_every_picture_has_a_source_and_is_shown() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(pictures/([\w-]+)\.svg\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(name for _, name in shown) == names()
    # The charts of the benchmarks stand beside them.
    assert sorted(path.stem for path in PICTURES.iterdir() if not path.stem.startswith("bench-")) == names()


@pytest.mark.parametrize("name", names())
def test_text_can_be_read(name: str) -> None:
    picture = picture_of(read_case(name))
    assert [(a.text, b.text) for a, b in combinations(picture.texts, 2) if over(a, b)] == []
    assert [text.text for text in picture.texts if not inside(text, picture)] == []


def over(one: Text, other: Text) -> bool:
    """Whether two texts stand on one another."""
    left, top, right, bottom = one.box
    left2, top2, right2, bottom2 = other.box
    return left < right2 and left2 < right and top < bottom2 and top2 < bottom


def inside(text: Text, picture: Picture) -> bool:
    """Whether a text lies inside its picture."""
    left, top, right, bottom = text.box
    return left >= 0 and top >= 0 and right <= picture.width and bottom <= picture.height


def test_texts_that_overlap_are_noticed() -> None:
    assert over(Text(10, 20, "one", "note"), Text(25, 24, "two", "note"))
    assert not over(Text(10, 20, "one", "note"), Text(10, 40, "two", "note"))
    assert not inside(Text(850, 20, "wide", "note"), Picture("", "", 860.0, 100.0))


@pytest.mark.parametrize("name", names())
def test_rules_in_pictures_are_without_findings(name: str) -> None:
    found = [one for one in check_text(read_case(name).text(), name).diagnostics if one.code != "W0202"]
    assert found == []


@pytest.mark.parametrize("dark", [None, False, True])
def test_a_picture_is_xml_with_a_title_and_a_description(dark: bool | None) -> None:
    root = ElementTree.fromstring(render(picture_of(case_of("t", SOURCE)), dark))
    text = {child.tag.rpartition("}")[2]: child.text or "" for child in root}
    assert text["title"] == "a then b"
    assert text["desc"] == ("Events: A1 at 0, X2 at 1m, B3 at 2m, B4 at 3m. Match 1 of a = A1, b = B3: at 2m.")
    assert (LIGHT["ground"] in text["style"]) == (dark is not True)
    assert (DARK["ground"] in text["style"]) == (dark is not False)


def test_what_is_not_reported_comes_from_a_run_too() -> None:
    ghost = {"old": "then b", "new": "then any b", "note": "no branch"}
    nothing = {"old": "B\n}", "new": "B\n  after match skip nothing\n}", "note": "same"}
    both = SOURCE | {"rule": SOURCE["rule"].replace("}", "  after match skip nothing\n}"), "ghosts": [ghost]}
    told = play(case_of("t", both)).told
    assert [(one.bound, one.note) for one in told] == [
        ((("a", "A1"), ("b", "B3")), None),
        ((("a", "A1"), ("b", "B4")), "no branch"),
    ]
    with pytest.raises(CaseError, match="reports nothing else"):
        play(case_of("t", SOURCE | {"ghosts": [nothing]}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "unknown colour"),
        ({"end": "5"}, "no time"),
        ({"spans": [{"lane": 1, "from": "A1", "length": "4m", "label": "x"}]}, "no span of 4m"),
        ({"ghosts": [{"old": "b: C", "note": "x"}]}, "must stand once"),
        ({"spans": [{"lane": 1, "from": "A9", "length": "5m", "label": "x"}]}, "no event A9"),
        ({"events": ["0m A", "1m B x=1", "2m A v=text"]}, "not taken"),
        ({"events": ["3m A", "1m B"], "arrival": True, "mark": "x"}, None),
    ],
)
def test_a_source_that_cannot_be_drawn_says_why(change: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert "late" in {shape.kind for shape in picture_of(case_of("t", SOURCE | change)).shapes}
        return
    with pytest.raises(CaseError, match=said):
        picture_of(case_of("t", SOURCE | change))


def test_the_command_draws_what_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("docs.timelines.draw.PICTURES", tmp_path)
    assert main(["then", "late"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"then.svg", "late.svg"}
    assert main(["there-is-none"]) == 1


@pytest.mark.parametrize("text", ["1m30s", "2h", "250ms", "90d"])
def test_lengths_are_written_as_they_are_read(text: str) -> None:
    assert length_text(microseconds(text)) == text
