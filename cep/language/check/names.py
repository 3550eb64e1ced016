"""What names and dotted names mean at one place."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from cep.language import ast
from cep.language.check.dispatch import resolve, resolves
from cep.language.check.events import record_error
from cep.language.check.fields import field_of, warn_if_null
from cep.language.check.meanings import dotted_key, named
from cep.language.check.operands import label
from cep.language.check.scope import EventRef, LoopRef, Reference, Scope
from cep.language.diagnostics import Span
from cep.language.findings import Broken
from cep.language.resolved import Aggregate, Element, Expression, FieldOf
from cep.language.types import Kind


@resolves(ast.Name)
def resolve_name(node: ast.Name, scope: Scope) -> Expression:
    """A bare name as a value."""
    return as_value(named(node, scope), node, scope)


@resolves(ast.Attribute)
def resolve_attribute(node: ast.Attribute, scope: Scope) -> Expression:
    """`step.field`, `self.field`, `field.nested`, or a dotted key part."""
    return as_value(reference(node, scope), node, scope)


def as_value(found: Reference, node: ast.Expression, scope: Scope) -> Expression:
    """A reference where a value is needed; a whole event or loop is an error that offers a field."""
    match found:
        case LoopRef():
            raise _loop_as_scalar(found, None, node.span, scope)
        case EventRef():
            raise scope.error(
                "E0209",
                f"`{found.label}` is a whole event, not a value",
                node.span,
                f"name one of its fields, such as `{found.label}.{_any_field(found)}`",
            )
        case _:
            return found


def reference(node: ast.Expression, scope: Scope) -> Reference:
    """What an expression refers to, whole events and loops included."""
    match node:
        case ast.Name():
            return named(node, scope)
        case ast.Attribute():
            return _attribute(node, scope)
        case ast.Call(function=ast.Name(name="first" | "last" as function), arguments=(ast.Name() as argument,)):
            return _end_of_loop(node, function, argument, scope)
        case _:
            return resolve(node, scope)


def _attribute(node: ast.Attribute, scope: Scope) -> Reference:
    key = dotted_key(node, scope)
    if key is not None:
        return key
    base = reference(node.value.value if _is_element(node.value, scope) else node.value, scope)
    match base:
        case LoopRef():
            raise _loop_as_scalar(base, node.name, node.span, scope)
        case EventRef():
            return field_of(base, (node.name,), node.span, scope, node.optional)
        case FieldOf() if base.type.kind is Kind.RECORD:
            return _nested(base, node, scope)
        case Aggregate(argument=FieldOf() as inner) if base.function in ("first", "last"):
            field = _nested(inner, node, scope)
            return replace(base, argument=field, type=field.type.as_nullable(base.type.nullable or field.type.nullable))
        case _:
            raise record_error(label(base).strip("`"), base.type, node.name, node.name_span, scope.findings)


def _is_element(node: ast.Expression, scope: Scope) -> TypeGuard[ast.Index]:
    """Whether it is `loop[0]`: the field named behind it is what is meant."""
    return (
        isinstance(node, ast.Index)
        and isinstance(node.value, ast.Name)
        and isinstance(named(node.value, scope), LoopRef)
    )


def _nested(base: FieldOf, node: ast.Attribute, scope: Scope) -> FieldOf:
    for entry in base.type.fields:
        if entry.name == node.name:
            nullable = entry.type.nullable or base.type.nullable
            field = FieldOf(
                base.source, base.event, (*base.path, node.name), entry.type.as_nullable(nullable), node.span
            )
            warn_if_null(field, entry.type, scope)
            return field
    raise record_error(label(base).strip("`"), base.type, node.name, node.name_span, scope.findings)


def _end_of_loop(node: ast.Call, function: str, argument: ast.Name, scope: Scope) -> Reference:
    """`first(step)` as a whole event, whose fields can then be named."""
    found = named(argument, scope)
    match found:
        case LoopRef():
            view = found.view
            return EventRef(view.event, Element(), f"{function}({view.name})", function, view.name, view.optional)
        case EventRef():
            return found
        case _:
            return resolve(node, scope)


def _loop_as_scalar(loop: LoopRef, field: str | None, span: Span, scope: Scope) -> Broken:
    name = loop.view.name
    shown = f"{name}.{field}" if field else f"{name}.{next(iter(loop.view.event.fields), 'field')}"
    if loop.own:
        fix = f"write `{field or 'field'}` for the event under test, `prev({field or 'field'})` for the one before"
        return scope.error("E0210", f"inside its own condition the loop `{name}` is not finished", span, fix)
    return scope.error(
        "E0210",
        f"`{name}` is a loop: `{shown}` has many values",
        span,
        f"write `first({shown})`, `last({shown})`, `any({shown} == …)` or another aggregate",
    )


def _any_field(event: EventRef) -> str:
    return next(iter(event.event.fields), "field")
