"""The layout of rules: a clause a line, a step a line."""

from __future__ import annotations

from itertools import groupby

from cep.language import ast
from cep.language.layout.flow import HANG, WIDTH, Flow

INDENT = 2
_META_ORDER = ("severity", "score", "tags", "owner", "description", "runbook", "version", "mode")
_CLAUSE_ORDER: tuple[type[ast.Clause], ...] = (
    ast.Meta,
    ast.Match,
    ast.Cancel,
    ast.Skip,
    ast.Report,
    ast.Let,
    ast.Emit,
    ast.OnTimeout,
    ast.Suppress,
    ast.Unbounded,
    ast.LimitRuns,
)


def clause_rank(clause: ast.Clause) -> tuple[int, int]:
    """Where a clause stands among those of its rule."""
    within = _META_ORDER.index(clause.key) if isinstance(clause, ast.Meta) else 0
    return _CLAUSE_ORDER.index(type(clause)), within


class RuleLayout:
    """Writes rules of one file."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.source = flow.source

    def rule(self, node: ast.Rule) -> list[str]:
        """A rule's lines, its clauses in the order of the language."""
        first, last = self.source.first(node.span), self.source.last(node.span)
        brace = self.source.find("LBRACE", first)
        lines = self.flow.lines(first, brace, 0)
        clauses = sorted(node.clauses, key=clause_rank)
        for is_meta, group in groupby(clauses, key=lambda clause: isinstance(clause, ast.Meta)):
            row = list(group)
            if is_meta:
                lines += self._metadata([clause for clause in row if isinstance(clause, ast.Meta)])
                continue
            for clause in row:
                blank = clause is not clauses[0] and self.flow.blank_before(self.source.first(clause.span))
                lines += [""] * blank + self._clause(clause)
        return lines + self.flow.comments(last, INDENT) + self.closing(last, 0)

    def closing(self, index: int, indent: int) -> list[str]:
        """A closing bracket, whose comments are written already."""
        word = self.source.words[index]
        return [" " * indent + word.text + (f"  {word.after}" if word.after else "")]

    def braced(self, first: int, last: int, node: ast.Object, indent: int) -> list[str]:
        """Words that end in an object, which stands on several lines if its first pair was on a line of its own."""
        opening = self.source.first(node.span)
        if not node.pairs or not self.source.words[opening].breaks:
            hang = len("emit { ") if self.source.words[first].kind == "_EMIT" else HANG
            return self.flow.lines(first, last, indent, hang=hang)
        lines = self.flow.lines(first, opening, indent)
        for pair in node.pairs:
            end = self.source.last(pair.span)
            if self.source.words[end + 1].kind == "COMMA":
                self.source.drop(end + 1)
            lines += self.flow.lines(self.source.first(pair.span), end, indent + INDENT, ",")
        return lines + self.flow.comments(last, indent + INDENT) + self.closing(last, indent)

    def _metadata(self, clauses: list[ast.Meta]) -> list[str]:
        """All metadata on as few lines as hold them, three spaces apart; a comment ends its line."""
        lines: list[str] = []
        ended = True
        for clause in clauses:
            first, last = self.source.first(clause.span), self.source.last(clause.span)
            written = self.flow.lines(first, last, INDENT)
            joined = f"{lines[-1]}   {written[0].strip()}" if lines else ""
            if ended or len(written) > 1 or len(joined.split("  #")[0]) > WIDTH:
                lines += written
            else:
                lines[-1] = joined
            ended = self.source.words[last].after is not None or len(written) > 1
        return lines

    def _clause(self, node: ast.Clause) -> list[str]:
        first, last = self.source.first(node.span), self.source.last(node.span)
        match node:
            case ast.Match():
                body = self.source.first(node.body.span)
                return self.flow.lines(first, body - 1, INDENT) + self._steps(node.body, 2 * INDENT)
            case ast.Emit() | ast.OnTimeout():
                return self.braced(first, last, node.fields, INDENT)
            case _:
                return self.flow.lines(first, last, INDENT)

    def _steps(self, steps: ast.Steps, indent: int) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(steps.items):
            first = self.source.first(item.span)
            lines += [""] * (number > 0 and self.flow.blank_before(first))
            lines += self._node(first, self.source.last(item.span), item.node, indent)
        return lines

    def _node(
        self,
        first: int,
        last: int,
        node: ast.Step | ast.Group | ast.Either | ast.AllOf | ast.Absent,
        indent: int,
        suffix: str = "",
    ) -> list[str]:
        """A step or group with what links it: a group stands on several lines only if it does not fit on one."""
        if isinstance(node, ast.Step | ast.Absent) or self.flow.fits(first, last, indent):
            return self.flow.lines(first, last, indent, suffix)
        opening = self.source.find("LPAR", self.source.first(node.span))
        lines = self.flow.lines(first, opening, indent)
        match node:
            case ast.Group():
                lines += self._steps(node.body, indent + INDENT)
                end = self.source.last(node.body.span)
            case ast.Either():
                end = self._alternatives(node, indent, lines)
            case ast.AllOf():
                end = self._members(node, indent, lines)
        lines += self.flow.comments(end + 1, indent + INDENT)
        closing = self.source.words[end + 1]
        closing.before, closing.blank = [], False
        return lines + self.flow.lines(end + 1, last, indent, suffix)

    def _alternatives(self, node: ast.Either, indent: int, lines: list[str]) -> int:
        end = 0
        for number, steps in enumerate(node.alternatives):
            if number:
                lines += self.flow.lines(end + 1, end + 1, indent)
            lines += self._steps(steps, indent + INDENT)
            end = self.source.last(steps.span)
        return end

    def _members(self, node: ast.AllOf, indent: int, lines: list[str]) -> int:
        end = 0
        for number, member in enumerate(node.members):
            first, end = self.source.first(member.span), self.source.last(member.span)
            comma = number < len(node.members) - 1
            if comma:
                self.source.drop(end + 1)
            lines += self._node(first, end, member, indent + INDENT, "," * comma)
        return end
