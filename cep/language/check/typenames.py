"""Types as written, resolved."""

from __future__ import annotations

from collections.abc import Iterable

from cep.language import ast
from cep.language.check.zones import check_zone
from cep.language.diagnostics import Span
from cep.language.findings import Broken, Findings
from cep.language.model import EventField
from cep.language.spelling import did_you_mean, listed
from cep.language.types import Kind, RecordField, TimestampFormat, Type

SCALARS = {
    kind.value: kind
    for kind in (Kind.STRING, Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION)
}
FAMILIAR = {
    "str": "string",
    "text": "string",
    "varchar": "string",
    "integer": "int",
    "long": "int",
    "bigint": "int",
    "double": "float",
    "number": "decimal",
    "money": "decimal",
    "boolean": "bool",
    "datetime": "timestamp",
    "date": "timestamp",
    "time": "timestamp",
    "interval": "duration",
    "array": "list<string>",
    "object": "map<string, string>",
}
UNITS = ("s", "ms", "us", "ns")


def resolve_type(node: ast.TypeNode, findings: Findings) -> Type:
    """The type a node means. Raises `Broken` once its errors are recorded."""
    match node:
        case ast.ScalarType():
            return _scalar(node, findings)
        case ast.EnumType():
            return _enum(node, findings)
        case ast.ListType():
            return Type(Kind.LIST, node.nullable, element=resolve_type(node.element, findings))
        case ast.MapType():
            return _map(node, findings)
        case ast.RecordType():
            return _record(node, findings)


def _scalar(node: ast.ScalarType, findings: Findings) -> Type:
    kind = SCALARS.get(node.name)
    if kind is None:
        known = FAMILIAR.get(node.name.lower())
        fix = f"did you mean `{known}`?" if known else did_you_mean(node.name, SCALARS, f"use {listed(SCALARS)}")
        raise findings.error("E0206", f"there is no type `{node.name}`", node.span, fix)
    if not node.arguments:
        return Type(kind, node.nullable)
    if kind is not Kind.TIMESTAMP:
        raise findings.error(
            "E0321", f"`{node.name}` takes no arguments", node.span, f"write `{node.name}`; only `timestamp` has a form"
        )
    return Type(kind, node.nullable, format=_format(node.arguments, node.span, findings))


def _format(arguments: tuple[str, ...], span: Span, findings: Findings) -> TimestampFormat:
    unit, *zones = arguments
    if len(zones) > 1:
        raise findings.error(
            "E0321",
            "`timestamp` takes a form and at most one zone",
            span,
            'write `timestamp("%d/%m/%Y %H:%M", "Europe/Paris")`',
        )
    if "%" not in unit and unit not in UNITS:
        fix = did_you_mean(unit, UNITS, 'use "s", "ms", "us", "ns" or a pattern such as "%Y-%m-%d %H:%M:%S"')
        raise findings.error("E0321", f'"{unit}" is neither a unit of time nor a pattern', span, fix)
    if zones and "%" not in unit:
        raise findings.error(
            "E0321", "a timestamp counted since the epoch has no zone", span, f'write `timestamp("{unit}")`'
        )
    for zone in zones:
        check_zone(zone, span, findings)
    return TimestampFormat(unit, zones[0] if zones else None)


def _enum(node: ast.EnumType, findings: Findings) -> Type:
    repeated = [member for index, member in enumerate(node.members) if member in node.members[:index]]
    if repeated:
        raise findings.error(
            "E0321", f'the enum lists "{repeated[0]}" twice', node.span, f'leave one "{repeated[0]}" out'
        )
    return Type(Kind.ENUM, node.nullable, members=node.members)


def _map(node: ast.MapType, findings: Findings) -> Type:
    key = resolve_type(node.key, findings)
    if key != Type(Kind.STRING):
        raise findings.error(
            "E0321", f"the keys of a map are strings, not `{key}`", node.key.span, "write `map<string, …>`"
        )
    return Type(Kind.MAP, node.nullable, element=resolve_type(node.value, findings))


def check_place(field: ast.Field, others: Iterable[EventField | RecordField], findings: Findings) -> None:
    """Refuse a field that is read from where another one is."""
    place = field.source or field.name
    other = next((other for other in others if other.source == place), None)
    if other is not None:
        message = f"`{field.name}` and `{other.name}` are read from the same place, `{place}`"
        findings.error("E0212", message, field.span, "leave one of them out")


def _record(node: ast.RecordType, findings: Findings) -> Type:
    fields: dict[str, RecordField] = {}
    failed = False
    for field in node.fields:
        if field.name in fields:
            findings.error("E0212", f"the field `{field.name}` is declared twice", field.span, "leave one of them out")
            continue
        check_place(field, fields.values(), findings)
        try:
            fields[field.name] = RecordField(field.name, resolve_type(field.type, findings), field.source or field.name)
        except Broken:
            failed = True
    if failed:
        raise findings.silent()
    return Type(Kind.RECORD, node.nullable, fields=tuple(fields.values()))
