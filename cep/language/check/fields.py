"""Fields of events, with the diagnostics of null at the place where they are used."""

from __future__ import annotations

from cep.language.check.events import field_type, path_error
from cep.language.check.operands import label
from cep.language.check.scope import EventRef, Scope
from cep.language.diagnostics import Span
from cep.language.resolved import Aggregate, Bound, Candidate, Element, Expression, FieldOf, Previous
from cep.language.types import Type


def field_of(event: EventRef, path: tuple[str, ...], span: Span, scope: Scope, optional: bool = False) -> Expression:
    """A field of an event, with the diagnostics of null at the place where it is used."""
    found = field_type(event.event, path)
    if found is None:
        raise path_error(event.event, path, scope.at or span, scope.findings)
    guarded = optional or scope.quiet or event.through is not None or (event.source, ()) in scope.facts
    if event.unsure and not guarded:
        raise scope.error(
            "E0211",
            f"step `{event.label}` may not be bound here",
            span,
            f"write `{event.label}?.{path[0]}`, or test `{event.label} is not null` before",
        )
    if event.through is not None:
        field = FieldOf(Element(), event.event.name, path, found, span)
        nullable = found.nullable or event.unsure
        return Aggregate(event.through, event.step, event.event.name, field, found.as_nullable(nullable), span)  # type: ignore[arg-type]
    nullable = found.nullable or event.unsure or isinstance(event.source, Previous)
    field = FieldOf(event.source, event.event.name, path, found.as_nullable(nullable), span)
    warn_if_null(field, found, scope)
    return field


def warn_if_null(field: FieldOf, declared: Type, scope: Scope) -> None:
    """W0301 where a field that may be null decides a condition without a guard; once for each condition."""
    if not (declared.nullable and scope.condition and isinstance(field.source, Candidate | Bound)) or scope.quiet:
        return
    fact = (field.source, field.path)
    # a define that reads four fields gets one warning at its call, not four
    once = fact if scope.at is None else scope.at
    if fact in scope.facts or once in scope.warned:
        return
    scope.warned.add(once)
    name = label(field)
    scope.warn(
        "W0301",
        f"{name} may be null, and null never meets this `{scope.place}`",
        field.span,
        f"add `{name.strip('`')} is not null and` before it, or give a value with `??`",
    )
