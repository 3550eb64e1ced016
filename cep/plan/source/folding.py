"""How aggregates are spelled: as registers that grow with each element, or folded from the elements.

The names are those of `plan.aggregates`, which the generated module finds among its globals.
"""

from __future__ import annotations

from decimal import Decimal

from cep.language.resolved import Aggregate
from cep.language.types import Kind, Type
from cep.plan.expressions.constants import Constants

ZEROS = {Kind.FLOAT: "0.0", Kind.INT: "0", Kind.DURATION: "0"}


def zero(type_: Type, constants: Constants) -> str:
    """What a sum over nothing is, in the type of the sum."""
    if type_.kind is Kind.DECIMAL:
        return constants.decimal(Decimal(0))
    return ZEROS.get(type_.kind, "0")


def folded(aggregate: Aggregate, elements: str, constants: Constants) -> str:
    """The aggregate over `elements`, the text of a list of its argument's values (of the elements for count)."""
    if aggregate.function == "count":
        return f"len({elements})"
    if aggregate.function in ("sum", "avg"):
        return f"fold_{aggregate.function}({elements}, {zero(aggregate.type, constants)})"
    return f"fold_{aggregate.function}({elements})"


def empty(function: str) -> str:
    """The register of an aggregate over nothing."""
    return "0" if function == "count" else "None"


def grown(function: str, register: str, value: str) -> str:
    """The register after one more element whose argument is `value`."""
    if function == "count":
        return f"{register} + 1"
    return f"grow_{function}({register}, {value})"


def result(function: str, register: str, type_: Type, constants: Constants) -> str:
    """The aggregate's value from its register."""
    if function == "count":
        return register
    if function == "sum":
        return f"({zero(type_, constants)} if {register} is None else {register})"
    if function in ("avg", "first", "last"):
        return f"result_{function}({register})"
    return register
