"""Builds what stands at the top of a file, types and test lines. The functions have the form of `Builder`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cep.language import ast
from cep.language.automaton import Builder
from cep.language.build_expressions import duration_of, int_of, name_of, text_of, timestamp_of
from cep.language.diagnostics import Span
from cep.language.literals import BadLiteral, parse_time_of_day
from cep.language.notes import Notes


def _file(parts: list[Any], span: Span, notes: Notes) -> ast.File:
    module = parts[0] if parts and isinstance(parts[0], ast.Module) else None
    return ast.File(notes.file, module, tuple(parts[1:] if module else parts), span)


def _module(parts: list[Any], span: Span, notes: Notes) -> ast.Module:
    name, timezone = parts
    return ast.Module(name, None if timezone is None else text_of(timezone, notes), span)


def _dotted(parts: list[Any], span: Span, notes: Notes) -> str:
    return ".".join(name_of(part) for part in parts)


def _import_file(parts: list[Any], span: Span, notes: Notes) -> ast.Import:
    return ast.Import(text_of(parts[0], notes), span)


def _event(parts: list[Any], span: Span, notes: Notes) -> ast.Event:
    name, base, fields, *options = parts
    written: dict[str, Any] = {}
    for option, value, place in options:
        if option in written:
            notes.error("E0115", f"`{option}` is written twice for this event", place, f"keep one `{option}`")
        written[option] = value
    return ast.Event(
        name=name_of(name),
        name_span=name.span(notes.file),
        base=None if base is None else name_of(base),
        base_span=None if base is None else base.span(notes.file),
        fields=fields,
        time=written.get("time"),
        order=written.get("order by", ()),
        lateness=written.get("lateness"),
        idle=written.get("idle"),
        span=span,
    )


def _extends(parts: list[Any], span: Span, notes: Notes) -> Any:
    return parts[0] if parts else None


def _several(parts: list[Any], span: Span, notes: Notes) -> tuple[Any, ...]:
    return tuple(parts)


def _field(parts: list[Any], span: Span, notes: Notes) -> ast.Field:
    name, type_, source = parts
    return ast.Field(name_of(name), type_, None if source is None else text_of(source, notes), span)


def _time_option(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any, Span]:
    return "time", parts[0], span


def _order_option(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any, Span]:
    return "order by", tuple(parts), span


def _lateness_option(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any, Span]:
    return "lateness", duration_of(parts[0], notes), span


def _idle_option(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any, Span]:
    return "idle", duration_of(parts[0], notes), span


def _order_key(parts: list[Any], span: Span, notes: Notes) -> ast.OrderKey:
    path, descending = parts
    return ast.OrderKey(path, descending is not None, span)


def _type(parts: list[Any], span: Span, notes: Notes) -> ast.TypeNode:
    base: ast.TypeNode = parts[0]
    return base if parts[1] is None else replace(base, nullable=True, span=span)


def _scalar_type(parts: list[Any], span: Span, notes: Notes) -> ast.ScalarType:
    name, arguments = parts
    return ast.ScalarType(name_of(name), arguments or (), False, span)


def _type_arguments(parts: list[Any], span: Span, notes: Notes) -> tuple[str, ...]:
    return tuple(text_of(part, notes) for part in parts)


def _enum_type(parts: list[Any], span: Span, notes: Notes) -> ast.EnumType:
    return ast.EnumType(tuple(text_of(part, notes) for part in parts), False, span)


def _list_type(parts: list[Any], span: Span, notes: Notes) -> ast.ListType:
    return ast.ListType(parts[0], False, span)


def _map_type(parts: list[Any], span: Span, notes: Notes) -> ast.MapType:
    return ast.MapType(parts[0], parts[1], False, span)


def _record_type(parts: list[Any], span: Span, notes: Notes) -> ast.RecordType:
    return ast.RecordType(parts[0], False, span)


def _list_declaration(parts: list[Any], span: Span, notes: Notes) -> ast.ListDeclaration:
    name, type_ = parts
    return ast.ListDeclaration(name_of(name), name.span(notes.file), type_, span)


def _param(parts: list[Any], span: Span, notes: Notes) -> ast.Param:
    name, type_, default, bounds, description = parts
    low, high = bounds or (None, None)
    text = None if description is None else text_of(description, notes)
    return ast.Param(name_of(name), name.span(notes.file), type_, default, low, high, text, span)


def _define(parts: list[Any], span: Span, notes: Notes) -> ast.Define:
    name, parameters, body = parts
    return ast.Define(name_of(name), name.span(notes.file), parameters, body, span)


def _function(parts: list[Any], span: Span, notes: Notes) -> ast.Function:
    name, parameters, result, target = parts
    return ast.Function(name_of(name), name.span(notes.file), parameters, result, text_of(target, notes), span)


def _parameter(parts: list[Any], span: Span, notes: Notes) -> ast.Argument:
    return ast.Argument(name_of(parts[0]), parts[1], span)


def _test(parts: list[Any], span: Span, notes: Notes) -> ast.Test:
    name, rule, settings, *lines = parts
    return ast.Test(text_of(name, notes), name_of(rule), rule.span(notes.file), settings, tuple(lines), span)


def _send(parts: list[Any], span: Span, notes: Notes) -> ast.Send:
    at, event, fields = parts
    return ast.Send(at, name_of(event), event.span(notes.file), fields, span)


def _at_offset(parts: list[Any], span: Span, notes: Notes) -> ast.At:
    try:
        return ast.At("offset", parse_time_of_day(parts[0].text), span)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, span, bad.fix)
        return ast.At("offset", 0, span)


def _at_after(parts: list[Any], span: Span, notes: Notes) -> ast.At:
    return ast.At("after", duration_of(parts[-1], notes), span)


def _at_instant(parts: list[Any], span: Span, notes: Notes) -> ast.At:
    return ast.At("instant", timestamp_of(parts[0], notes), span)


def _advance(parts: list[Any], span: Span, notes: Notes) -> ast.Advance:
    return ast.Advance(duration_of(parts[0], notes), span)


def _expect(parts: list[Any], span: Span, notes: Notes) -> ast.Expect:
    count, kind, fields = parts
    return ast.Expect(_kind(kind.text), None if count is None else int_of(count, notes), fields, span)


def _expect_none(parts: list[Any], span: Span, notes: Notes) -> ast.Expect:
    return ast.Expect(_kind(parts[0].text), 0, None, span)


def _kind(word: str) -> Any:
    return "match" if word == "matches" else word


ITEM_BUILDERS: dict[str, Builder] = {
    "file": _file,
    "module": _module,
    "dotted": _dotted,
    "import_file": _import_file,
    "event": _event,
    "extends": _extends,
    "fields": _several,
    "field": _field,
    "time_option": _time_option,
    "order_option": _order_option,
    "lateness_option": _lateness_option,
    "idle_option": _idle_option,
    "order_key": _order_key,
    "type": _type,
    "scalar_type": _scalar_type,
    "type_arguments": _type_arguments,
    "enum_type": _enum_type,
    "list_type": _list_type,
    "map_type": _map_type,
    "record_type": _record_type,
    "list_declaration": _list_declaration,
    "param": _param,
    "range": _several,
    "define": _define,
    "function": _function,
    "parameters": _several,
    "parameter": _parameter,
    "test": _test,
    "send": _send,
    "at_offset": _at_offset,
    "at_after": _at_after,
    "at_instant": _at_instant,
    "advance": _advance,
    "expect": _expect,
    "expect_none": _expect_none,
}
