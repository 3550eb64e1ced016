"""The layout of a file: its items, events with their fields, and tests."""

from __future__ import annotations

from cep.language import ast
from cep.language.layout.flow import Flow
from cep.language.layout.rules import INDENT, RuleLayout
from cep.language.layout.source import Source

_LONGEST_TIME = 8
"""Events of a test stand below each other behind times up to this long; longer times push theirs further."""


class FileLayout:
    """Writes one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.flow = Flow(source)
        self.rules = RuleLayout(self.flow)

    def file(self, node: ast.File) -> str:
        """The whole text. A rule and a test have an empty line before and behind them, other items where they had."""
        lines: list[str] = []
        before: ast.Module | ast.Declaration | None = None
        for item in [*([node.module] if node.module else []), *node.items]:
            apart = isinstance(item, ast.Rule | ast.Test) or isinstance(before, ast.Rule | ast.Test)
            blank = before is not None and (apart or self.flow.blank_before(self.source.first(item.span)))
            lines += [""] * blank + self._item(item)
            before = item
        end = self.flow.comments(self.source.end, 0)
        lines += [""] * (bool(end and lines) and self.flow.blank_before(self.source.end)) + end
        return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n" if lines else ""

    def _item(self, node: ast.Module | ast.Declaration) -> list[str]:
        match node:
            case ast.Rule():
                return self.rules.rule(node)
            case ast.Event():
                return self._event(node)
            case ast.Test():
                return self._test(node)
            case _:
                return self.flow.lines(self.source.first(node.span), self.source.last(node.span), 0)

    def _event(self, node: ast.Event) -> list[str]:
        """An event stands on one line if its first field did and it fits."""
        first, last = self.source.first(node.span), self.source.last(node.span)
        opening = self.source.find("LBRACE", first)
        for field in node.fields:
            self._drop_comma(field)
        if not node.fields:
            return self.flow.lines(first, last, 0)
        if self.source.words[opening].breaks or not self._fits(node, first, last):
            return self._event_on_lines(node, first, opening, last)
        return self._event_on_one(node, first, opening, last)

    def _drop_comma(self, field: ast.Field) -> None:
        """Fields need no comma, but one called `from` would then be read as the source of the field before it."""
        last = self.source.last(field.span)
        if self.source.words[last].kind == "COMMA":
            self.source.drop(last)
        name = self.source.words[self.source.first(field.span)]
        if name.text == "from":
            name.text = "`from`"

    def _fits(self, node: ast.Event, first: int, last: int) -> bool:
        # Two spaces between fields are what a line of single spaces does not count.
        return self.flow.fits(first, last, len(node.fields))

    def _event_on_one(self, node: ast.Event, first: int, opening: int, last: int) -> list[str]:
        lines = self.flow.lines(first, opening, 0)
        fields = "  ".join(self._row(field) for field in node.fields)
        closing = self.flow.lines(self._closing(node), last, 0)
        return [*lines[:-1], f"{lines[-1]} {fields} {closing[0]}", *closing[1:]]

    def _row(self, field: ast.Field) -> str:
        return " ".join(self.flow.lines(self.source.first(field.span), self.source.last(field.span), 0))

    def _event_on_lines(self, node: ast.Event, first: int, opening: int, last: int) -> list[str]:
        """A field a line, the types below each other."""
        lines = self.flow.lines(first, opening, 0)
        width = max(len(self.source.words[self.source.first(field.span)].text) for field in node.fields) + 1
        for number, field in enumerate(node.fields):
            start, end = self.source.first(field.span), self.source.last(field.span)
            lines += [""] * (number > 0 and self.flow.blank_before(start))
            lines += self._field(start, end, width)
        closing = self._closing(node)
        lines += self.flow.comments(closing, INDENT)
        self.source.words[closing].before = []
        return lines + self.flow.lines(closing, last, 0)

    def _field(self, start: int, end: int, width: int) -> list[str]:
        if self.source.has_comments(start, start + 2):
            return self.flow.lines(start, end, INDENT)
        label = f"{self.source.words[start].text}:".ljust(width)
        rest = self.flow.lines(start + 2, end, INDENT + width + 1)
        return [*self.flow.comments(start, INDENT), f"{' ' * INDENT}{label} {rest[0].strip()}", *rest[1:]]

    def _closing(self, node: ast.Event) -> int:
        return self.source.last(node.fields[-1].span) + 1

    def _test(self, node: ast.Test) -> list[str]:
        first, last = self.source.first(node.span), self.source.last(node.span)
        opening = self.source.first(node.lines[0].span) - 1 if node.lines else last - 1
        lines = self._test_header(node, first, opening)
        times = [self._time(line) for line in node.lines if isinstance(line, ast.Send)]
        width = max((len(time) for time in times if len(time) <= _LONGEST_TIME), default=0)
        before: ast.TestLine | None = None
        for line in node.lines:
            written = self._test_line(line, width)
            start = self.source.first(line.span)
            if isinstance(before, ast.Advance) and isinstance(line, ast.Expect) and self._goes_on(start):
                lines[-1] += f"  {written[0].strip()}"
                lines += written[1:]
            else:
                lines += [""] * (before is not None and self.flow.blank_before(start)) + written
            before = line
        return lines + self.flow.comments(last, INDENT) + self.rules.closing(last, 0)

    def _goes_on(self, start: int) -> bool:
        """Whether a test line was written behind the one before it."""
        before = self.source.words[start - 1]
        return not (before.breaks or before.after or self.source.words[start].before)

    def _test_line(self, node: ast.TestLine, width: int) -> list[str]:
        start, end = self.source.first(node.span), self.source.last(node.span)
        if isinstance(node, ast.Advance) or node.fields is None:
            return self.flow.lines(start, end, INDENT)
        lines = self.rules.braced(start, end, node.fields, INDENT)
        if isinstance(node, ast.Send):
            number = len(self.flow.comments(start, INDENT))
            time = self._time(node)
            if lines[number].startswith(f"{' ' * INDENT}{time} "):
                lines[number] = " " * INDENT + time.ljust(width) + lines[number][INDENT + len(time) :]
        return lines

    def _time(self, node: ast.Send) -> str:
        """When a test line happens, as it is written; empty where a comment stands in it."""
        first, last = self.source.first(node.at.span), self.source.last(node.at.span)
        return "" if self.source.has_comments(first, last + 1) else self.flow.lines(first, last, 0)[-1]

    def _test_header(self, node: ast.Test, first: int, opening: int) -> list[str]:
        words = self.source.words
        if node.settings is None or not words[self.source.first(node.settings.span)].breaks:
            return self.flow.lines(first, opening, 0)
        end = self.source.last(node.settings.span)
        lines = self.rules.braced(first, end, node.settings, 0)
        brace = self.flow.lines(opening, opening, 0)
        if words[end].after or words[opening].before:
            return lines + brace
        return [*lines[:-1], f"{lines[-1]} {brace[0]}"]
