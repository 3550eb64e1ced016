"""Which function resolves which node of the syntax tree. The modules of expressions register themselves here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from cep.language import ast
from cep.language.findings import Broken
from cep.language.resolved import Expression

if TYPE_CHECKING:
    from cep.language.check.scope import Scope

Handler = Callable[[Any, "Scope"], Expression]
F = TypeVar("F", bound=Callable[..., Expression])

_HANDLERS: dict[type, Handler] = {}


def resolves(*nodes: type) -> Callable[[F], F]:
    """Register a function `(node, scope) -> Expression` for nodes of these types."""

    def register(handler: F) -> F:
        for node in nodes:
            _HANDLERS[node] = handler
        return handler

    return register


def resolve(node: ast.Expression, scope: Scope) -> Expression:
    """The typed meaning of an expression at one place; raises `Broken` once its errors are recorded."""
    return _HANDLERS[type(node)](node, scope)


def resolve_all(nodes: Iterable[ast.Expression], scope: Scope) -> list[Expression]:
    """The meanings of several expressions; the errors of all are recorded before `Broken` is raised."""
    found: list[Expression] = []
    failed = False
    for node in nodes:
        try:
            found.append(resolve(node, scope))
        except Broken:
            failed = True
    if failed:
        raise Broken
    return found
