"""What the steps of a pattern look like from outside: single or loop, sure to be bound or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cep.language import ast
from cep.language.check.context import RuleContext
from cep.language.check.scope import StepView

Node = ast.Step | ast.Group | ast.Either | ast.AllOf | ast.Absent


def is_loop(node: ast.Step | ast.Group) -> bool:
    """Whether it can take more than one event (for a group: more than one turn)."""
    having = isinstance(node, ast.Step) and node.having is not None
    return having or (node.quantifier is not None and node.quantifier.maximum != 1)


def is_open(node: ast.Step | ast.Group) -> bool:
    """Whether it has no greatest number of turns."""
    return node.quantifier is not None and node.quantifier.maximum is None


def may_be_empty(node: Node) -> bool:
    """Whether it can be passed over without binding an event."""
    match node:
        case ast.Step():
            return node.quantifier is not None and node.quantifier.minimum == 0
        case ast.Group():
            return (node.quantifier is not None and node.quantifier.minimum == 0) or all(
                may_be_empty(item.node) for item in node.body.items
            )
        case ast.Either():
            return any(all(may_be_empty(item.node) for item in steps.items) for steps in node.alternatives)
        case ast.AllOf():
            return all(isinstance(member, ast.Absent) for member in node.members)
        case ast.Absent():
            return True


def views_after(node: Node, context: RuleContext) -> Iterator[StepView]:
    """The steps of a node as places after it see them."""
    match node:
        case ast.Step():
            event = context.event(node.event, node.event_span)
            yield StepView(node.name, event, is_loop(node), may_be_empty(node))
        case ast.Group():
            for view in views_after_all(node.body, context):
                optional = view.optional or (node.quantifier is not None and node.quantifier.minimum == 0)
                yield replace(view, loop=view.loop or is_loop(node), optional=optional)
        case ast.Either():
            for alternative in node.alternatives:
                yield from unsure(views_after_all(alternative, context))
        case ast.AllOf():
            for member in node.members:
                views = views_after(member, context)
                yield from views if node.need is None else unsure(views)
        case ast.Absent():
            return


def views_after_all(steps: ast.Steps, context: RuleContext) -> Iterator[StepView]:
    """The steps of a sequence as places after it see them."""
    for item in steps.items:
        yield from views_after(item.node, context)


def unsure(views: Iterable[StepView]) -> Iterator[StepView]:
    """The same steps where none is sure to be bound."""
    return (replace(view, optional=True) for view in views)


def views_of_first(steps: ast.Steps, context: RuleContext) -> list[StepView]:
    """The steps as they look once a run has bound its first event: that one is sure, the others are not."""
    everything = {view.name: view for view in unsure(views_after_all(steps, context))}
    first = first_step(steps)
    if first is not None:
        view = next(views_after(first, context))
        loop = view.loop or everything[view.name].loop
        everything[view.name] = StepView(view.name, view.event, loop, optional=False)
    return list(everything.values())


def first_step(steps: ast.Steps) -> ast.Step | None:
    """The step that every run binds first; None where that is open."""
    for item in steps.items:
        match item.node:
            case ast.Absent():
                continue
            case ast.Step():
                return None if may_be_empty(item.node) else item.node
            case ast.Group():
                return None if may_be_empty(item.node) else first_step(item.node.body)
            case _:
                return None
    return None


def all_steps(node: Node | ast.Steps) -> Iterator[ast.Step]:
    """Every step in a node, in the order written."""
    match node:
        case ast.Step():
            yield node
        case ast.Steps():
            for item in node.items:
                yield from all_steps(item.node)
        case ast.Group():
            yield from all_steps(node.body)
        case ast.Either():
            for alternative in node.alternatives:
                yield from all_steps(alternative)
        case ast.AllOf():
            for member in node.members:
                yield from all_steps(member)
        case ast.Absent():
            return
