"""What a bare name can mean at one place, in the order of the language: a field of the event under test; else a step;
else a key, `let`, param, list or define. Two of these at once are an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cep.language import ast
from cep.language.check.dispatch import resolve
from cep.language.check.fields import field_of
from cep.language.check.scope import EventRef, LoopRef, Reference, Scope, StepView
from cep.language.findings import Broken
from cep.language.resolved import Bound, Element, Expression, KeyPart, ListValue, ParamValue
from cep.language.spelling import did_you_mean
from cep.language.types import Kind, Type

SELF = "self"

Meaning = tuple[str, str, Callable[[], Reference]]
"""What it would be in words, how to say so unambiguously (empty: no way), and the reference itself."""


def named(node: ast.Name, scope: Scope) -> Reference:
    """What a bare name refers to; raises `Broken` with its error recorded."""
    local = scope.locals.get(node.name)
    if local is not None:
        return local
    if node.name == SELF:
        return _self(node, scope)
    found = list(_meanings(node, scope))
    if len(found) > 1:
        raise _ambiguous(node, found, scope)
    if not found:
        raise _unknown(node, scope)
    return found[0][2]()


def dotted_key(node: ast.Attribute, scope: Scope) -> KeyPart | None:
    """`host.id` as the part of the rule's key that is written so, where its root has no meaning of its own."""
    path = dotted(node)
    if path is None or path not in scope.rule.key_paths:
        return None
    root = ast.Name(path[0], node.span)
    if path[0] in scope.locals or next(_meanings(root, scope), None) is not None:
        return None
    index = scope.rule.key_paths.index(path)
    part = scope.rule.key[index]
    return KeyPart(index, part.name, part.type, node.span)


def dotted(node: ast.Expression) -> tuple[str, ...] | None:
    """The names of `a.b.c`; None for anything else."""
    match node:
        case ast.Name():
            return (node.name,)
        case ast.Attribute(optional=False):
            base = dotted(node.value)
            return None if base is None else (*base, node.name)
        case _:
            return None


def _self(node: ast.Name, scope: Scope) -> Reference:
    if scope.candidate is None:
        raise scope.error(
            "E0221", f"there is no event under test in `{scope.place}`", node.span, "name a step instead of `self`"
        )
    return EventRef(scope.candidate.event, scope.candidate.source, SELF)


def _meanings(node: ast.Name, scope: Scope) -> Iterator[Meaning]:
    name, candidate = node.name, scope.candidate
    is_field = candidate is not None and (name in candidate.event.fields or name in candidate.event.broken)
    if candidate is not None and is_field:
        event = EventRef(candidate.event, candidate.source, SELF)
        yield f"a field of `{event.event.name}`", f"self.{name}", lambda: field_of(event, (name,), node.span, scope)
    step = _step(name, scope)
    if step is not None:
        yield "a step", f"{name}.field", lambda: step
    yield from _key(node, scope)
    if name in scope.rule.lets:
        yield "a `let`", "", lambda: let_value(scope.rule.lets[name], node, scope)
    catalog = scope.catalog
    if name in catalog.params:
        param = catalog.params[name]
        yield "a param", "", lambda: ParamValue(param.name, param.type, node.span)
    if name in catalog.lists:
        found = catalog.lists[name]
        yield "a list", "", lambda: ListValue(found.name, Type(Kind.LIST, element=found.element), node.span)
    if name in catalog.defines or name in catalog.functions:
        yield "a function", "", lambda: _uncalled(node, scope)


def _key(node: ast.Name, scope: Scope) -> Iterator[Meaning]:
    """A part of the rule's key, unless the event under test has it in a field of that very name."""
    candidate = scope.candidate
    for index, part in enumerate(scope.rule.key):
        if part.name != node.name:
            continue
        own = candidate.key.paths[index] if candidate is not None and candidate.key.paths else None
        if own != (node.name,):
            key = KeyPart(index, part.name, part.type, node.span)
            yield "a key of the rule", "", lambda key=key: key  # type: ignore[misc]


def _step(name: str, scope: Scope) -> Reference | None:
    candidate, loop = scope.candidate, scope.own_loop
    if loop is not None and loop.step == name:
        return LoopRef(StepView(name, loop.event, loop=True, optional=True), own=loop.previous)
    if candidate is not None and candidate.step == name:
        return EventRef(candidate.event, candidate.source, name)
    view = scope.steps.get(name)
    if view is None:
        return None
    if scope.element == name:
        return EventRef(view.event, Element(), name)
    if view.loop:
        return LoopRef(view)
    return EventRef(view.event, Bound(name), name, unsure=view.optional)


def let_value(let: ast.Let, node: ast.Name, scope: Scope) -> Expression:
    """A `let` where it is used: its expression as that place sees it, without an event under test."""
    scope.rule.used_lets.add(let.name)
    if let.name in scope.rule.broken_lets:
        raise scope.findings.silent()
    if scope.is_final and let.name in scope.rule.let_values:
        return scope.rule.let_values[let.name]
    if let.name in scope.within:
        raise scope.error("E0215", f"`{let.name}` is made from itself", node.span, "take the name out of its own value")
    inside = replace(
        scope.without_candidate(), at=scope.at or node.span, within=(*scope.within, let.name), locals={}, element=None
    )
    return resolve(let.value, inside)


def _uncalled(node: ast.Name, scope: Scope) -> Reference:
    raise scope.error("E0220", f"`{node.name}` is a function", node.span, f"call it: `{node.name}(…)`")


def _ambiguous(node: ast.Name, found: list[Meaning], scope: Scope) -> Broken:
    words = [meaning for meaning, _, _ in found]
    spelled = [f"`{spelling}`" for _, spelling, _ in found if spelling]
    fix = f"write {' or '.join(spelled)}" if spelled else "rename one of them"
    return scope.error("E0203", f"`{node.name}` is both {' and '.join(words)}", node.span, fix)


def _unknown(node: ast.Name, scope: Scope) -> Broken:
    name, rule, catalog = node.name, scope.rule, scope.catalog
    if name in rule.steps:
        fix = f"use it at a step after `{name}`"
        return scope.error("E0207", f"step `{name}` is not bound yet in this {scope.place}", node.span, fix)
    if name in rule.absent:
        message = f"`without {name}` binds no event, so there is nothing of it to use"
        return scope.error("E0208", message, node.span, "leave it out, or make it a step")
    if name in catalog.events:
        fix = f"name a step of type `{name}`"
        return scope.error("E0208", f"`{name}` is an event type, not a value", node.span, fix)
    lost = rule.damaged or catalog.incomplete or (scope.candidate is not None and not scope.candidate.event.whole)
    if lost or name in catalog.broken:
        return scope.findings.silent()
    owner = next((view for view in scope.steps.values() if name in view.event.fields), None)
    if owner is not None:
        fix = f"write `first({owner.name}.{name})`" if owner.loop else f"write `{owner.name}.{name}`"
    else:
        fix = did_you_mean(name, visible_names(scope), "declare it, or write text in double quotes")
    event = scope.candidate.event.name if scope.candidate else None
    message = (
        f"`{name}` is no field of `{event}` and no other name known here" if event else f"`{name}` is not known here"
    )
    return scope.error("E0204", message, node.span, fix)


def visible_names(scope: Scope) -> list[str]:
    """Every bare name that would mean something at this place."""
    fields = scope.candidate.event.fields if scope.candidate else {}
    keys = [part.name for part in scope.rule.key]
    return [*fields, *scope.steps, *keys, *scope.locals, *scope.rule.lets, *scope.catalog.values()]
