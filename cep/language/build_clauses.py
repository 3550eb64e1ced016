"""Builds the other clauses of a rule, and the rule. The functions have the form of `Builder`."""

from __future__ import annotations

from typing import Any

from cep.language import ast
from cep.language.automaton import Builder
from cep.language.build_expressions import int_of, name_of, text_of
from cep.language.diagnostics import Span
from cep.language.notes import Notes


def _rule(parts: list[Any], span: Span, notes: Notes) -> ast.Rule:
    name, title, clauses = parts
    title_text = None if title is None else text_of(title, notes)
    return ast.Rule(name_of(name), name.span(notes.file), title_text, clauses, span)


def _clauses(parts: list[Any], span: Span, notes: Notes) -> tuple[ast.Clause, ...]:
    return tuple(parts)


def _meta(parts: list[Any], span: Span, notes: Notes) -> ast.Meta:
    return ast.Meta(parts[0].text, parts[1], span)


def _let(parts: list[Any], span: Span, notes: Notes) -> ast.Let:
    return ast.Let(name_of(parts[0]), parts[0].span(notes.file), parts[1], span)


def _cancel(parts: list[Any], span: Span, notes: Notes) -> ast.Cancel:
    return ast.Cancel(parts[0], span)


def _skip(parts: list[Any], span: Span, notes: Notes) -> ast.Skip:
    (kind, step), in_start_order = parts
    name = None if step is None else ast.Name(name_of(step), step.span(notes.file))
    return ast.Skip(kind, name, in_start_order, span)


def _skip_past(parts: list[Any], span: Span, notes: Notes) -> tuple[str, None]:
    return "past", None


def _skip_next(parts: list[Any], span: Span, notes: Notes) -> tuple[str, None]:
    return "next", None


def _skip_first(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any]:
    return "first", parts[0]


def _skip_last(parts: list[Any], span: Span, notes: Notes) -> tuple[str, Any]:
    return "last", parts[0]


def _skip_nothing(parts: list[Any], span: Span, notes: Notes) -> tuple[str, None]:
    return "nothing", None


def _in_start_order(parts: list[Any], span: Span, notes: Notes) -> bool:
    return bool(parts)


def _report(parts: list[Any], span: Span, notes: Notes) -> ast.Report:
    return ast.Report(parts[0].text, span)


def _emit(parts: list[Any], span: Span, notes: Notes) -> ast.Emit:
    return ast.Emit(parts[0], span)


def _on_timeout(parts: list[Any], span: Span, notes: Notes) -> ast.OnTimeout:
    at, fields = parts
    return ast.OnTimeout(None if at is None else ast.Name(name_of(at), at.span(notes.file)), fields, span)


def _suppress(parts: list[Any], span: Span, notes: Notes) -> ast.Suppress:
    within, by, maximum = parts
    return ast.Suppress(within, by, None if maximum is None else int_of(maximum, notes), span)


def _suppress_by(parts: list[Any], span: Span, notes: Notes) -> tuple[ast.Path, ...]:
    return tuple(parts)


def _unbounded(parts: list[Any], span: Span, notes: Notes) -> ast.Unbounded:
    return ast.Unbounded(span)


def _limit_runs(parts: list[Any], span: Span, notes: Notes) -> ast.LimitRuns:
    return ast.LimitRuns(int_of(parts[0], notes), span)


CLAUSE_BUILDERS: dict[str, Builder] = {
    "rule": _rule,
    "clauses": _clauses,
    "meta": _meta,
    "let": _let,
    "cancel": _cancel,
    "skip": _skip,
    "skip_past": _skip_past,
    "skip_next": _skip_next,
    "skip_first": _skip_first,
    "skip_last": _skip_last,
    "skip_nothing": _skip_nothing,
    "in_start_order": _in_start_order,
    "report": _report,
    "emit": _emit,
    "on_timeout": _on_timeout,
    "suppress": _suppress,
    "suppress_by": _suppress_by,
    "unbounded": _unbounded,
    "limit_runs": _limit_runs,
}
