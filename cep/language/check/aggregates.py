"""Aggregates over a step's events, and `prev`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

from cep.language import ast
from cep.language.check.builtins import MEASURES, ORDERED, SIMPLE
from cep.language.check.dispatch import resolve
from cep.language.check.logic import resolve_test
from cep.language.check.meanings import named
from cep.language.check.operands import described
from cep.language.check.scope import Candidate, EventRef, LoopRef, OwnLoop, Scope, StepView
from cep.language.diagnostics import Span
from cep.language.resolved import Aggregate, Bound, Call, Element, Expression, Previous
from cep.language.types import BOOL, FLOAT, INT, Kind, Type

OWN = ""
"""The name that `Scope.element` has inside an aggregate over the own loop."""


def resolve_aggregate(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`count(d)`, `sum(d.x)` …, and in a loop's own condition `count()`, `sum(x)`."""
    if scope.element is not None:
        raise scope.error(
            "E0319", "an aggregate cannot stand inside another", node.span, "compute the inner one in a `let`, or apart"
        )
    if name == "count":
        return _count(node, scope)
    if len(node.arguments) != 1:
        message = f"`{name}` takes one argument, not {len(node.arguments)}"
        raise scope.error("E0308", message, node.span, f"call it as `{name}(step.field)`")
    argument = node.arguments[0]
    if name in ("any", "all"):
        of_list = _over_list(name, argument, node, scope)
        if of_list is not None:
            return of_list
    target = _target(name, argument, scope)
    return _over(name, argument, target, node.span, scope)


def resolve_previous(node: ast.Call, scope: Scope) -> Expression:
    """`prev(x)`, `prev(x, k)`: an expression over the element `k` places before the event under test."""
    loop, candidate = scope.own_loop, scope.candidate
    if loop is None or candidate is None or not loop.previous:
        fix = "write it in the `where` or `having` of a loop"
        raise scope.error("E0222", "`prev` has a meaning only inside a loop's own condition", node.span, fix)
    if not 1 <= len(node.arguments) <= 2:
        message = f"`prev` takes 1 or 2 arguments, not {len(node.arguments)}"
        raise scope.error("E0308", message, node.span, "call it as `prev(x)` or `prev(x, 2)`")
    back = node.arguments[1] if len(node.arguments) == 2 else None
    places = 1
    if back is not None:
        if not (
            isinstance(back, ast.Literal) and back.kind == "int" and isinstance(back.value, int) and back.value > 0
        ):
            fix = "write how many elements back, such as `prev(x, 2)`"
            raise scope.error("E0309", "`prev` counts back by a whole number written out", back.span, fix)
        places = back.value
    earlier = replace(scope, candidate=replace(candidate, source=Previous(places), step=loop.step), own_loop=None)
    return resolve(node.arguments[0], earlier)


def _count(node: ast.Call, scope: Scope) -> Expression:
    if len(node.arguments) > 1:
        message = f"`count` takes at most one argument, not {len(node.arguments)}"
        raise scope.error("E0308", message, node.span, "call it as `count(step)`")
    if not node.arguments:
        loop = _own_loop("count", node.span, scope)
        return Aggregate("count", None, loop.event.name, None, INT, node.span)
    argument = node.arguments[0]
    if not isinstance(argument, ast.Name):
        root = next(iter(_roots(argument)), "step")
        fix = f"write `count({root})`; for those that meet a condition, `sum(1 if … else 0)`"
        raise scope.error("E0319", "`count` counts the events of a step", argument.span, fix)
    target = _whole(named(argument, scope), "count", argument, scope)
    if isinstance(target, OwnLoop):
        return Aggregate("count", None, target.event.name, None, INT, node.span)
    return Aggregate("count", target.name, target.event.name, None, INT, node.span)


def _whole(found: object, name: str, node: ast.Name, scope: Scope) -> StepView | OwnLoop:
    """The step or loop a whole reference names."""
    own = scope.own_loop
    match found:
        case LoopRef(own=True):
            fix = f"write `{name}()` for the elements up to the event under test"
            raise scope.error(
                "E0210", f"inside its own condition the loop `{node.name}` is not finished", node.span, fix
            )
        case LoopRef() if own is not None and found.view.name == own.step:
            return own
        case LoopRef():
            return found.view
        case EventRef(source=Bound(step=step)) if step in scope.steps:
            return scope.steps[step]
        case _:
            fix = f"name a step: `{name}(step)`"
            raise scope.error("E0319", f"`{node.name}` is no step that is bound here", node.span, fix)


