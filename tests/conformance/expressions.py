"""Conditions of the conformance form (a subset of Python's syntax) as expressions of the language."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.conformance.skipping import Skipped

_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with", "coalesce": "coalesce"}
_OVER_STAGES = {"sum", "count", "first", "last"}

NULL = "null"
UNKNOWN = "unknown"
"""A comparison with null: it makes the whole condition false."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands.

    `own`: the stage it belongs to, if that is a loop. `counted`: whether the own aggregates of the language include
    the candidate there (they do in `where`, not in `until`). `known`: step names by stage that may be bound there, in
    order; other stages have no events. `first_take`: read it as it is on the loop's first element. `fields`: field
    names of the language by the case's.
    """

    own: str | None = None
    counted: bool = True
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first_take: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def condition(source: str, place: Place) -> str | None:
    """A `where` or `until` condition; None where it is always true.

    On a loop's first element the language leaves out what uses `prev`, where the form compares with null; so what is
    left of the condition there is added as a part of its own.
    """
    tree = ast.parse(source, mode="eval").body
    text = _Writer(place).write(tree)
    if text == "true":
        return None
    if "prev(" not in text or place.first_take:
        return _settled(text)
    at_first = _settled(_Writer(Place(place.own, place.counted, place.known, True, place.fields)).write(tree))
    if at_first == "true":
        return text
    if at_first == "false":
        return f"count() > 1 and {_part(text)}"
    return f"(count() > 1 or {at_first}) and {_part(text)}"


def _settled(text: str) -> str:
    return "false" if text in (UNKNOWN, NULL) else text


def _part(text: str) -> str:
    return f"({text})"


class _Writer:
    def __init__(self, place: Place) -> None:
        self.place = place

    def write(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp():
                return self._logic(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negated(self.write(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self._inside(operand)}"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(left, op, right)
            case ast.BinOp(left=left, op=op, right=right):
                sides = self._inside(left), self._inside(right)
                return NULL if NULL in sides else f"{sides[0]} {_ARITHMETIC[type(op)]} {sides[1]}"
            case ast.Constant(value=value):
                return literal(value)
            case ast.Name(id=name):
                return self.place.fields.get(name, name)
            case ast.Call():
                return self._call(node)
        raise Skipped(f"an expression the form does not describe: {ast.dump(node)}")

    def _inside(self, node: ast.expr) -> str:
        text = self.write(node)
        return f"({text})" if isinstance(node, ast.BinOp | ast.BoolOp | ast.Compare) and text != NULL else text

    def _logic(self, node: ast.BoolOp) -> str:
        """`and` / `or` from left to right; what is decided, or stopped by an unknown part, is left out."""
        is_or = isinstance(node.op, ast.Or)
        decided, neutral = ("true", "false") if is_or else ("false", "true")
        parts: list[str] = []
        for value in node.values:
            text = self.write(value)
            if text == UNKNOWN:
                if not is_or or not parts:
                    return UNKNOWN
                break
            if text == decided:
                return decided
            if text != neutral:
                parts.append(f"({text})" if isinstance(value, ast.BoolOp) else text)
        return (" or " if is_or else " and ").join(parts) if parts else neutral

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        sides = self._inside(left), self._inside(right)
        if NULL in sides:
            return UNKNOWN
        return f"{sides[0]} {_COMPARE[type(op)]} {sides[1]}"

    # ------------------------------------------------------------ functions

    def _call(self, node: ast.Call) -> str:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in _OVER_STAGES:
            return self._over_stage(name, node.args)
        arguments = [self.write(argument) for argument in node.args]
        if name == "isnull":
            return "true" if arguments[0] == NULL else f"{arguments[0]} is null"
        if name == "coalesce":
            given = [a for a in arguments if a != NULL]
            return f"coalesce({', '.join(given)})" if len(given) > 1 else given[0] if given else NULL
        if name == "idiv":
            return f"floor({arguments[0]} / {arguments[1]})"
        return f"{_FUNCTIONS[name]}({', '.join(arguments)})"

    def _over_stage(self, name: str, arguments: list[ast.expr]) -> str:
        values = [a.value if isinstance(a, ast.Constant) else None for a in arguments]
        stage = str(values[0])
        field_name = self.place.fields.get(str(values[1]), str(values[1])) if len(values) > 1 else None
        back = int(str(values[2])) if len(values) > 2 else 0
        if stage == "*":
            raise Skipped("`*` pseudo-stage in aggregates")
        earlier = [_over_step(name, step, field_name, back) for step in self.place.known.get(stage, ())]
        if stage == self.place.own:
            earlier.append(self._over_own(name, field_name, back))
        return _over_all(name, [text for text in earlier if text not in (NULL, "0")])

    def _over_own(self, name: str, field_name: str | None, back: int) -> str:
        place = self.place
        if place.first_take:
            return {"sum": "0", "count": "0"}.get(name, NULL)
        if not place.counted:
            call = f"{name}({field_name or ''})"
            if back:
                index = f"-{back + 1}" if name == "last" else str(back)
                call = f"collect({field_name})[{index}]"
            return call
        match name:
            case "sum":
                return f"(sum({field_name}) - {field_name})"
            case "count":
                return "(count() - 1)"
            case "last":
                return f"prev({field_name}, {back + 1})" if back else f"prev({field_name})"
        value = f"collect({field_name})[{back}]" if back else f"first({field_name})"
        return f"({value} if count() > {back + 1} else null)"


def _over_all(name: str, texts: list[str]) -> str:
    """An aggregate over a stage from those over its steps, in the order of time."""
    if not texts:
        return {"sum": "0", "count": "0"}.get(name, NULL)
    if len(texts) == 1:
        return texts[0]
    if name in ("sum", "count"):
        return f"({' + '.join(texts)})"
    return f"coalesce({', '.join(texts if name == 'first' else texts[::-1])})"


def _over_step(name: str, step: str, field_name: str | None, back: int) -> str:
    if field_name is None:
        return f"{name}({step})"
    if back:
        index = f"-{back + 1}" if name == "last" else str(back)
        return f"collect({step}.{field_name})[{index}]"
    return f"{name}({step}.{field_name})"


def _negated(text: str) -> str:
    if text in (UNKNOWN, "true", "false"):
        return {"true": "false", "false": "true"}.get(text, UNKNOWN)
    return f"not ({text})"


def literal(value: object) -> str:
    """A constant in the language."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
