"""Values written where only a literal can stand: param defaults and ranges, settings and events of tests, metadata."""

from __future__ import annotations

from decimal import Decimal

from cep.language import ast
from cep.language.diagnostics import Span
from cep.language.findings import Broken, Findings
from cep.language.spelling import article, did_you_mean, listed
from cep.language.types import Kind, Type

INT_RANGE = range(-(2**63), 2**63)


def constant_value(node: ast.Expression, wanted: Type, findings: Findings) -> object:
    """The run-time value of a literal as a `wanted`; raises `Broken` once an error (E0315, E0305) is recorded."""
    match node:
        case ast.Literal(kind="null"):
            if wanted.nullable:
                return None
            raise _misfit("null", wanted, node.span, findings)
        case ast.Literal():
            return _scalar(node, 1, wanted, findings)
        case ast.Negative(operand=ast.Literal() as literal) if literal.kind != "string":
            return _scalar(literal, -1, wanted, findings, node.span)
        case ast.ListOf() if wanted.kind is Kind.LIST and wanted.element is not None:
            return [constant_value(item, wanted.element, findings) for item in node.items]
        case ast.Object() if wanted.kind is Kind.MAP and wanted.element is not None:
            return {pair.name: constant_value(pair.value, wanted.element, findings) for pair in node.pairs}
        case ast.Object() if wanted.kind is Kind.RECORD:
            return _record(node, wanted, findings)
        case ast.ListOf():
            raise _misfit("a list", wanted, node.span, findings)
        case ast.Object():
            raise _misfit("a record", wanted, node.span, findings)
        case _:
            raise findings.error(
                "E0315",
                "only a literal value can stand here",
                node.span,
                f"write {article(f'`{wanted}`')} such as {example(wanted)}",
            )


def example(wanted: Type) -> str:
    """A literal of a type, for messages."""
    match wanted.kind:
        case Kind.INT:
            return "`10`"
        case Kind.FLOAT | Kind.DECIMAL:
            return "`10.50`"
        case Kind.BOOL:
            return "`true`"
        case Kind.TIMESTAMP:
            return "`@2026-01-31T10:00:00Z`"
        case Kind.DURATION:
            return "`5m`"
        case Kind.ENUM:
            return f'`"{wanted.members[0]}"`'
        case Kind.LIST:
            return f"`[{example(wanted.element).strip('`')}]`" if wanted.element else "`[]`"
        case Kind.MAP | Kind.RECORD:
            return "`{ name: value }`"
        case _:
            return '`"text"`'


def neutral_value(wanted: Type) -> object:
    """The value that stands for one left out in a test: null where nullable, else zero, empty, or an enum's first."""
    if wanted.nullable:
        return None
    match wanted.kind:
        case Kind.INT | Kind.TIMESTAMP | Kind.DURATION:
            return 0
        case Kind.FLOAT:
            return 0.0
        case Kind.DECIMAL:
            return Decimal(0)
        case Kind.BOOL:
            return False
        case Kind.ENUM:
            return wanted.members[0]
        case Kind.LIST:
            return []
        case Kind.MAP:
            return {}
        case Kind.RECORD:
            return {field.name: neutral_value(field.type) for field in wanted.fields}
        case _:
            return ""


def _scalar(node: ast.Literal, sign: int, wanted: Type, findings: Findings, span: Span | None = None) -> object:
    place = span or node.span
    value = node.value
    match wanted.kind, node.kind:
        case Kind.INT, "int" if isinstance(value, int):
            if sign * value in INT_RANGE:
                return sign * value
        case Kind.FLOAT, "int" | "decimal" | "percent" if isinstance(value, int | Decimal):
            return sign * float(value)
        case Kind.DECIMAL, "int" | "decimal" | "percent" if isinstance(value, int | Decimal):
            return sign * Decimal(value)
        case (Kind.DURATION, "duration") | (Kind.TIMESTAMP, "timestamp") if isinstance(value, int):
            return sign * value
        case (Kind.STRING, "string") | (Kind.BOOL, "bool") if sign == 1:
            return value
        case Kind.ENUM, "string" if isinstance(value, str):
            return enum_member(value, wanted, place, findings)
        case _:
            pass
    raise _misfit(f"`{'-' if sign < 0 else ''}{node.text}`", wanted, place, findings)


def enum_member(value: str, wanted: Type, span: Span, findings: Findings) -> str:
    """`value` as a member of an enum; raises `Broken` with E0305 recorded where it is none."""
    if value in wanted.members:
        return value
    fix = did_you_mean(value, wanted.members, f"use one of {listed(wanted.members)}")
    raise findings.error("E0305", f'"{value}" is not a member of {wanted.as_nullable(False)}', span, fix)


def _record(node: ast.Object, wanted: Type, findings: Findings) -> object:
    fields = {field.name: field.type for field in wanted.fields}
    values = {name: neutral_value(type_) for name, type_ in fields.items()}
    failed = False
    for pair in node.pairs:
        if pair.name not in fields:
            findings.error(
                "E0202",
                f"the record has no field `{pair.name}`",
                pair.span,
                did_you_mean(pair.name, fields, f"use one of {listed(fields)}"),
            )
            failed = True
            continue
        try:
            values[pair.name] = constant_value(pair.value, fields[pair.name], findings)
        except Broken:
            failed = True
    if failed:
        raise Broken
    return values


def _misfit(what: str, wanted: Type, span: Span, findings: Findings) -> Broken:
    return findings.error(
        "E0315", f"{what} is not {article(f'`{wanted}`')}", span, f"write a value such as {example(wanted)}"
    )
