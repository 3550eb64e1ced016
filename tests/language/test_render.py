"""Diagnostics as text, JSON and annotations."""

from __future__ import annotations

import json

from cep.language.diagnostics import Diagnostic, Severity, Span
from cep.language.render import render


def finding(
    line: int, column: int, end: int, code: str = "E0204", file: str = "a.pattern", **more: object
) -> Diagnostic:
    span = Span(file, line, column, int(str(more.get("end_line", line))), end)
    severity = Severity.WARNING if code.startswith("W") else Severity.ERROR
    return Diagnostic(code, severity, f"message {code}", span, "do this")


def caret_line(source: str, column: int, end: int) -> tuple[str, str]:
    """The source line and the carets, without the gutter."""
    lines = render([finding(1, column, end)], {"a.pattern": source}).splitlines()
    return lines[1].partition("| ")[2], lines[2].partition("| ")[2]


def test_text_has_place_code_sentence_source_caret_and_fix() -> None:
    text = render([finding(2, 7, 12)], {"a.pattern": "first\nwhere amout > 5\n"})
    assert text == (
        "a.pattern:2:7: error[E0204]: message E0204\n 2 | where amout > 5\n   |       ^^^^^\n   = help: do this\n"
    )


def test_the_caret_stands_under_wide_signs_and_tabs() -> None:
    assert caret_line("a 金額 x", 6, 7) == ("a 金額 x", "       ^")
    assert caret_line("a 金額 x", 3, 5) == ("a 金額 x", "  ^^^^")
    assert caret_line("\tx\ty", 4, 5) == ("    x   y", "        ^")
    assert caret_line("e\u0301e\u0301 x", 6, 7) == ("e\u0301e\u0301 x", "   ^")


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    text = render([finding(1, 3, 2, end_line=3)], {"a.pattern": "a bcd  \nx\ny\n"})
    assert "   |   ^^^\n" in text


def test_a_span_at_the_end_of_the_file_still_has_a_caret() -> None:
    assert caret_line("abc", 4, 4) == ("abc", "   ^")


def test_a_very_long_line_is_cut_around_the_caret() -> None:
    line, carets = caret_line("x" * 500 + "HERE" + "y" * 500, 501, 505)
    assert len(line) < 200
    assert line[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_findings_are_sorted_and_shown_once() -> None:
    found = [finding(2, 1, 2), finding(1, 5, 6), finding(2, 1, 2), finding(1, 1, 2, file="A.pattern")]
    heads = [line for line in render(found, {}).splitlines() if "error[" in line]
    assert [head.split(": ")[0] for head in heads] == ["A.pattern:1:1", "a.pattern:1:5", "a.pattern:2:1"]


def test_carriage_returns_and_unprintable_signs_do_not_reach_the_terminal() -> None:
    text = render([finding(1, 1, 2)], {"a.pattern": "a\x1b[31mb\r\nnext"})
    assert "\x1b" not in text and "\r" not in text


def test_colour_only_where_asked() -> None:
    assert "\x1b[" in render([finding(1, 1, 2)], {"a.pattern": "abc"}, color=True)
    assert "\x1b[" not in render([finding(1, 1, 2)], {"a.pattern": "abc"})


def test_json_carries_everything() -> None:
    report = json.loads(render([finding(1, 3, 5), finding(1, 1, 2, "W0301")], {"a.pattern": "é bcd"}, "json"))
    assert (report["errors"], report["warnings"]) == (1, 1)
    assert report["findings"][1] == {
        "code": "E0204",
        "severity": "error",
        "message": "message E0204",
        "file": "a.pattern",
        "line": 1,
        "column": 3,
        "end_line": 1,
        "end_column": 5,
        "source": "é bcd",
        "fix": "do this",
    }


def test_github_annotations_escape_what_would_end_them() -> None:
    span = Span("a,b:c.pattern", 1, 3, 1, 5)
    found = Diagnostic("W0301", Severity.WARNING, "50% of\nit", span, "do this")
    assert render([found], {}, "github") == (
        "::warning file=a%2Cb%3Ac.pattern,line=1,col=3,endColumn=5,title=W0301::50%25 of%0Ait (help: do this)\n"
    )


def test_nothing_found_is_nothing_shown() -> None:
    assert render([], {}) == ""
    assert render([], {}, "github") == ""
    assert json.loads(render([], {}, "json"))["findings"] == []
