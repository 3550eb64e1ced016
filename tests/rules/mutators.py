"""Small slips that a rule's author could make, as edits of the rule's text.

One function a kind of slip; each yields (what kind it is, the edit). `mutants` runs them all over one rule and over the
params and defines that it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal

from cep.language import ast
from tests.rules.source_text import Edit, SourceText

Slip = tuple[str, Edit]

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
MILLISECOND = 1_000


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file's text with one slip in it."""

    kind: str
    description: str
    text: str


def mutants(text: str, file: ast.File, rule: ast.Rule) -> Iterator[Mutant]:
    """Every mutant of a rule of this file, in the order of the text."""
    source = SourceText(text)
    slips = list(_slips(source, file, rule))
    for kind, edit in sorted(slips, key=lambda slip: (slip[1].start, slip[1].end, slip[1].new)):
        yield Mutant(kind, source.describe(edit), source.apply(edit))


def _slips(source: SourceText, file: ast.File, rule: ast.Rule) -> Iterator[Slip]:
    clauses = {type(clause): clause for clause in rule.clauses}
    match = clauses[ast.Match]
    assert isinstance(match, ast.Match)
    conditions = [*_conditions(match), *_used(file, source.at(rule.span))]
    for condition in conditions:
        for node in walk(condition):
            yield from _comparison(source, node)
            yield from _number(source, node)
            yield from _logic(source, node)
            yield from _bound(source, node)
    for node in walk(match):
        if isinstance(node, ast.Step):
            yield from _quantifier(source, node)
            yield from _step_key(source, node, _strings(file, node.event))
            yield from _loop_span(source, node)
        elif isinstance(node, ast.Absent):
            yield from _absence(source, node, _strings(file, node.event))
        elif isinstance(node, ast.Link):
            yield from _link(source, node)
        elif isinstance(node, ast.Steps):
            yield from _removed(source, node)
    yield from _header(source, match, _strings(file, _first_event(match)))
    yield from _clauses(source, rule, match)


def walk(node: object) -> Iterator[object]:
    """A node of the syntax tree and everything below it."""
    yield node
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                yield from walk(value)


def _conditions(match: ast.Match) -> Iterator[object]:
    for node in walk(match):
        if isinstance(node, ast.Step | ast.Absent | ast.Guard):
            yield from (part for part in (node.where, getattr(node, "having", None)) if part is not None)


def _used(file: ast.File, text: str) -> Iterator[object]:
    """Defaults of params and bodies of defines that the rule names."""
    names = set(re.findall(r"\w+", text))
    for item in file.items:
        if isinstance(item, ast.Param) and item.name in names:
            yield item.default
        elif isinstance(item, ast.Define) and item.name in names:
            yield item.body


def _first_event(match: ast.Match) -> str:
    return next(node.event for node in walk(match) if isinstance(node, ast.Step))


def _strings(file: ast.File, event: str) -> list[str]:
    """The fields of an event that can be a key of text."""
    for item in file.items:
        if isinstance(item, ast.Event) and item.name == event:
            return [
                field.name
                for field in item.fields
                if isinstance(field.type, ast.EnumType) or getattr(field.type, "name", "") == "string"
            ]
    return []


# ---------------------------------------------------------------- conditions


def _comparison(source: SourceText, node: object) -> Iterator[Slip]:
    """The bound in or out, equal or not, in a list or not."""
    if isinstance(node, ast.Compare):
        yield "comparison", source.between(node.left.span, node.right.span, node.op, COMPARISONS[node.op])
    elif isinstance(node, ast.In):
        old, new = ("not in", "in") if node.negated else ("in", "not in")
        yield "membership", source.between(node.value.span, node.container.span, old, new)


def _number(source: SourceText, node: object) -> Iterator[Slip]:
    """A threshold off by its smallest unit: a cent, one event, one percent, a millisecond."""
    if not isinstance(node, ast.Literal):
        return
    if node.kind == "duration":
        yield from _span(source, node, int(node.value or 0))
    elif node.kind in ("int", "decimal", "percent"):
        digits = node.text.rstrip("%").replace("_", "")
        unit = Decimal(1).scaleb(-len(digits.partition(".")[2]))
        for changed in (Decimal(digits) - unit, Decimal(digits) + unit):
            yield "threshold", source.replace(node.span, f"{changed}{'%' if node.kind == 'percent' else ''}")


def _logic(source: SourceText, node: object) -> Iterator[Slip]:
    """`and` for `or`, and each part left out."""
    if not isinstance(node, ast.Logic):
        return
    parts = [source.at(item.span) for item in node.items]
    other = "or" if node.op == "and" else "and"
    yield "logic", source.replace(node.span, f" {other} ".join(parts))
    for left_out in range(len(parts)):
        kept = [part for i, part in enumerate(parts) if i != left_out]
        yield "part left out", source.replace(node.span, f" {node.op} ".join(kept))


def _bound(source: SourceText, node: object) -> Iterator[Slip]:
    """The least for the greatest."""
    if isinstance(node, ast.Name) and node.name in ("min", "max"):
        yield "function", source.replace(node.span, {"min": "max", "max": "min"}[node.name])


# ---------------------------------------------------------------- pattern


