"""The first pass over a rule's pattern: its steps, events and key roles, before any condition is read."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language import ast
from cep.language.check.context import RuleContext
from cep.language.check.keys import RuleKeys
from cep.language.check.views import Node
from cep.language.diagnostics import Span

Place = ast.Step | ast.Absent | ast.Guard | ast.Name


def read_roles(match: ast.Match, cancel: ast.Cancel | None, context: RuleContext) -> tuple[str, ...]:
    """Fill the context's names, key and roles; returns the rule's event types in order of first mention."""
    keys = RuleKeys(match, context)
    alphabet: dict[str, None] = {}
    for place, words in _places(match, cancel):
        name, span = _event_of(place)
        alphabet[name] = None
        event = context.event(name, span)
        written = () if isinstance(place, ast.Name) else place.keys
        keys.add_role(place, event, written, words, span)
        if isinstance(place, ast.Step):
            _add_step(place, context)
        elif isinstance(place, ast.Absent):
            context.names.absent.add(name)
    context.names.key = keys.resolved()
    context.names.key_paths = tuple(part.path for part in keys.parts)
    return tuple(alphabet)


def _places(match: ast.Match, cancel: ast.Cancel | None) -> Iterator[tuple[Place, str]]:
    for name in match.over:
        yield name, "`over`"
    for item in match.body.items:
        yield from _places_of(item.node)
    if cancel is not None:
        yield cancel.guard, "`cancel on`"


def _places_of(node: Node) -> Iterator[tuple[Place, str]]:
    match node:
        case ast.Step():
            yield node, f"step `{node.name}`"
            if node.until is not None:
                yield node.until, "`until`"
        case ast.Absent():
            yield node, "`without`"
        case ast.Group():
            for item in node.body.items:
                yield from _places_of(item.node)
            if node.until is not None:
                yield node.until, "`until`"
        case ast.Either():
            for alternative in node.alternatives:
                for item in alternative.items:
                    yield from _places_of(item.node)
        case ast.AllOf():
            for member in node.members:
                yield from _places_of(member)


def _event_of(place: Place) -> tuple[str, Span]:
    return (place.name, place.span) if isinstance(place, ast.Name) else (place.event, place.event_span)


def _add_step(step: ast.Step, context: RuleContext) -> None:
    if step.name == "self":
        fix = "choose another name"
        context.error("E0403", "`self` means the event under test, so it is no step name", step.name_span, fix)
    elif step.name in context.names.steps:
        fix = "give one of them another name"
        context.error("E0403", f"two steps are named `{step.name}`", step.name_span, fix)
    context.names.steps.setdefault(step.name, step.event)


def read_event_names(item: ast.Declaration) -> set[str]:
    """The event types a declaration names."""
    match item:
        case ast.Rule():
            matches = [clause for clause in item.clauses if isinstance(clause, ast.Match)]
            cancels = [clause for clause in item.clauses if isinstance(clause, ast.Cancel)]
            places = [place for match in matches for place, _ in _places(match, None)]
            return {_event_of(place)[0] for place in places} | {cancel.guard.event for cancel in cancels}
        case ast.Test():
            return {line.event for line in item.lines if isinstance(line, ast.Send)}
        case ast.Event():
            return {item.base} if item.base else set()
        case ast.Define():
            return {arg.type.name for arg in item.arguments if isinstance(arg.type, ast.ScalarType)}
        case _:
            return set()
