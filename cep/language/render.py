"""Diagnostics as text for people, as JSON for machines, as annotations for GitHub.

Render what a check returns as it is: the order by file and place and the removal of repeats happen here as well, so
that findings of several checks can be shown together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal as OneOf

from cep.language.diagnostics import Diagnostic, Severity, Span

Form = OneOf["text", "json", "github"]

TAB = 4
WIDEST = 140
"""Source lines beyond this many cells are cut to the part around the caret."""

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "help": "\x1b[1;36m", "dim": "\x1b[2m", "bold": "\x1b[1m"}


def render(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], form: Form = "text", color: bool = False
) -> str:
    """All diagnostics in one form. `sources`: the text of each file by its name; `color`: ANSI colours in `text`."""
    found = ordered(diagnostics)
    match form:
        case "json":
            return _json(found, _Lines(sources))
        case "github":
            return "".join(_github(diagnostic) + "\n" for diagnostic in found)
        case _:
            lines = _Lines(sources)
            return "\n".join(_text(diagnostic, lines, color) for diagnostic in found)


def ordered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics by file and place, each once."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.span.file, d.span.line, d.span.column, d.code, d.message))


def count(diagnostics: Iterable[Diagnostic]) -> tuple[int, int]:
    """How many errors and how many warnings."""
    severities = [diagnostic.severity for diagnostic in set(diagnostics)]
    errors = sum(severity is Severity.ERROR for severity in severities)
    return errors, len(severities) - errors


class _Lines:
    """Source lines by file, each file split once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def at(self, span: Span) -> str | None:
        """The line a span starts on, without its end; None where the file has no such line."""
        if span.file not in self._sources:
            return None
        lines = self._lines.get(span.file)
        if lines is None:
            lines = self._lines[span.file] = self._sources[span.file].split("\n")
        return lines[span.line - 1].rstrip("\r") if span.line <= len(lines) else None


def _text(diagnostic: Diagnostic, lines: _Lines, color: bool) -> str:
    def paint(text: str, colour: str) -> str:
        return f"{_COLOURS[colour]}{text}\x1b[0m" if color else text

    span, severity = diagnostic.span, diagnostic.severity.value
    head = f"{paint(str(span), 'bold')}: {paint(f'{severity}[{diagnostic.code}]', severity)}: {diagnostic.message}\n"
    gutter = " " * len(str(span.line))
    fix = f" {gutter} = {paint('help', 'help')}: {diagnostic.fix}\n"
    line = lines.at(span)
    if line is None or not line.strip():
        return head + fix
    shown, start, length = _excerpt(line, span)
    bar = paint("|", "dim")
    caret = paint("^" * length, severity)
    return head + f" {span.line} {bar} {shown}\n {gutter} {bar} {' ' * start}{caret}\n" + fix


def _excerpt(line: str, span: Span) -> tuple[str, int, int]:
    """The line as shown, and the cells before and under the caret."""
    first = min(span.column - 1, len(line))
    last = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line.rstrip())
    before, marked, after = line[:first], line[first : max(last, first + 1)], line[max(last, first + 1) :]
    start = _shown(before, 0)
    under = _shown(marked, _cells(start))
    rest = _shown(after, _cells(start + under))
    offset, length = _cells(start), max(_cells(under), 1)
    if _cells(start + under + rest) <= WIDEST:
        return start + under + rest, offset, length
    return _clipped(start, under, rest)


def _clipped(start: str, under: str, rest: str) -> tuple[str, int, int]:
    """A long line cut to what stands around the caret."""
    if len(start) > WIDEST // 2:
        start = "… " + start[-(WIDEST // 2) :]
    if len(under) > WIDEST:
        under = under[:WIDEST] + " …"
    room = max(WIDEST - len(start) - len(under), 10)
    tail = rest if len(rest) <= room else rest[:room] + " …"
    return start + under + tail, _cells(start), max(_cells(under.removesuffix(" …")), 1)


def _shown(text: str, column: int) -> str:
    """Text with tabs as spaces and signs that do not print as `?`; `column`: the cells before it."""
    if text.isascii() and text.isprintable():
        return text
    shown = ""
    for sign in text:
        if sign == "\t":
            shown += " " * (TAB - (column + _cells(shown)) % TAB)
        else:
            shown += sign if sign.isprintable() or _width(sign) == 0 else "?"
    return shown


def _cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(sign: str) -> int:
    # imported late: nearly all rule files are ASCII
    from unicodedata import category, east_asian_width

    if category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(sign) in ("W", "F") else 1


def _github(diagnostic: Diagnostic) -> str:
    """A workflow command, which GitHub shows beside the line."""
    span = diagnostic.span
    ends = f",endLine={span.end_line}" if span.end_line > span.line else f",endColumn={span.end_column}"
    place = f"file={_property(span.file)},line={span.line},col={span.column}{ends},title={diagnostic.code}"
    return f"::{diagnostic.severity.value} {place}::{_data(f'{diagnostic.message} (help: {diagnostic.fix})')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _json(found: list[Diagnostic], lines: _Lines) -> str:
    import json

    errors, warnings = count(found)
    entries = [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            "file": diagnostic.span.file,
            "line": diagnostic.span.line,
            "column": diagnostic.span.column,
            "end_line": diagnostic.span.end_line,
            "end_column": diagnostic.span.end_column,
            "source": lines.at(diagnostic.span),
            "fix": diagnostic.fix,
        }
        for diagnostic in found
    ]
    report = {"version": 1, "errors": errors, "warnings": warnings, "findings": entries}
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"
