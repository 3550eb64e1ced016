"""Event declarations: fields, base, time source, order, lateness."""

from __future__ import annotations

from typing import Literal as OneOf

from cep.language import ast
from cep.language.check.catalog import Catalog, EventInfo
from cep.language.check.typenames import check_place, resolve_type
from cep.language.diagnostics import Span
from cep.language.findings import Broken, Findings
from cep.language.model import EventField, EventOrder, EventType
from cep.language.spelling import article, did_you_mean, listed
from cep.language.types import Kind, Type

TimeKind = OneOf["event", "ingestion", "arrival"]
UNORDERED = (Kind.LIST, Kind.MAP, Kind.RECORD)


def declare_event(
    node: ast.Event, catalog: Catalog, findings: Findings, is_base: bool, damaged: bool = False
) -> EventInfo:
    """The event a declaration means, as whole as its errors allow. Its base must be in the catalog already.

    `is_base`: another event of the file extends it, so that it may do without a time source. `damaged`: part of the
    declaration does not parse and is missing from the tree.
    """
    base = _base(node, catalog, findings)
    fields: dict[str, EventField] = {field.name: field for field in base.declared.fields} if base else {}
    broken = set(base.broken) if base else set()
    whole = not damaged and (base.whole if base else node.base is None)
    for field in node.fields:
        _add_field(field, fields, broken, base, findings)
    types = {field.name: field.type for field in fields.values()}
    info = EventInfo(_bare(node, fields), types, frozenset(broken), whole)
    kind, time = _time(node, base, info, is_base, findings)
    order = (
        tuple(_order(key, info, findings) for key in node.order) if node.order else base.declared.order if base else ()
    )
    declared = EventType(
        node.name,
        tuple(fields.values()),
        kind,
        time,
        tuple(key for key in order if key is not None),
        _or_base(node.lateness, base.declared.lateness if base else None) or 0,
        _or_base(node.idle, base.declared.idle if base else None),
        node.name_span,
    )
    return EventInfo(declared, types, frozenset(broken), whole)


def _or_base(own: int | None, inherited: int | None) -> int | None:
    return inherited if own is None else own


def field_type(info: EventInfo, path: tuple[str, ...]) -> Type | None:
    """The type at a path of an event, nullable if anything on the way is; None where there is no such field."""
    found = info.fields.get(path[0])
    for name in path[1:]:
        if found is None:
            return None
        found = member_type(found, name)
    return found


def member_type(record: Type, name: str) -> Type | None:
    """The type of a field of a record, nullable if the record is; None where it has no such field."""
    for field in record.fields if record.kind is Kind.RECORD else ():
        if field.name == name:
            return field.type.as_nullable(field.type.nullable or record.nullable)
    return None


def path_error(info: EventInfo, path: tuple[str, ...], span: Span, findings: Findings) -> Broken:
    """The error for a path that names no field; silent where the event's own declaration is at fault."""
    if path[0] in info.broken or not info.whole:
        return findings.silent()
    known = info.fields.get(path[0])
    for depth, name in enumerate(path[1:], start=1):
        if known is None:
            break
        following = member_type(known, name)
        if following is None:
            return record_error(".".join(path[:depth]), known, name, span, findings)
        known = following
    fix = did_you_mean(path[0], info.fields, f"its fields are {listed(info.fields)}")
    return findings.error("E0202", f"`{info.name}` has no field `{path[0]}`", span, fix)


def record_error(owner: str, type_: Type, name: str, span: Span, findings: Findings) -> Broken:
    """The error for `owner.name` where the owner is no record, or one without such a field."""
    if type_.kind is not Kind.RECORD:
        fix = f'write `{owner}["{name}"]`' if type_.kind is Kind.MAP else f"leave `.{name}` out"
        return findings.error("E0322", f"`{owner}` is {article(type_)} and has no fields", span, fix)
    names = [field.name for field in type_.fields]
    fix = did_you_mean(name, names, f"its fields are {listed(names)}")
    return findings.error("E0202", f"`{owner}` has no field `{name}`", span, fix)


def _base(node: ast.Event, catalog: Catalog, findings: Findings) -> EventInfo | None:
    if node.base is None:
        return None
    base = catalog.events.get(node.base)
    if base is None and node.base not in catalog.broken and not catalog.incomplete:
        findings.error(
            "E0201",
            f"there is no event `{node.base}` to extend",
            node.base_span or node.name_span,
            did_you_mean(node.base, catalog.events, "declare it in this file or import the file that does"),
        )
    return base


def _add_field(
    field: ast.Field, fields: dict[str, EventField], broken: set[str], base: EventInfo | None, findings: Findings
) -> None:
    if field.name in fields or field.name in broken:
        inherited = base is not None and field.name in base.fields
        where = f" in `{base.name}`, which this event extends" if base is not None and inherited else ""
        findings.error(
            "E0212", f"the field `{field.name}` is already declared{where}", field.span, "leave one of them out"
        )
        return
    check_place(field, fields.values(), findings)
    try:
        fields[field.name] = EventField(field.name, resolve_type(field.type, findings), field.source or field.name)
    except Broken:
        broken.add(field.name)


def _bare(node: ast.Event, fields: dict[str, EventField]) -> EventType:
    return EventType(node.name, tuple(fields.values()), "event", (), (), 0, None, node.name_span)


def _time(
    node: ast.Event, base: EventInfo | None, info: EventInfo, is_base: bool, findings: Findings
) -> tuple[TimeKind, tuple[str, ...]]:
    if node.time is None:
        if base is not None and (base.declared.time or base.declared.time_kind != "event"):
            return base.declared.time_kind, base.declared.time
        if not is_base and info.whole:
            _no_time(node, info, findings)
        return "event", ()
    match node.time.parts:
        case ("ingestion",):
            return "ingestion", ()
        case ("arrival",):
            return "arrival", ()
    return "event", _time_field(node.time, info, findings)


def _no_time(node: ast.Event, info: EventInfo, findings: Findings) -> None:
    stamps = [name for name, type_ in info.fields.items() if type_.kind is Kind.TIMESTAMP]
    findings.error(
        "E0325",
        f"the event `{node.name}` does not say where its time comes from",
        node.name_span,
        f"write `time {stamps[0]}` after its fields" if stamps else "write `time ingestion` or `time arrival` after it",
    )


def _time_field(path: ast.Path, info: EventInfo, findings: Findings) -> tuple[str, ...]:
    found = field_type(info, path.parts)
    shown = ".".join(path.parts)
    if found is None:
        path_error(info, path.parts, path.span, findings)
        return ()
    if found.kind is not Kind.TIMESTAMP:
        fix = f"declare it as `{shown}: timestamp`"
        findings.error("E0325", f"the time field `{shown}` is {article(found)}", path.span, fix)
    elif found.nullable:
        fix = f"declare it as `{shown}: timestamp`, without `?`"
        findings.error("E0325", f"the time field `{shown}` may be null", path.span, fix)
    return path.parts


def _order(key: ast.OrderKey, info: EventInfo, findings: Findings) -> EventOrder | None:
    found = field_type(info, key.path.parts)
    shown = ".".join(key.path.parts)
    if found is None:
        path_error(info, key.path.parts, key.span, findings)
        return None
    if found.kind in UNORDERED:
        findings.error(
            "E0316",
            f"events cannot be ordered by `{shown}`, a `{found}`",
            key.span,
            "order by a field of a simple type",
        )
        return None
    return EventOrder(key.path.parts, found, key.descending)
