"""True and false: `and`, `or`, `not`, `is null`, and where a condition is needed."""

from __future__ import annotations

from dataclasses import replace

from cep.language import ast
from cep.language.check.dispatch import resolve, resolves
from cep.language.check.facts import when_false, when_true
from cep.language.check.names import reference
from cep.language.check.operands import described, is_null, label, named
from cep.language.check.scope import EventRef, LoopRef, Scope
from cep.language.findings import Broken
from cep.language.resolved import Aggregate, Compare, Constant, Expression, IsNull, Logic, Not
from cep.language.types import BOOL, INT, Kind


def resolve_test(node: ast.Expression, scope: Scope) -> Expression:
    """An expression where true or false is needed; anything else is E0306."""
    found = resolve(node, scope)
    if found.type.kind is Kind.BOOL:
        return found
    if is_null(found) and isinstance(found, Constant):
        return replace(found, type=BOOL.as_nullable())
    name = label(found).strip("`")
    raise scope.error(
        "E0306",
        f"{described(found)}, but true or false is needed here",
        node.span,
        f"compare it with something: `{name} == …`" if named(found) else "compare it with something",
    )


@resolves(ast.Logic)
def resolve_logic(node: ast.Logic, scope: Scope) -> Expression:
    """`and` / `or`; each part is read knowing what the parts before it imply."""
    items: list[Expression] = []
    failed, here = False, scope
    for part in node.items:
        try:
            item = resolve_test(part, here)
        except Broken:
            failed = True
            continue
        items.append(item)
        here = here.knowing(when_true(item) if node.op == "and" else when_false(item))
    if failed:
        raise Broken
    return Logic(node.op, tuple(items), BOOL.as_nullable(any(item.type.nullable for item in items)), node.span)


@resolves(ast.Not)
def resolve_not(node: ast.Not, scope: Scope) -> Expression:
    """`not x`."""
    value = resolve_test(node.operand, scope)
    return Not(value, value.type, node.span)


@resolves(ast.IsNull)
def resolve_is_null(node: ast.IsNull, scope: Scope) -> Expression:
    """`x is [not] null`; of a whole step: whether it binds no event."""
    found = reference(node.value, scope.calm())
    if isinstance(found, EventRef | LoopRef):
        return _binds_nothing(found, node, scope)
    if isinstance(found, Constant):
        raise scope.error("E0307", f"{label(found)} is a literal", node.span, "test a field or a step")
    test = IsNull(found, BOOL, node.span)
    return Not(test, BOOL, node.span) if node.negated else test


def _binds_nothing(found: EventRef | LoopRef, node: ast.IsNull, scope: Scope) -> Expression:
    if isinstance(found, LoopRef):
        step, event = found.view.name, found.view.event
    else:
        step, event = found.step or found.label, found.event
    if step not in scope.steps:
        raise scope.error("E0209", f"`{step}` is the event under test", node.span, "test one of its fields")
    count = Aggregate("count", step, event.name, None, INT, node.span)
    return Compare("!=" if node.negated else "==", count, Constant(0, INT, node.span), BOOL, node.span)
