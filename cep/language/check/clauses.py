"""The clauses behind the pattern: skip, report, `let`, `emit`, `on timeout`, `suppress`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from cep.language import ast, model
from cep.language.check.builtins import SIMPLE
from cep.language.check.context import RuleContext
from cep.language.check.dispatch import resolve
from cep.language.check.expressions import resolve_pairs
from cep.language.check.operands import described
from cep.language.check.patterns import Reached
from cep.language.check.scope import Scope
from cep.language.check.views import Node, is_loop, unsure, views_of_first
from cep.language.diagnostics import Span
from cep.language.findings import Broken
from cep.language.resolved import Expression
from cep.language.spelling import did_you_mean, listed

ReportKind = OneOf["early", "final", "updates"]


@dataclass(slots=True)
class ClauseReader:
    """Reads the clauses of one rule once its pattern is known.

    `views`: the steps as the whole match shows them. `entry`: what is bound where a run waits for a step.
    """

    match: ast.Match
    context: RuleContext
    final: Reached
    entry: dict[str, Reached]
    broken: bool = False

    def lets(self) -> None:
        """Resolve every `let` once, as `emit` sees it."""
        names = self.context.names
        for let in names.lets.values():
            try:
                names.let_values[let.name] = resolve(let.value, self._scope("let", self.final, within=(let.name,)))
            except Broken:
                names.broken_lets.add(let.name)
                self.broken = True

    def unused_lets(self) -> None:
        """W0201 for each `let` that nothing uses."""
        names = self.context.names
        for let in names.lets.values():
            if let.name not in names.used_lets:
                self.context.findings.warn(
                    "W0201", f"`{let.name}` is never used", let.name_span, "use it in `emit`, or leave it out"
                )

    def skip(self, node: ast.Skip | None) -> model.Skip:
        """`after match skip`; without one: past the last event."""
        if node is None:
            return model.Skip()
        if node.in_start_order and node.kind == "nothing":
            fix = "leave `in start order` out"
            self._error("E0425", "`skip nothing` drops nothing, so there is nothing to hold back", node.span, fix)
        if node.step is not None:
            self._sure_step(node.step, "skip to")
        step = node.step.name if node.step else None
        return model.Skip(node.kind, step, node.in_start_order)

    def report(self, node: ast.Report | None, skip: ast.Skip | None) -> ReportKind:
        """`report`; without one: early."""
        if node is None:
            return "early"
        last = self.match.body.items[-1].node
        if skip is not None and skip.kind == "nothing":
            fix = "leave `report` out: every complete prefix is a match already"
            self._error("E0415", "`report` has no meaning under `skip nothing`", node.span, fix)
        elif not _goes_on(last):
            fix = "leave `report` out"
            message = "`report` belongs to a rule that ends in a loop, an optional step or a threshold"
            self._error("E0416", message, node.span, fix)
        elif node.kind != "early" and (branching := _branching(self.match.body)) is not None:
            fix = f"write `report early`, or leave `{branching}` out"
            message = f"`report {node.kind}` needs one longest match, and `{branching}` makes many"
            self._error("E0417", message, node.span, fix)
        return node.kind

    def emit(self, node: ast.Emit | None) -> model.Emit | None:
        """`emit`; None without one, and where it does not check."""
        if node is None:
            return None
        return self._fields(node.fields, self._scope("emit", self.final, is_final=True))

    def timeouts(self, nodes: list[ast.OnTimeout]) -> tuple[model.OnTimeout, ...]:
        """`on timeout [at step] emit`, one for each step and one for the others."""
        found: dict[str | None, model.OnTimeout] = {}
        for node in nodes:
            at = node.at.name if node.at else None
            if at in found:
                which = f"at `{at}`" if at else "without a step"
                self._error("E0402", f"two `on timeout` clauses {which}", node.span, "leave one of them out")
                continue
            if node.at is not None and not self._sure_step(node.at, "on timeout at"):
                continue
            emit = self._fields(node.fields, self._scope("on timeout", self._waiting(at)))
            if emit is not None:
                found[at] = model.OnTimeout(at, emit)
        return tuple(found.values())

    def suppress(self, node: ast.Suppress | None) -> model.Suppress | None:
        """`suppress for SPAN by … max N`."""
        if node is None:
            return None
        scope = self._scope("suppress", self.final, is_final=True)
        by = tuple(self._suppress_key(path, scope) for path in node.by)
        maximum = 1 if node.maximum is None else node.maximum
        if maximum < 1:
            self._error(
                "E0425", "`max 0` would hold back every alert", node.span, "write `max 1` or more, or `mode off`"
            )
        within = self.context.microseconds(node.within)
        values = tuple(value for value in by if value is not None)
        return None if within is None else model.Suppress(within, values, maximum)

    def _suppress_key(self, path: ast.Path, scope: Scope) -> Expression | None:
        node: ast.Expression = ast.Name(path.parts[0], path.span)
        for name in path.parts[1:]:
            node = ast.Attribute(node, name, False, path.span, path.span)
        try:
            value = resolve(node, scope)
        except Broken:
            self.broken = True
            return None
        if value.type.kind not in SIMPLE:
            self._error(
                "E0314", f"{described(value)}, by which nothing can be grouped", path.span, "use a simple value"
            )
        return value

    def _fields(self, node: ast.Object, scope: Scope) -> model.Emit | None:
        try:
            return model.Emit(resolve_pairs(node.pairs, scope))
        except Broken:
            self.broken = True
            return None

    def _sure_step(self, node: ast.Name, what: str) -> bool:
        """Whether a clause names a step that every match has; otherwise the error is recorded."""
        view = self.final.views.get(node.name)
        if view is None:
            names = self.context.names.steps
            fix = did_you_mean(node.name, names, f"the steps are {listed(names)}")
            self._error("E0219", f"`{what}` names no step of this rule: `{node.name}`", node.span, fix)
        elif what == "skip to" and view.optional:
            fix = "name a step that every match binds"
            self._error("E0411", f"a match may have no `{node.name}` to skip to", node.span, fix)
        elif what != "skip to" and _can_be_passed(self.match.body, node.name):
            fix = "name the next mandatory step"
            self._error("E0424", f"no run waits for `{node.name}` alone, since it may be passed over", node.span, fix)
        elif what != "skip to" and _begins(self.match.body, node.name):
            fix = "name a step that is waited for behind it"
            self._error(
                "E0424", f"no run waits for `{node.name}`, since a run that binds it begins with it", node.span, fix
            )
        else:
            return True
        return False

    def _waiting(self, at: str | None) -> Reached:
        """What is bound when a run times out: at a step, what stands before it; otherwise the first event alone."""
        body = self.match.body
        if at is None or at not in self.entry:
            return Reached({view.name: view for view in views_of_first(body, self.context)})
        entry = self.entry[at]
        others = [view for name, view in self.final.views.items() if name not in entry.views]
        first = {view.name: view for view in views_of_first(body, self.context) if not view.optional}
        return Reached({**{view.name: view for view in unsure(others)}, **first, **entry.views}, entry.facts)

    def _scope(self, place: str, reached: Reached, is_final: bool = False, within: tuple[str, ...] = ()) -> Scope:
        context = self.context
        return Scope(
            context.catalog,
            context.findings,
            context.names,
            place,
            steps=reached.views,
            facts=reached.facts,
            is_final=is_final,
            within=within,
        )

    def _error(self, code: str, message: str, span: Span, fix: str) -> None:
        self.context.error(code, message, span, fix)
        self.broken = True


def _goes_on(node: Node) -> bool:
    """Whether a match that ends in this node can still grow."""
    match node:
        case ast.Step():
            return is_loop(node) or (node.quantifier is not None and node.quantifier.minimum == 0)
        case ast.Group():
            passable = node.quantifier is not None and node.quantifier.minimum == 0
            return is_loop(node) or passable or _goes_on(node.body.items[-1].node)
        case _:
            return False


def _branching(node: Node | ast.Steps) -> str | None:
    """The first word of a pattern that lets one event lead to several matches."""
    match node:
        case ast.Steps():
            for item in node.items:
                if item.link is not None and item.link.mode == "any":
                    return "any"
                found = _branching(item.node)
                if found:
                    return found
        case ast.Step() | ast.Group():
            if any(mode.name == "combinations" for mode in node.modes):
                return "combinations"
            return _branching(node.body) if isinstance(node, ast.Group) else None
        case ast.Either():
            return next(filter(None, map(_branching, node.alternatives)), None)
        case ast.AllOf():
            return next(filter(None, map(_branching, node.members)), None)
        case _:
            pass
    return None


def _begins(node: Node | ast.Steps, step: str) -> bool:
    """Whether a step is the first of a pattern, and not waited for once more."""
    match node:
        case ast.Step():
            return node.name == step and (node.quantifier is None or node.quantifier.minimum < 2)
        case ast.Group():
            return (node.quantifier is None or node.quantifier.minimum < 2) and _begins(node.body, step)
        case ast.Steps():
            first = next((item.node for item in node.items if not isinstance(item.node, ast.Absent)), None)
            return first is not None and _begins(first, step)
        case ast.Either():
            return any(_begins(steps, step) for steps in node.alternatives)
        case _:
            return False


def _can_be_passed(node: Node | ast.Steps, step: str, passable: bool = False) -> bool:
    """Whether a step, or a group around it, is optional."""
    match node:
        case ast.Step():
            return node.name == step and (passable or (node.quantifier is not None and node.quantifier.minimum == 0))
        case ast.Group():
            passable = passable or (node.quantifier is not None and node.quantifier.minimum == 0)
            return _can_be_passed(node.body, step, passable)
        case ast.Steps():
            return any(_can_be_passed(item.node, step, passable) for item in node.items)
        case ast.Either():
            return any(_can_be_passed(steps, step, passable) for steps in node.alternatives)
        case ast.AllOf():
            return any(_can_be_passed(member, step, passable) for member in node.members)
        case ast.Absent():
            return False
