"""Where the parts of the parser leave what they find."""

from __future__ import annotations

from dataclasses import dataclass, field

from cep.language.diagnostics import Diagnostic, Severity, Span


@dataclass(slots=True)
class Notes:
    """The findings of one file in the order met; `file` is its name as shown."""

    file: str
    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span, fix: str) -> None:
        """Note an error."""
        self.found.append(Diagnostic(code, Severity.ERROR, message, span, fix))
