"""Where the parts of the parser leave what they find."""

from __future__ import annotations

from cep.language.diagnostics import Diagnostic, Severity, Span

MOST_ERRORS = 200
"""After so many slips a file is something else than rules."""


class Notes:
    """The findings of one file, each kept once: a stretch of text may be parsed again after a repair.

    `file` is the file's name as shown.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}

    def error(self, code: str, message: str, span: Span, fix: str) -> None:
        """Note an error."""
        self._found.setdefault((code, span, message), Diagnostic(code, Severity.ERROR, message, span, fix))

    @property
    def full(self) -> bool:
        """Whether there are so many findings that reading on helps nobody."""
        return len(self._found) >= MOST_ERRORS

    def give_up(self, place: Span) -> None:
        """Note that the file is read no further."""
        message = f"there are more than {MOST_ERRORS} slips; the file is read no further"
        self.error("E0199", message, place, "mend those before this one")

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings by place."""
        return tuple(sorted(self._found.values(), key=lambda d: (d.span.line, d.span.column, d.code)))