def _quantifier(source: SourceText, step: ast.Step) -> Iterator[Slip]:
    """One event more or less, an end to an open loop, strict for relaxed inside a loop."""
    loop = step.quantifier
    if loop is None:
        return
    if loop.minimum > 1:
        yield "quantifier", source.replace(loop.span, _braces(loop.minimum - 1, loop.maximum))
    if loop.maximum is None:
        yield "quantifier", source.replace(loop.span, _braces(loop.minimum + 1, None))
        yield "quantifier", source.replace(loop.span, _braces(loop.minimum, loop.minimum))
    else:
        yield "quantifier", source.replace(loop.span, _braces(loop.minimum, loop.maximum + 1))
        if loop.maximum > loop.minimum:
            yield "quantifier", source.replace(loop.span, _braces(loop.minimum, loop.maximum - 1))
    if not any(mode.name == "consecutive" for mode in step.modes):
        yield "contiguity", source.after(loop.span, " consecutive")


def _braces(minimum: int, maximum: int | None) -> str:
    return f"{{{minimum},{'' if maximum is None else maximum}}}"


def _step_key(source: SourceText, step: ast.Step | ast.Absent, candidates: list[str]) -> Iterator[Slip]:
    """Another field of the event as the key, or the key's own name."""
    for key in step.keys:
        if key.part is None and len(step.keys) == 1:
            yield "key left out", _without_key(source, key)
        for name in candidates:
            if name != source.at(key.path.span):
                yield "key", source.replace(key.path.span, name)


def _without_key(source: SourceText, key: ast.KeyPath) -> Edit:
    return source.join(source.before(key.span, r"\bby"), source.replace(key.span, ""))


def _loop_span(source: SourceText, step: ast.Step) -> Iterator[Slip]:
    if step.within is not None:
        yield from _span(source, step.within, step.within.value)
        yield (
            "span left out",
            source.join(source.before(step.within.span, r"\bwithin"), source.replace(step.within.span, "")),
        )


def _span(source: SourceText, node: ast.SpanValue | ast.Literal, value: int | str) -> Iterator[Slip]:
    """A millisecond more or less."""
    if isinstance(value, int):
        for changed in (value - MILLISECOND, value + MILLISECOND):
            yield "span", source.replace(node.span, f"{changed // MILLISECOND}ms")


def _absence(source: SourceText, absent: ast.Absent, candidates: list[str]) -> Iterator[Slip]:
    """Strict for relaxed, another span, another key."""
    if not absent.next:
        yield "contiguity", source.before(absent.event_span, r"\bwithout", "without next ")
    if absent.within is not None:
        yield from _span(source, absent.within, absent.within.value)
    yield from _step_key(source, absent, candidates)


def _link(source: SourceText, link: ast.Link) -> Iterator[Slip]:
    """Another contiguity; a gap a millisecond longer or shorter, or none."""
    start = source.offsets(link.span)[0]
    head = len(re.match(r"then(\s+(next|any)\b)?", source.text[start:]).group())  # type: ignore[union-attr]
    for mode in ("then", "next", "any"):
        if mode != link.mode:
            yield "contiguity", Edit(start, start + head, "then" if mode == "then" else f"then {mode}")
    for word, gap in (("within", link.within), ("after", link.after)):
        if gap is not None:
            yield from _span(source, gap, gap.value)
            yield "span left out", source.join(source.before(gap.span, rf"\b{word}"), source.replace(gap.span, ""))


def _removed(source: SourceText, steps: ast.Steps) -> Iterator[Slip]:
    """A line of the pattern forgotten (not the first: the next would have no `then`-less start)."""
    for item in steps.items[1:]:
        yield "line left out", source.replace(item.span, "")


# ---------------------------------------------------------------- header and clauses


def _header(source: SourceText, match: ast.Match, candidates: list[str]) -> Iterator[Slip]:
    """Another key, or none; a span a millisecond longer or shorter, or none."""
    if len(match.keys) == 1:
        yield "key left out", _without_key(source, match.keys[0])
    for key in match.keys:
        for name in candidates:
            if name != source.at(key.path.span):
                yield "key", source.replace(key.path.span, name)
    if match.within is not None:
        yield from _span(source, match.within, match.within.value)
        yield (
            "span left out",
            source.join(source.before(match.within.span, r"\bwithin"), source.replace(match.within.span, "")),
        )


SKIPS = ("past last", "to next", "nothing")


def _clauses(source: SourceText, rule: ast.Rule, match: ast.Match) -> Iterator[Slip]:
    """Another skip strategy, another throttle, a forgotten `on timeout`."""
    skip = next((clause for clause in rule.clauses if isinstance(clause, ast.Skip)), None)
    for words in SKIPS:
        written = f"after match skip {words}"
        if skip is not None and source.at(skip.span) != written:
            yield "skip", source.replace(skip.span, written)
        elif skip is None and words != "past last":
            yield "skip", source.after(match.span, f"\n  {written}")
    for clause in rule.clauses:
        if isinstance(clause, ast.Suppress):
            yield from _span(source, clause.within, clause.within.value)
            yield "clause left out", source.replace(clause.span, "")
        elif isinstance(clause, ast.OnTimeout):
            yield "clause left out", source.replace(clause.span, "")
