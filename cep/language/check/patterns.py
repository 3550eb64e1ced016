"""The pattern of a rule: each condition read where it stands, each node turned into the model's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from cep.language import ast, model
from cep.language.check.catalog import EventInfo
from cep.language.check.context import RuleContext
from cep.language.check.expressions import resolve_condition
from cep.language.check.facts import about_step, when_true
from cep.language.check.scope import Candidate, Fact, OwnLoop, Scope, StepView
from cep.language.check.views import Node, is_loop, unsure, views_after, views_of_first
from cep.language.findings import Broken
from cep.language.model import RoleKey
from cep.language.resolved import Bound, Expression
from cep.language.resolved import Candidate as UnderTest

Views = Mapping[str, StepView]
ModelNode = model.Step | model.Group | model.Either | model.AllOf | model.Absence


@dataclass(frozen=True, slots=True)
class Reached:
    """What a run has bound when it reaches a place: the steps that can be named, and facts about their fields."""

    views: Views = field(default_factory=dict)
    facts: frozenset[Fact] = frozenset()

    def after(self, views: list[StepView], facts: frozenset[Fact] = frozenset()) -> Reached:
        """The place behind some more steps."""
        return Reached({**self.views, **{view.name: view for view in views}}, self.facts | facts)


class PatternReader:
    """Turns the nodes of one rule's pattern into the model's; the roles of all places must have been read."""

    def __init__(self, context: RuleContext) -> None:
        self.context = context
        self.entry: dict[str, Reached] = {}
        """What is bound where a run waits for a step, by the step's name."""
        self.broken = False
        """Whether some part did not check, so that the model is not whole."""

    def sequence(self, steps: ast.Steps, reached: Reached, head: bool = False) -> tuple[list[model.Item], Reached]:
        """The items of a sequence and the place behind it. `head`: it begins the rule.

        Items that do not check are left out of the result, their steps stay visible behind them.
        """
        items: list[model.Item] = []
        leading = head
        for position, item in enumerate(steps.items):
            here = reached
            if isinstance(item.node, ast.Absent) and leading:
                rest = ast.Steps(steps.items[position:], steps.span)
                here = reached.after(views_of_first(rest, self.context))
            leading = leading and isinstance(item.node, ast.Absent)
            facts: frozenset[Fact] = frozenset()
            try:
                node, facts = self._node(item.node, here)
                items.append(model.Item(self._link(item.link), node))
            except Broken:
                self.broken = True
            reached = reached.after(list(views_after(item.node, self.context)), facts)
        return items, reached

    def guard(self, guard: ast.Guard, place: str, reached: Reached, loop: OwnLoop | None = None) -> model.Guard:
        """An `until` or `cancel on`."""
        event, role = self._event(guard), self.context.roles[id(guard)]
        scope = self._scope(place, reached, event, role, None, loop)
        where = None if guard.where is None else resolve_condition(guard.where, scope)
        return model.Guard(guard.event, role, where, guard.span)

    def _node(self, node: Node, reached: Reached) -> tuple[ModelNode, frozenset[Fact]]:
        match node:
            case ast.Step():
                return self._step(node, reached)
            case ast.Absent():
                return self._absence(node, reached), frozenset()
            case ast.Group():
                return self._group(node, reached)
            case ast.Either():
                return self._either(node, reached), frozenset()
            case ast.AllOf():
                return self._all_of(node, reached)

    def _step(self, node: ast.Step, reached: Reached) -> tuple[model.Step, frozenset[Fact]]:
        self.entry.setdefault(node.name, reached)
        event, role = self._event(node), self.context.roles[id(node)]
        loop = OwnLoop(node.name, event, role, previous=True) if is_loop(node) else None
        scope = self._scope("where", reached, event, role, None if loop else node.name, loop)
        where = self._condition(node.where, scope)
        facts = scope.facts | (when_true(where) if where is not None else frozenset())
        having = self._condition(node.having, replace(scope, place="having", facts=facts))
        until = None
        if node.until is not None:
            elements = None if loop is None else replace(loop, previous=False)
            until = self.guard(node.until, "until", reached, elements)
        low, high = (1, 1) if node.quantifier is None else (node.quantifier.minimum, node.quantifier.maximum)
        step = model.Step(
            node.name,
            node.event,
            role,
            low,
            high,
            mode_of(node),
            any(mode.name == "greedy" for mode in node.modes),
            where,
            having,
            self.context.microseconds(node.within),
            until,
            node.span,
        )
        if not low:
            return step, frozenset()
        # what the condition says of earlier steps holds from here on, for a loop as well
        settled = frozenset(fact for fact in facts if isinstance(fact[0], Bound))
        return step, settled if loop else settled | about_step(facts, node.name)

    def _absence(self, node: ast.Absent, reached: Reached) -> model.Absence:
        event, role = self._event(node), self.context.roles[id(node)]
        scope = self._scope("without", reached, event, role, None, None)
        where = self._condition(node.where, scope)
        return model.Absence(node.event, role, where, self.context.microseconds(node.within), node.next, node.span)

    def _group(self, node: ast.Group, reached: Reached) -> tuple[model.Group, frozenset[Fact]]:
        items, inside = self.sequence(node.body, reached)
        until = None
        if node.until is not None:
            turns = reached.after([*unsure(views_after(node, self.context))])
            until = self.guard(node.until, "until", turns)
        low, high = (1, 1) if node.quantifier is None else (node.quantifier.minimum, node.quantifier.maximum)
        group = model.Group(
            tuple(items), low, high, mode_of(node), self.context.microseconds(node.within), until, node.span
        )
        return group, inside.facts if low == high == 1 else frozenset()

    def _either(self, node: ast.Either, reached: Reached) -> model.Either:
        alternatives = tuple(tuple(self.sequence(steps, reached)[0]) for steps in node.alternatives)
        return model.Either(alternatives, self.context.microseconds(node.within), node.span)

    def _all_of(self, node: ast.AllOf, reached: Reached) -> tuple[model.AllOf, frozenset[Fact]]:
        members: list[model.Step | model.Absence] = []
        known: frozenset[Fact] = frozenset()
        for member in node.members:
            others = [
                view for other in node.members if other is not member for view in views_after(other, self.context)
            ]
            try:
                found, facts = self._node(member, reached.after([*unsure(others)]))
            except Broken:
                self.broken = True
                continue
            known |= facts
            if isinstance(found, model.Step | model.Absence):
                members.append(found)
        need = len(members) if node.need is None else node.need
        within = self.context.microseconds(node.within)
        group = model.AllOf(need, tuple(members), within, node.need is None, node.span)
        return group, known if node.need is None else frozenset()

    def _link(self, link: ast.Link | None) -> model.Link:
        if link is None:
            return model.Link()
        microseconds = self.context.microseconds
        return model.Link(link.mode, microseconds(link.within), microseconds(link.after))

    def _event(self, node: ast.Step | ast.Absent | ast.Guard) -> EventInfo:
        return self.context.event(node.event, node.event_span)

    def _condition(self, node: ast.Expression | None, scope: Scope) -> Expression | None:
        if node is None:
            return None
        try:
            return resolve_condition(node, scope)
        except Broken:
            self.broken = True
            return None

    def _scope(
        self, place: str, reached: Reached, event: EventInfo, role: RoleKey, step: str | None, loop: OwnLoop | None
    ) -> Scope:
        under_test = UnderTest()
        routed: frozenset[Fact] = frozenset(
            # an event whose key is null never gets here
            (under_test, path[:length])
            for path, null_is_key in zip(role.paths, role.null_is_key, strict=True)
            if not null_is_key
            for length in range(1, len(path) + 1)
        )
        return Scope(
            catalog=self.context.catalog,
            findings=self.context.findings,
            rule=self.context.names,
            place=place,
            steps=reached.views,
            candidate=Candidate(under_test, event, role, step),
            own_loop=loop,
            facts=reached.facts | routed,
        )


def mode_of(node: ast.Step | ast.Group) -> OneOf["relaxed", "consecutive", "combinations"]:
    """How the elements of a loop follow each other."""
    for mode in node.modes:
        if mode.name != "greedy":
            return mode.name
    return "relaxed"
