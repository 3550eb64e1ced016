"""Conditions of the conformance form (a subset of Python's syntax) as expressions of the language."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.conformance.skipping import Skipped

_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FUNCTIONS = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with", "coalesce": "coalesce"}
_OVER_STAGES = {"sum", "count", "first", "last"}

NULL = "null"
NEVER = "not true"
"""A condition that is never true; `false` in its place is an error in the language."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands.

    `own`: the stage it belongs to, if that is a loop. `counted`: whether the own aggregates of the language include
    the candidate there (they do in `where`, not in `until`). `known`: step names by stage that may be bound there, in
    order; other stages have no events. `first_take`: read it as it is on the loop's first element. `fields`: field
    names of the language by the case's. `nullable`: those of the language that may be null.
    `opaque`: write conditions so that none is refused since it can never be true.
    """

    own: str | None = None
    counted: bool = True
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first_take: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    opaque: bool = False


def condition(source: str, place: Place, refused: bool = False) -> str | None:
    """A `where` or `until` condition, or that it is not met (`refused`); None where it is always true.

    On a loop's first element the language leaves out what uses `prev`, where the form compares with null; so what is
    left of the condition there is added as a part of its own.
    """
    tree = _without_chains(ast.parse(source, mode="eval").body)
    text = _Writer(place).condition(tree, refused)
    if text in ("true", "false"):
        return None if text == "true" else NEVER
    if "prev(" not in text:
        return f"coalesce({text}, false)" if place.opaque else text
    at_first = _Writer(replace(place, first_take=True)).condition(tree, refused)
    if at_first == "true":
        return text
    if at_first == "false":
        return f"count() > 1 and ({text})"
    return f"(count() > 1 or {at_first}) and ({text})"


def _without_chains(tree: ast.expr) -> ast.expr:
    """`1 < price < 5`, which the language refuses, as the two comparisons it stands for."""
    return ast.parse(ast.unparse(_Unchained().visit(tree)), mode="eval").body


class _Unchained(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """One comparison for each operator."""
        self.generic_visit(node)
        if len(node.ops) == 1:
            return node
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        return ast.BoolOp(ast.And(), [ast.Compare(left, [op], [right]) for left, op, right in pairs])


class _Writer:
    """Writes expressions of the form as those of the language.

    The language's logic has three values, of which `or` finds the true one on either side. In the form a null that is
    met, from left to right, makes the whole condition false. The two differ where `or` has a part that may meet a null
    before its last one (and `and` below a `not`); there `defined` is required beside `truth`.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    def condition(self, node: ast.expr, refused: bool) -> str:
        """A whole condition; `true` and `false` stand alone."""
        text = self.truth(node, True)
        if refused or self._is_too_true(node, True):
            text = _all([self.defined(node), text])
        return _negated(text) if refused else text

    # ------------------------------------------------------------ truth

    def truth(self, node: ast.expr, positive: bool) -> str:
        """A condition by the language's own logic. `positive`: not below a `not`. A part that always meets a null is
        what keeps the whole from being true."""
        match node:
            case ast.BoolOp():
                write = _any if isinstance(node.op, ast.Or) else _all
                return write([self.truth(part, positive) for part in self._reached(node)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negated(self.truth(operand, not positive))
            case ast.Compare(ops=[op]) if type(op) not in _COMPARE:
                raise ValueError(f"the form does not describe: {ast.unparse(node)}")
            case _ if self.defined(node) == "false":
                return "false" if positive else "true"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _settled(f"{self._inside(left)} {_COMPARE[type(op)]} {self._inside(right)}")
        return self.write(node)

    def _reached(self, node: ast.BoolOp) -> list[ast.expr]:
        """The parts up to the first that always meets a null."""
        reached = []
        for part in node.values:
            reached.append(part)
            if self.defined(part) == "false":
                break
        return reached

    def _is_too_true(self, node: ast.expr, positive: bool) -> bool:
        """Whether the language's logic may find a condition true (false, if not `positive`) that has met a null."""
        match node:
            case ast.BoolOp(op=op):
                reached = self._reached(node)
                hidden = isinstance(op, ast.Or) == positive and any(self.defined(p) != "true" for p in reached[:-1])
                return hidden or any(self._is_too_true(part, positive) for part in reached)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._is_too_true(operand, not positive)
            case ast.Compare(left=left, comparators=[right]):
                return any(isinstance(n, ast.BoolOp) and self.defined(n) != "true" for n in (left, right))
        return False

    def defined(self, node: ast.expr) -> str:
        """When an expression is evaluated without a null: `true`, `false` or a condition that is never unknown itself.
        Parts that `and` and `or` do not come to are not evaluated."""
        match node:
            case ast.BoolOp(op=op, values=values):
                text = self.defined(values[-1])
                for part in reversed(values[:-1]):
                    stops = self.truth(part, True)
                    stops = stops if isinstance(op, ast.Or) else _negated(stops)
                    text = _all([self.defined(part), _any([stops, text])])
                return text
            case ast.UnaryOp(operand=operand):
                return self.defined(operand)
            case ast.Compare(left=left, comparators=comparators):
                return _all([self.defined(side) for side in (left, *comparators)])
            case ast.BinOp(left=left, right=right):
                return _all([self.defined(left), self.defined(right)])
            case ast.Constant(value=value):
                return "false" if value is None else "true"
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._defined_call(node, name, arguments)
        text = self.write(node)
        return f"{text} is not null" if text in self.place.nullable else "true"

    def _defined_call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> str:
        if name in ("isnull", "sum", "count"):
            return "true"
        if name in ("coalesce", "first", "last"):
            text = self.write(node)
            never = name == "coalesce" and "true" in [self.defined(argument) for argument in arguments]
            return "true" if never else "false" if text == NULL else f"{text} is not null"
        return _all([self.defined(argument) for argument in arguments])

    # ------------------------------------------------------------ values

    def write(self, node: ast.expr) -> str:
        """A value; `null` where it always is."""
        match node:
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self.truth(node, True)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                text = self._inside(operand)
                return NULL if text == NULL else f"-{text}"
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _ARITHMETIC:
                    raise ValueError(f"the form does not describe: {ast.unparse(node)}")
                sides = self._inside(left), self._inside(right)
                return NULL if NULL in sides else f"{sides[0]} {_ARITHMETIC[type(op)]} {sides[1]}"
            case ast.Constant(value=value):
                return literal(value)
            case ast.Name(id=name):
                return self.place.fields.get(name, name)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        raise ValueError(f"the form does not describe: {ast.unparse(node)}")

    def _inside(self, node: ast.expr) -> str:
        """As a part of something that binds closer."""
        text = self.write(node)
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        plain = negative or isinstance(node, ast.Name | ast.Constant) or text == NULL
        return text if plain or (isinstance(node, ast.Call) and not text.endswith(" null")) else f"({text})"

    # ------------------------------------------------------------ functions

    def _call(self, name: str, nodes: list[ast.expr]) -> str:
        if name in _OVER_STAGES:
            return self._over_stage(name, nodes)
        arguments = [self.write(argument) for argument in nodes]
        if name == "isnull":
            never = self.defined(nodes[0])
            return _negated(never) if never in ("true", "false") else f"{self._inside(nodes[0])} is null"
        if name == "coalesce":
            given = [a for a in arguments if a != NULL]
            return f"coalesce({', '.join(given)})" if len(given) > 1 else given[0] if given else NULL
        if NULL in arguments:
            return NULL
        if name == "idiv":
            return f"floor({self._inside(nodes[0])} / {self._inside(nodes[1])})"
        if name not in _FUNCTIONS:
            raise ValueError(f"the form does not describe: {name}(…)")
        return f"{_FUNCTIONS[name]}({', '.join(arguments)})"

    def _over_stage(self, name: str, arguments: list[ast.expr]) -> str:
        values = [a.value if isinstance(a, ast.Constant) else None for a in arguments]
        stage = str(values[0])
        field_name = self.place.fields.get(str(values[1]), str(values[1])) if len(values) > 1 else None
        back = int(str(values[2])) if len(values) > 2 else 0
        if stage == "*":
            raise Skipped("`*` pseudo-stage in aggregates")
        if name == "count" and field_name not in self.place.nullable:
            field_name = None
        steps = self.place.known.get(stage, ())
        own = stage == self.place.own and not self.place.first_take
        several = len(steps) + own > 1
        if name in ("first", "last") and field_name and several and (back or field_name in self.place.nullable):
            return self._among(name, steps, own, field_name, back)
        earlier = [_over_step(name, step, field_name, back) for step in steps]
        if stage == self.place.own:
            earlier.append(self._over_own(name, field_name, back))
        return _over_all(name, [text for text in earlier if text not in (NULL, "0")])

    def _among(self, name: str, steps: tuple[str, ...], own: bool, field_name: str, back: int) -> str:
        """The field of the event at a place counted over several steps, whose value may be null."""
        values = [(f"count({step})", f"collect({step}.{field_name})") for step in steps]
        if own:
            values.append(("(count() - 1)" if self.place.counted else "count()", f"collect({field_name})"))
        places = [str(back)]
        ordered = values if name == "first" else values[::-1]
        for count, _ in ordered[:-1]:
            places.append(f"{places[-1]} - {count}")
        text = NULL
        for (count, found), at in zip(reversed(ordered), reversed(places), strict=True):
            index = at if name == "first" else f"{count} - 1 - ({at})"
            text = f"({found}[{index}] if {count} > {at} else {text})"
        return text

    def _over_own(self, name: str, field_name: str | None, back: int) -> str:
        place = self.place
        if place.first_take:
            return {"sum": "0", "count": "0"}.get(name, NULL)
        if not place.counted:
            call = f"sum({_as_one(field_name)})" if name == "count" and field_name else f"{name}({field_name or ''})"
            if back:
                index = f"-{back + 1}" if name == "last" else str(back)
                call = f"collect({field_name})[{index}]"
            return call
        match name:
            case "sum":
                own = f"coalesce({field_name}, 0)" if field_name in place.nullable else field_name
                return f"(sum({field_name}) - {own})"
            case "count" if field_name:
                return f"(sum({_as_one(field_name)}) - ({_as_one(field_name)}))"
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
    if name == "count":
        return f"sum({_as_one(f'{step}.{field_name}')})"
    if back:
        index = f"-{back + 1}" if name == "last" else str(back)
        return f"collect({step}.{field_name})[{index}]"
    return f"{name}({step}.{field_name})"


def _as_one(text: str) -> str:
    """What a field adds to the count of those that are there: as in SQL, `count` of a field leaves nulls out."""
    return f"0 if {text} is null else 1"


def _any(parts: list[str]) -> str:
    if "true" in parts:
        return "true"
    found = [part for part in dict.fromkeys(parts) if part != "false"]
    return " or ".join(_grouped(part) for part in found) if len(found) > 1 else found[0] if found else "false"


def _all(parts: list[str]) -> str:
    if "false" in parts:
        return "false"
    found = [part for part in dict.fromkeys(parts) if part != "true"]
    return " and ".join(_grouped(part) for part in found) if len(found) > 1 else found[0] if found else "true"


def _grouped(text: str) -> str:
    """In parentheses, if it is a chain itself."""
    bare = re.sub(r'"(\\.|[^"\\])*"', "", text)
    while (outer := re.sub(r"\([^()]*\)", "", bare)) != bare:
        bare = outer
    return f"({text})" if re.search(r" (or|and) ", bare) else text


def _settled(comparison: str) -> str:
    """`true` or `false` for a comparison of constants, which the language refuses where it is false."""
    if re.search(r"[^-+*()\d. <>=!]", re.sub(r'"[\w ]*"', "", comparison)):
        return comparison
    return "true" if eval(comparison) else "false"


def _negated(text: str) -> str:
    if text in ("true", "false"):
        return "false" if text == "true" else "true"
    return f"not ({text})"


_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def literal(value: object) -> str:
    """A constant in the language."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    return str(value)
