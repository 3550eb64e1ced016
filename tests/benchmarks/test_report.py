"""The page on benchmarks says what the kept results say, and its charts are drawn from them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from benchmarks.aims import aims, met
from benchmarks.plots import bars, lines
from benchmarks.report import PAGE, PICTURES, page, pictures, results
from benchmarks.tables import figure, short, suite_table


def test_the_page_has_the_figures_of_the_results() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text, results()) == text, "python -m benchmarks.report"


def test_the_charts_are_drawn_from_the_results() -> None:
    for name, picture in pictures(results()).items():
        assert (PICTURES / name).read_text(encoding="utf-8") == picture, "python -m benchmarks.report"
        assert f"pictures/{name}" in PAGE.read_text(encoding="utf-8")


def test_a_mark_that_stands_for_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        page("<!-- nothing such -->\n<!-- end -->", results())


def test_figures_are_short() -> None:
    assert [short(value) for value in (2.0, 1234.5, 0.01234, 12.345)] == ["2", "1,234", "0.0123", "12.3"]
    assert figure({"median": 2.5, "low": 2, "high": 3, "runs": 3}) == "2.5 (2–3)"
    assert figure({"median": 2.5, "low": 2.5, "high": 2.51, "runs": 3}) == "2.5"
    assert figure(None) == ""


def test_an_aim_is_met_or_not() -> None:
    assert met(("at least", 6, 6.0, True)) and not met(("at least", 6, 5.9, True))
    assert met(("at most", 4, 4.0, False)) and not met(("at most", 4, 4.1, False))
    assert len(list(aims(results()))) > 20


def test_a_case_that_failed_says_so() -> None:
    spread = {"median": 1.5, "low": 1.5, "high": 1.5, "runs": 1}
    cases = {"then 10": {"us_per_event": spread}, "then 100": {"failed": "not finished in 9 s"}}
    shown = suite_table("windows", {"cases": cases}).splitlines()
    assert shown == [
        "|  | µs an event |",
        "| --- | --- |",
        "| then 10 | 1.5 |",
        "| then 100 | did not finish: not finished in 9 s |",
    ]


def test_charts_are_pictures_with_a_place_for_every_point() -> None:
    drawn = ElementTree.fromstring(lines("a < b", "x", "y", {"one": [(1, 2), (10, 3)], "two": [(1, 40), (100, 0.5)]}))
    circles = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4 and all(0 <= float(circle.get("cx", "-1")) <= 640 for circle in circles)
    assert all(0 <= float(circle.get("cy", "-1")) <= 320 for circle in circles)
    drawn = ElementTree.fromstring(bars("t", "µs", {"P1": {"cep": 2, "flink": 20}, "P2": {"cep": 3}}))
    heights = [float(bar.get("height", "0")) for bar in drawn.findall("{http://www.w3.org/2000/svg}rect")[1:4]]
    assert heights[1] > heights[2] > heights[0] > 0
