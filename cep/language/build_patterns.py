"""Builds the pattern of a `match`: steps, groups, absences, keys and spans, in functions of the form of `Builder`."""

from __future__ import annotations

from typing import Any

from cep.language import ast
from cep.language.automaton import Builder
from cep.language.build_expressions import duration_of, int_of, name_of
from cep.language.diagnostics import Span
from cep.language.lexer import Token
from cep.language.notes import Notes

RESERVED_STEP_NAMES = frozenset({"next", "any", "within", "after", "either", "all", "at"})
"""Words that begin something else where a step's name stands; as a step's name they are back-quoted."""


def _match(parts: list[Any], span: Span, notes: Notes) -> ast.Match:
    keys, within, over, body = parts
    return ast.Match(keys, within, over, body, span)


def _over(parts: list[Any], span: Span, notes: Notes) -> tuple[ast.Name, ...]:
    return tuple(ast.Name(name_of(part), part.span(notes.file)) for part in parts)


def _steps(parts: list[Any], span: Span, notes: Notes) -> ast.Steps:
    first, *rest = parts
    items = [ast.Item(None, first, first.span), *(_as_item(part) for part in rest)]
    return ast.Steps(tuple(items), span)


def _as_item(part: ast.Item | ast.Absent) -> ast.Item:
    return part if isinstance(part, ast.Item) else ast.Item(None, part, part.span)


def _linked_node(parts: list[Any], span: Span, notes: Notes) -> ast.Item:
    then, mode, *gaps, node = parts
    spans: dict[str, ast.SpanValue] = {}
    end = then if mode is None else mode
    place = then.span(notes.file).to(end.span(notes.file))
    for kind, value, gap_span in gaps:
        if kind in spans:
            notes.error("E0115", f"`{kind}` is written twice before this step", gap_span, f"keep one `{kind}`")
        spans[kind] = value
        place = place.to(gap_span)
    link = ast.Link("then" if mode is None else mode.text, spans.get("within"), spans.get("after"), place)
    return ast.Item(link, node, span)


def _gap_within(parts: list[Any], span: Span, notes: Notes) -> tuple[str, ast.SpanValue, Span]:
    return "within", parts[0], span


def _gap_after(parts: list[Any], span: Span, notes: Notes) -> tuple[str, ast.SpanValue, Span]:
    return "after", parts[0], span


def _absent(parts: list[Any], span: Span, notes: Notes) -> ast.Absent:
    mode, event, keys, where, within = parts
    word = "" if mode is None else mode.text
    return ast.Absent(name_of(event), event.span(notes.file), word == "next", word == "any", keys, where, within, span)


def _step(parts: list[Any], span: Span, notes: Notes) -> ast.Step:
    name, event, quantifier, modes, keys, where, having, within, until = parts
    if name.text in RESERVED_STEP_NAMES:
        refuse_step_name(name, notes)
    return ast.Step(
        name=name_of(name),
        name_span=name.span(notes.file),
        event=name_of(event),
        event_span=event.span(notes.file),
        quantifier=quantifier,
        modes=modes,
        keys=keys,
        where=where,
        having=having,
        within=within,
        until=until,
        span=span,
    )


def refuse_step_name(name: Token, notes: Notes) -> None:
    """Note that a step bears a reserved name."""
    notes.error(
        "E0116",
        f"`{name.text}` has a meaning of its own before a step, so it is no step name",
        name.span(notes.file),
        f"choose another name, or put `{name.text}` in back quotes",
    )


def _group(parts: list[Any], span: Span, notes: Notes) -> ast.Group:
    body, quantifier, modes, within, until = parts
    return ast.Group(body, quantifier, modes, within, until, span)


def _either(parts: list[Any], span: Span, notes: Notes) -> ast.Either:
    *alternatives, within = parts
    return ast.Either(tuple(alternatives), within, span)


def _all_of(parts: list[Any], span: Span, notes: Notes) -> ast.AllOf:
    members, within = parts
    return ast.AllOf(None, members, within, span)


def _at_least_of(parts: list[Any], span: Span, notes: Notes) -> ast.AllOf:
    need, members, within = parts
    return ast.AllOf(int_of(need, notes), members, within, span)


def _members(parts: list[Any], span: Span, notes: Notes) -> tuple[Any, ...]:
    return tuple(parts)


def _optional(parts: list[Any], span: Span, notes: Notes) -> ast.Quantifier:
    return ast.Quantifier(0, 1, span, "?")


def _one_or_more(parts: list[Any], span: Span, notes: Notes) -> ast.Quantifier:
    return ast.Quantifier(1, None, span, "+")


def _any_number(parts: list[Any], span: Span, notes: Notes) -> ast.Quantifier:
    return ast.Quantifier(0, None, span, "*")


def _exactly(parts: list[Any], span: Span, notes: Notes) -> ast.Quantifier:
    count = int_of(parts[0], notes)
    return ast.Quantifier(count, count, span, f"{{{count}}}")


def _between_counts(parts: list[Any], span: Span, notes: Notes) -> ast.Quantifier:
    low = int_of(parts[0], notes)
    high = None if parts[1] is None else int_of(parts[1], notes)
    return ast.Quantifier(low, high, span, f"{{{low},{'' if high is None else high}}}")


def _loop_modes(parts: list[Any], span: Span, notes: Notes) -> tuple[ast.Mode, ...]:
    return tuple(ast.Mode(part.text, part.span(notes.file)) for part in parts)


def _several(parts: list[Any], span: Span, notes: Notes) -> tuple[Any, ...]:
    return tuple(parts)


def _named_key(parts: list[Any], span: Span, notes: Notes) -> ast.KeyPath:
    name, key = parts
    return ast.KeyPath(key.path, key.null_is_key, name_of(name), span)


def _key_path(parts: list[Any], span: Span, notes: Notes) -> ast.KeyPath:
    path, question = parts
    return ast.KeyPath(path, question is not None, None, span)


def _one_or_none(parts: list[Any], span: Span, notes: Notes) -> Any:
    return parts[0] if parts else None


def _guard(parts: list[Any], span: Span, notes: Notes) -> ast.Guard:
    event, keys, where = parts
    return ast.Guard(name_of(event), event.span(notes.file), keys, where, span)


def _span_literal(parts: list[Any], span: Span, notes: Notes) -> ast.SpanValue:
    return ast.SpanValue(duration_of(parts[0], notes), parts[0].text, span)


def _span_param(parts: list[Any], span: Span, notes: Notes) -> ast.SpanValue:
    return ast.SpanValue(name_of(parts[0]), parts[0].text, span)


PATTERN_BUILDERS: dict[str, Builder] = {
    "match": _match,
    "match_keys": _several,
    "over": _over,
    "steps": _steps,
    "first_node": _one_or_none,
    "linked_node": _linked_node,
    "gap_within": _gap_within,
    "gap_after": _gap_after,
    "absent": _absent,
    "step": _step,
    "group": _group,
    "either": _either,
    "all_of": _all_of,
    "at_least_of": _at_least_of,
    "members": _members,
    "optional": _optional,
    "one_or_more": _one_or_more,
    "any_number": _any_number,
    "exactly": _exactly,
    "between_counts": _between_counts,
    "loop_modes": _loop_modes,
    "step_keys": _several,
    "named_key": _named_key,
    "key_path": _key_path,
    "where": _one_or_none,
    "having": _one_or_none,
    "within": _one_or_none,
    "until": _one_or_none,
    "guard": _guard,
    "span_literal": _span_literal,
    "span_param": _span_param,
}