def _own_loop(name: str, span: Span, scope: Scope) -> OwnLoop:
    if scope.own_loop is None:
        example = next(iter(scope.steps), "step")
        fix = f"name the step: `{name}({example}{'' if name == 'count' else '.field'})`"
        message = f"`{name}` without a step has a meaning only inside a loop's own condition"
        raise scope.error("E0222", message, span, fix)
    return scope.own_loop


def _target(name: str, argument: ast.Expression, scope: Scope) -> StepView | OwnLoop:
    """What is aggregated: the one loop the argument names; else the own loop; else the one step it names."""
    roots = list(dict.fromkeys(_roots(argument)))
    own = scope.own_loop
    steps = [scope.steps[root] for root in roots if root in scope.steps]
    loops = [view for view in steps if view.loop]
    if len(loops) > 1 or (not loops and not own and len(steps) > 1):
        names = " and ".join(f"`{view.name}`" for view in loops or steps)
        fix = f"write one `{name}(…)` for each of them"
        raise scope.error("E0319", f"`{name}` runs over one step, not over {names}", argument.span, fix)
    if loops:
        return loops[0]
    if own is not None:
        if own.step in roots and own.previous:
            fix = "write the field's name alone"
            message = f"inside its own condition the loop `{own.step}` is not finished"
            raise scope.error("E0210", message, argument.span, fix)
        if own.step in roots or not steps or any(root in own.event.fields for root in roots):
            return own
    if steps:
        return steps[0]
    resolve(argument, scope)
    return _own_loop(name, argument.span, scope)


def _over(name: str, argument: ast.Expression, target: StepView | OwnLoop, span: Span, scope: Scope) -> Expression:
    if isinstance(target, OwnLoop):
        step, may_be_empty = None, not target.previous
        candidate = Candidate(Element(), target.event, target.key, target.step)
        inside = replace(scope, candidate=candidate, own_loop=None, element=OWN, condition=False)
    else:
        step, may_be_empty = target.name, target.optional
        inside = replace(scope, own_loop=None, element=target.name, condition=False)
    value = resolve_test(argument, inside) if name in ("any", "all") else resolve(argument, inside)
    result = _result(name, value, may_be_empty, scope)
    return Aggregate(name, step, target.event.name, value, result, span)  # type: ignore[arg-type]


def _result(name: str, value: Expression, may_be_empty: bool, scope: Scope) -> Type:
    """The type of an aggregate over values like this one; E0319 where there is none."""
    type_, kind = value.type, value.type.kind
    accepted = {"sum": MEASURES, "avg": MEASURES, "min": ORDERED, "max": ORDERED}
    accepted |= {"count_distinct": SIMPLE, "collect_distinct": SIMPLE}
    if kind not in accepted.get(name, (kind,)):
        fix = "use a number or a duration" if name in ("sum", "avg") else "use one of its parts"
        raise scope.error("E0319", f"{described(value)}, of which there is no `{name}`", value.span, fix)
    nullable = type_.nullable or may_be_empty
    match name:
        case "count_distinct":
            return INT
        case "sum":
            return type_.as_nullable(False)
        case "collect" | "collect_distinct":
            return Type(Kind.LIST, element=type_.as_nullable(False))
        case "any" | "all":
            return BOOL.as_nullable(type_.nullable)
        case "avg" if kind is Kind.INT:
            return FLOAT.as_nullable(nullable)
        case _:
            return type_.as_nullable(nullable)


def _over_list(name: str, argument: ast.Expression, node: ast.Call, scope: Scope) -> Expression | None:
    """`any(flags)`, `all(flags)` of a list field; None where the argument is no list of the event or a single step."""
    if not isinstance(argument, ast.Name | ast.Attribute | ast.ListOf):
        return None
    root = next(iter(_roots(argument)), None)
    own = scope.own_loop
    if root is not None and ((root in scope.steps and scope.steps[root].loop) or (own and own.step == root)):
        return None
    value = resolve(argument, scope)
    element = value.type.element
    if value.type.kind is not Kind.LIST or element is None:
        return None
    if element.kind is not Kind.BOOL:
        fix = "write `x in list` to look for an element"
        raise scope.error("E0309", f"{described(value)}, but `{name}` needs a list of bools", argument.span, fix)
    result = BOOL.as_nullable(value.type.nullable or element.nullable)
    return Call(f"{name}_of", (value,), result, node.span)


def _roots(node: object) -> Iterator[str]:
    """The first names of all paths in an expression, functions left out, in the order written."""
    match node:
        case ast.Name():
            yield node.name
        case ast.Attribute():
            yield from _roots(node.value)
        case ast.Call():
            for argument in node.arguments:
                yield from _roots(argument)
        case tuple():
            for item in node:
                yield from _roots(item)
        case _ if is_dataclass(node):
            for part in fields(node):
                yield from _roots(getattr(node, part.name))
        case _:
            return
