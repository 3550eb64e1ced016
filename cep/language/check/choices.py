"""Choosing a value: `??`, `coalesce` and `x if c else y`."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.dispatch import resolve, resolve_all, resolves
from cep.language.check.facts import when_false, when_true
from cep.language.check.logic import resolve_test
from cep.language.check.operands import common_type, unify
from cep.language.check.scope import Scope
from cep.language.diagnostics import Span
from cep.language.findings import Broken
from cep.language.resolved import Coalesce, Conditional, Expression


@resolves(ast.Coalesce)
def resolve_coalesce(node: ast.Coalesce, scope: Scope) -> Expression:
    """`a ?? b`: the first that is not null."""
    return coalesced(node.items, node.span, scope)


def coalesced(nodes: tuple[ast.Expression, ...], span: Span, scope: Scope) -> Expression:
    """The first value that is not null. All but the last may be null without a word."""
    items = resolve_all(nodes[:-1], scope.calm())
    items = unify([*items, resolve(nodes[-1], scope)], scope, span)
    nullable = all(item.type.nullable for item in items)
    return Coalesce(tuple(items), common_type(items).as_nullable(nullable), span)


@resolves(ast.Conditional)
def resolve_conditional(node: ast.Conditional, scope: Scope) -> Expression:
    """`x if c else y`; each branch is read knowing how the condition turned out."""
    condition = resolve_test(node.condition, scope)
    branches: list[Expression] = []
    failed = False
    for branch, facts in ((node.then, when_true(condition)), (node.otherwise, when_false(condition))):
        try:
            branches.append(resolve(branch, scope.knowing(facts)))
        except Broken:
            failed = True
    if failed:
        raise Broken
    then, otherwise = unify(branches, scope, node.span)
    return Conditional(condition, then, otherwise, common_type((then, otherwise)), node.span)
