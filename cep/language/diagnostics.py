"""Diagnostics are data: a stable code, a place, one sentence, one fix. `render` turns them into text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is: an error refuses the file, a warning does not (unless `--strict`)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source file: lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("<built in>", 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is stable (`E0201`, `W0101`), `message` one sentence, `fix` one concrete change."""

    code: str
    severity: Severity
    message: str
    span: Span
    fix: str


def by_place(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics in the order of files, lines, columns and codes."""
    return tuple(sorted(diagnostics, key=lambda d: (d.span.file, d.span.line, d.span.column, d.code)))


class CheckFailed(Exception):
    """Rules that do not check; `diagnostics` holds every finding, `sources` the text of each file by name."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], sources: dict[str, str]) -> None:
        errors = [found for found in by_place(diagnostics) if found.severity is Severity.ERROR]
        super().__init__("\n".join(f"{d.code} {d.span}: {d.message} ({d.fix})" for d in errors))
        self.diagnostics = diagnostics
        self.sources = sources
