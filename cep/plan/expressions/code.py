"""Pieces of Python source that know how tightly they bind, so that parentheses appear only where needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Binding(IntEnum):
    """How tightly the outermost operator of a piece binds; the order is Python's."""

    LOOSE = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    SUM = 5
    PRODUCT = 6
    UNARY = 7
    ATOM = 8


@dataclass(frozen=True, slots=True)
class Code:
    """Source of one expression. `binding` LOOSE is a conditional or an assignment expression."""

    text: str
    binding: Binding = Binding.ATOM

    def inside(self, binding: Binding) -> str:
        """The text as an operand of an operator that needs at least `binding`, in parentheses if necessary."""
        return self.text if self.binding >= binding else f"({self.text})"

    @property
    def is_name(self) -> bool:
        """Whether it is a bare name, which costs nothing to read twice."""
        return self.text.isidentifier()


TRUE = Code("True")
FALSE = Code("False")
NONE = Code("None")


def conjunction(parts: list[Code]) -> Code:
    """`a and b`; true for no parts."""
    return _join("and", Binding.AND, parts, TRUE)


def disjunction(parts: list[Code]) -> Code:
    """`a or b`; false for no parts."""
    return _join("or", Binding.OR, parts, FALSE)


def _join(word: str, binding: Binding, parts: list[Code], empty: Code) -> Code:
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    return Code(f" {word} ".join(part.inside(binding) for part in parts), binding)


def negation(part: Code) -> Code:
    """`not a`."""
    return Code(f"not {part.inside(Binding.NOT)}", Binding.NOT)


def choice(condition: Code, then: Code, otherwise: Code) -> Code:
    """`then if condition else otherwise`."""
    text = f"{then.inside(Binding.OR)} if {condition.inside(Binding.OR)} else {otherwise.text}"
    return Code(text, Binding.LOOSE)


def call(function: str, *arguments: Code) -> Code:
    """`function(arguments)`."""
    return Code(f"{function}({', '.join(argument.text for argument in arguments)})")
