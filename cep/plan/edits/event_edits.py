"""Edits of the event types that a rule sees, as far as they bear on events taken before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cep.language.check.reads import fields_read
from cep.language.model import EventField, EventType
from cep.language.types import Kind, Type
from cep.plan.edits.meaning import Version
from cep.plan.edits.verdict import Edit, Verdict


def event_edits(old: Version, new: Version) -> Iterator[Edit]:
    """What has changed in event types that both versions see. A type that only one sees is an edit of the pattern."""
    read = [fields_read(version.rule) for version in (old, new)]
    for name in old.rule.events:
        if name in new.rule.events:
            fields = set().union(*(found.get(name, set()) for found in read))
            yield from _edits(old.events[name], new.events[name], fields)


def _edits(one: EventType, other: EventType, read: set[str]) -> Iterator[Edit]:
    place = f"`{one.name}`"
    if time_of(one) != time_of(other):
        yield Edit("time field", place, _path(one), _path(other), Verdict.RESET)
    if one.order != other.order:
        yield Edit("`order by`", place, _order(one), _order(other), Verdict.RESET)
    if one.lateness != other.lateness:
        yield Edit("lateness", place, one.lateness, other.lateness, Verdict.KEEP)
    if one.idle != other.idle:
        yield Edit("idle", place, one.idle, other.idle, Verdict.KEEP)
    before, after = fields_of(one), fields_of(other)
    for name in sorted(read & before.keys()):
        one_field, other_field = before[name], after.get(name)
        if typed(one_field) != typed(other_field):
            verdict = Verdict.KEEP if is_read_alike(one_field, other_field) else Verdict.RESET
            yield Edit("type", f"`{one.name}.{name}`", typed(one_field), typed(other_field), verdict)


def runs_on(old: Version, events: dict[str, EventType]) -> str | None:
    """Why an old version cannot be run over events as they are declared now; None if it can."""
    read = fields_read(old.rule)
    for name in old.rule.events:
        now = events.get(name)
        if now is None:
            return f"there are no events of type `{name}` any more"
        before = old.events[name]
        if time_of(before) != time_of(now) or before.order != now.order:
            return f"the time field or order of `{name}` is another"
        after = fields_of(now)
        for field in sorted(read.get(name, ())):
            if not is_same(fields_of(before)[field], after.get(field)):
                return f"`{name}.{field}` is not declared as it was"
    return None


def time_of(event: EventType) -> tuple[object, ...]:
    """How an event's time is read."""
    field = fields_of(event).get(event.time[0]) if event.time else None
    return event.time_kind, event.time, None if field is None else (field.source, field.type)


def fields_of(event: EventType) -> dict[str, EventField]:
    """An event type's fields by name."""
    return {field.name: field for field in event.fields}


def is_read_alike(before: EventField, after: EventField | None) -> bool:
    """Whether values read before stand under the new declaration: the same type, or one that takes in more."""
    if after is None or before.source != after.source:
        return False
    nullable = before.type.as_nullable() if after.type.nullable else before.type
    return widened(nullable, after.type)


def is_same(before: EventField, after: EventField | None) -> bool:
    """Whether a rule made for the old declaration can read values under the new one."""
    return after is not None and before.source == after.source and widened(before.type, after.type)


def widened(one: Type, other: Type) -> bool:
    """Whether a type is the same, or an enum with more members."""
    if one.kind is Kind.ENUM and other.kind is Kind.ENUM and set(one.members) <= set(other.members):
        return replace(one, members=()) == replace(other, members=())
    return one == other


def typed(field: EventField | None) -> str | None:
    """A field's declaration."""
    if field is None:
        return None
    form = "" if field.type.format is None else f" {field.type.format}"
    return f"{field.type}{form}" if field.source == field.name else f'{field.type} from "{field.source}"'


def _path(event: EventType) -> str:
    field = fields_of(event).get(event.time[0]) if event.time else None
    return ".".join(event.time) + f" ({typed(field)})" if event.time else event.time_kind


def _order(event: EventType) -> str | None:
    return ", ".join(".".join(order.path) + (" desc" if order.descending else "") for order in event.order) or None
