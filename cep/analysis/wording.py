"""Resolved expressions as text of the rule language: what a rule author would write for them.

`define`s and `let`s are shown with their bodies, `between` as its two comparisons, conversions not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from cep.analysis.literals import constant_text, name_text, path_text, string_text
from cep.language.resolved import (
    Aggregate,
    Arithmetic,
    Bound,
    Call,
    Candidate,
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Convert,
    Element,
    Expression,
    FieldOf,
    In,
    IsNull,
    ItemAt,
    KeyPart,
    Like,
    ListLiteral,
    ListValue,
    Logic,
    Matches,
    Negate,
    Not,
    ParamValue,
    Previous,
    PythonCall,
    RecordLiteral,
)

CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, COALESCE, UNARY, POSTFIX, ATOM = range(11)
"""How tightly a part binds, as in the grammar."""

_LIST_TESTS = {"any_of": "any", "all_of": "all"}


@dataclass(frozen=True, slots=True)
class Names:
    """The steps of the rule: a field that bears the name of one is written `self.name`, a field of an optional one
    `step?.field`."""

    steps: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def expression_text(expression: Expression, names: Names | None = None) -> str:
    """An expression in the rule language."""
    return _Writer(names or Names()).text(expression)


def element_text(expression: Expression, step: str, names: Names | None = None) -> str:
    """What is aggregated of each element of `step`."""
    return _Writer(names or Names(), f"{name_text(step)}.").text(expression)


class _Writer:
    """Writes an expression; `element` is how a field of the element of the aggregate around it begins."""

    def __init__(self, names: Names, element: str = "") -> None:
        self.names = names
        self.element = element

    def text(self, expression: Expression, least: int = CONDITIONAL) -> str:
        """The text, in parentheses if it binds less tightly than `least`."""
        binding, text = self.written(expression)
        return f"({text})" if binding < least else text

    def written(self, node: Expression) -> tuple[int, str]:
        """How tightly the text binds, and the text."""
        match node:
            case Convert():
                return self.written(node.value)
            case Constant():
                text = constant_text(node.value, node.type)
                return UNARY if text.startswith("-") else ATOM, text
            case FieldOf():
                return ATOM if isinstance(node.source, Previous) else POSTFIX, self.field(node)
            case KeyPart():
                return ATOM, name_text(node.name)
            case ParamValue() | ListValue():
                return ATOM, name_text(node.name.rpartition(".")[2])
            case ItemAt():
                return POSTFIX, f"{self.text(node.value, POSTFIX)}[{self.text(node.index)}]"
            case ListLiteral():
                return ATOM, f"[{self.listed(node.items)}]"
            case RecordLiteral():
                pairs = (f"{name_text(name)}: {self.text(value)}" for name, value in node.items)
                return ATOM, "{ " + ", ".join(pairs) + " }"
            case Call():
                return POSTFIX, f"{_LIST_TESTS.get(node.function, node.function)}({self.listed(node.arguments)})"
            case PythonCall():
                return POSTFIX, f"{name_text(node.name.rpartition('.')[2])}({self.listed(node.arguments)})"
            case Aggregate():
                return POSTFIX, self.aggregate(node)
            case _:
                return self.operation(node)

    def operation(self, node: Expression) -> tuple[int, str]:
        """The same of a node with operators."""
        match node:
            case Conditional():
                parts = [self.text(part, OR) for part in (node.then, node.condition)]
                return CONDITIONAL, f"{parts[0]} if {parts[1]} else {self.text(node.otherwise)}"
            case Logic():
                binding = OR if node.op == "or" else AND
                return binding, f" {node.op} ".join(self.text(item, binding + 1) for item in node.items)
            case Not():
                return self.negation(node.value)
            case Compare():
                return COMPARISON, f"{self.text(node.left, SUM)} {node.op} {self.text(node.right, SUM)}"
            case In() | Like() | Matches() | IsNull():
                return COMPARISON, self.question(node, "")
            case Arithmetic():
                binding = SUM if node.op in "+-" else PRODUCT
                return binding, f"{self.text(node.left, binding)} {node.op} {self.text(node.right, binding + 1)}"
            case Coalesce():
                return COALESCE, " ?? ".join(self.text(item, UNARY) for item in node.items)
            case Negate():
                return UNARY, "-" + self.text(node.value, UNARY)
            case _:
                raise TypeError(f"{type(node).__name__} has no operator")

    def negation(self, value: Expression) -> tuple[int, str]:
        """`not` before its operand, or inside `not in`, `is not null` and the like."""
        if isinstance(value, In | Like | Matches | IsNull):
            asked = self.question(value, "not ")
            if asked:
                return COMPARISON, asked
        return NOT, f"not {self.text(value, NOT)}"

    def question(self, node: In | Like | Matches | IsNull, negated: str) -> str:
        """`in`, `like`, `matches`, `is null`, and what negates them."""
        value = self.text(node.value, SUM)
        if isinstance(node, IsNull):
            return f"{value} is {negated}null"
        if isinstance(node, In):
            return f"{value} {negated}in {self.text(node.container, SUM)}"
        word = ("i" if node.ignore_case else "") + type(node).__name__.lower()
        patterns = [string_text(pattern) for pattern in node.patterns]
        return f"{value} {negated}{word} {patterns[0] if len(patterns) == 1 else '(' + ', '.join(patterns) + ')'}"

    def field(self, node: FieldOf) -> str:
        """A field, with the event it is of unless that is the event under test."""
        path = path_text(node.path)
        match node.source:
            case Candidate():
                return f"self.{path}" if node.path[0] in self.names.steps else path
            case Bound(step):
                return f"{name_text(step)}{'?.' if step in self.names.optional else '.'}{path}"
            case Previous(back):
                return f"prev({path})" if back == 1 else f"prev({path}, {back})"
            case Element():
                return self.element + path

    def aggregate(self, node: Aggregate) -> str:
        """An aggregate over a step, or over the own loop."""
        step = "" if node.step is None else name_text(node.step)
        if node.argument is None:
            return f"{node.function}({step})"
        own = node.step is None and isinstance(node.argument, FieldOf) and node.argument.path[0] in self.names.steps
        inside = _Writer(self.names, f"{step}." if step else "self." if own else "")
        return f"{node.function}({inside.text(node.argument)})"

    def listed(self, items: tuple[Expression, ...]) -> str:
        """Items with commas."""
        return ", ".join(self.text(item) for item in items)
