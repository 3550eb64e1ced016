"""One rule: its clauses sorted, checked in the order in which they depend on each other, and put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from cep.language import ast, model
from cep.language.check.bounds import check_bounds
from cep.language.check.catalog import Catalog
from cep.language.check.clauses import ClauseReader
from cep.language.check.context import RuleContext
from cep.language.check.metadata import read_metadata
from cep.language.check.patterns import PatternReader, Reached
from cep.language.check.roles import read_roles
from cep.language.check.scope import RuleNames
from cep.language.check.structure import check_structure
from cep.language.check.times import check_times
from cep.language.check.views import unsure, views_after_all, views_of_first
from cep.language.findings import Broken, Findings

C = TypeVar("C", bound=ast.Clause)

WORDS: dict[type, str] = {
    ast.Match: "match",
    ast.Cancel: "cancel on",
    ast.Skip: "after match skip",
    ast.Report: "report",
    ast.Emit: "emit",
    ast.Suppress: "suppress",
    ast.Unbounded: "unbounded",
    ast.LimitRuns: "limit runs",
}


def check_rule(
    node: ast.Rule, catalog: Catalog, findings: Findings, values: Mapping[str, object], damaged: bool = False
) -> model.Rule | None:
    """The checked rule, or None with its errors recorded.

    `values`: params set from outside, for spans. `damaged`: a clause did not parse and is missing from the tree.
    """
    before = findings.failures
    names = RuleNames(node.name, damaged=damaged)
    context = RuleContext(catalog, findings, names, values)
    clauses = _Clauses(node, findings)
    match = clauses.one(ast.Match)
    metadata = read_metadata(clauses.metadata(), findings)
    if match is None:
        if not damaged:
            fix = "add `match` and its steps"
            findings.error("E0401", f"the rule `{node.name}` has no `match`", node.name_span, fix)
        return None
    rule = _assemble(node, match, clauses, metadata, context)
    return rule if findings.failures == before and not damaged else None


class _Clauses:
    """The clauses of a rule by kind; a second one of a kind is E0402 and left out."""

    def __init__(self, node: ast.Rule, findings: Findings) -> None:
        self.findings = findings
        self.all = node.clauses

    def one(self, kind: type[C]) -> C | None:
        """The clause of a kind that a rule has once."""
        found = self.many(kind)
        for extra in found[1:]:
            message = f"a rule has one `{WORDS[kind]}`, and this is a second one"
            self.findings.error("E0402", message, extra.span, "leave one of them out")
        return found[0] if found else None

    def many(self, kind: type[C]) -> list[C]:
        """All clauses of a kind."""
        return [clause for clause in self.all if isinstance(clause, kind)]

    def metadata(self) -> list[ast.Meta]:
        """The metadata, each key once."""
        found: dict[str, ast.Meta] = {}
        for node in self.many(ast.Meta):
            if node.key in found:
                message = f"`{node.key}` is given twice"
                self.findings.error("E0402", message, node.span, "leave one of them out")
            found.setdefault(node.key, node)
        return list(found.values())

    def lets(self) -> dict[str, ast.Let]:
        """The `let`s by name."""
        found: dict[str, ast.Let] = {}
        for node in self.many(ast.Let):
            if node.name in found:
                message = f"two `let`s are named `{node.name}`"
                self.findings.error("E0212", message, node.name_span, "give one of them another name")
            found.setdefault(node.name, node)
        return found


def _assemble(
    node: ast.Rule, match: ast.Match, clauses: _Clauses, metadata: model.Metadata, context: RuleContext
) -> model.Rule:
    before = context.findings.failures
    cancel, skip = clauses.one(ast.Cancel), clauses.one(ast.Skip)
    unbounded, limit = clauses.one(ast.Unbounded), clauses.one(ast.LimitRuns)
    context.names.lets = clauses.lets()
    events = read_roles(match, cancel, context)
    check_structure(match, context)
    check_bounds(match, unbounded is not None, limit is not None, context)
    check_times(node, events, context)
    final = Reached({view.name: view for view in views_after_all(match.body, context)})
    pattern = PatternReader(context)
    reader = ClauseReader(match, context, final, pattern.entry)
    reader.lets()
    items, reached = pattern.sequence(match.body, Reached(), head=True)
    reader.final = reached
    rule = model.Rule(
        name=context.catalog.qualified(node.name),
        title=node.title,
        meta=metadata,
        key=context.names.key,
        within=context.microseconds(match.within),
        over=tuple(model.Over(name.name, context.roles[id(name)]) for name in match.over),
        items=tuple(items),
        cancel=_cancel(cancel, match, pattern, context),
        skip=reader.skip(skip),
        report=reader.report(clauses.one(ast.Report), skip),
        emit=reader.emit(clauses.one(ast.Emit)),
        on_timeout=reader.timeouts(clauses.many(ast.OnTimeout)),
        suppress=reader.suppress(clauses.one(ast.Suppress)),
        unbounded=unbounded is not None,
        limit_runs=_limit(limit, context),
        events=events,
        file=context.catalog.file,
        span=node.span,
        span_params=tuple(context.span_params),
    )
    if context.findings.failures == before:
        # what could not be read might have used them
        reader.unused_lets()
    return rule


def _limit(node: ast.LimitRuns | None, context: RuleContext) -> int | None:
    if node is not None and node.count < 1:
        context.error("E0425", "`limit runs 0` would drop every run", node.span, "write `limit runs 1` or more")
    return node.count if node else None


def _cancel(
    node: ast.Cancel | None, match: ast.Match, pattern: PatternReader, context: RuleContext
) -> model.Guard | None:
    """`cancel on` is armed from the first event on, so only that one is sure to be bound."""
    if node is None:
        return None
    views = {view.name: view for view in unsure(views_after_all(match.body, context))}
    views |= {view.name: view for view in views_of_first(match.body, context)}
    try:
        return pattern.guard(node.guard, "cancel on", Reached(views))
    except Broken:
        return None
