"""Collecting diagnostics while a file is checked, so that one slip does not hide the next."""

from __future__ import annotations

from cep.language.diagnostics import Diagnostic, Severity, Span, by_place


class Broken(Exception):
    """A part that does not check. Its diagnostic is recorded already: whoever catches this goes on with the next."""


class Findings:
    """The diagnostics of one check, each kept once, and a count of parts that failed."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}
        self.failures = 0
        """How many parts failed so far, also those whose cause is reported elsewhere."""
        self.told: list[Diagnostic] = []
        """Every diagnostic in the order in which it came, those that came before too."""

    def error(self, code: str, message: str, span: Span, fix: str) -> Broken:
        """Record an error; returns the exception for the caller to raise where nothing sensible can follow."""
        self.failures += 1
        self._keep(Diagnostic(code, Severity.ERROR, message, span, fix))
        return Broken()

    def silent(self) -> Broken:
        """A part that cannot be checked because something it names is broken and reported there."""
        self.failures += 1
        return Broken()

    def warn(self, code: str, message: str, span: Span, fix: str) -> None:
        """Record a warning."""
        self._keep(Diagnostic(code, Severity.WARNING, message, span, fix))

    def add(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Take over diagnostics made elsewhere, such as the parser's."""
        for diagnostic in diagnostics:
            self._keep(diagnostic)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All diagnostics by file and place."""
        return by_place(self._found.values())

    def _keep(self, diagnostic: Diagnostic) -> None:
        self.told.append(diagnostic)
        self._found.setdefault((diagnostic.code, diagnostic.span, diagnostic.message), diagnostic)
