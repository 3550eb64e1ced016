"""A rule file's text, addressed by the spans of its syntax tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cep.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in place of the characters from `start` to `end`."""

    start: int
    end: int
    new: str


class SourceText:
    """The text with the offset of each of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def offsets(self, span: Span) -> tuple[int, int]:
        """Start and end of a span as offsets of characters."""
        start = self._starts[span.line - 1] + span.column - 1
        return start, self._starts[span.end_line - 1] + span.end_column - 1

    def at(self, span: Span) -> str:
        """The text of a span."""
        start, end = self.offsets(span)
        return self.text[start:end]

    def replace(self, span: Span, new: str) -> Edit:
        """Another text for a span."""
        return Edit(*self.offsets(span), new)

    def after(self, span: Span, new: str) -> Edit:
        """More text behind a span."""
        end = self.offsets(span)[1]
        return Edit(end, end, new)

    def between(self, left: Span, right: Span, old: str, new: str) -> Edit:
        """Another operator between two operands."""
        end, start = self.offsets(left)[1], self.offsets(right)[0]
        at = self.text.index(old, end, start)
        return Edit(at, at + len(old), new)

    def before(self, span: Span, pattern: str, new: str = "") -> Edit:
        """Another text for what the pattern fits directly before a span (nothing of the span itself)."""
        start = self.offsets(span)[0]
        found = re.search(rf"(?:{pattern})\s*\Z", self.text[:start])
        if found is None:
            raise ValueError(f"`{pattern}` does not stand before {span}")
        return Edit(found.start(), start, new)

    def join(self, first: Edit, second: Edit) -> Edit:
        """Two neighbouring edits, the first before the second, as one."""
        return Edit(first.start, second.end, first.new + self.text[first.end : second.start] + second.new)

    def apply(self, edit: Edit) -> str:
        """The whole text with the edit made."""
        return self.text[: edit.start] + edit.new + self.text[edit.end :]

    def describe(self, edit: Edit) -> str:
        """The line of the edit before and after it, without the white space around."""
        first = self.text.rfind("\n", 0, edit.start) + 1
        last = self.text.find("\n", edit.end)
        before = self.text[first : last if last >= 0 else len(self.text)]
        after = self.text[first : edit.start] + edit.new + self.text[edit.end : first + len(before)]
        return f"{' '.join(before.split())}  →  {' '.join(after.split())}"
