"""`and`, `or`, `not` in three-valued logic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.language.resolved import Compare, Expression, Logic, Not
from cep.plan.expressions import comparison
from cep.plan.expressions.code import FALSE, NONE, TRUE, Binding, Code, choice, conjunction, disjunction, negation
from cep.plan.expressions.nullness import may_be_null

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer


def true(writer: Writer, expression: Logic) -> Code:
    """True if all (one) of the items are true."""
    if expression.op == "or":
        return disjunction([writer.true(item) for item in expression.items])
    if (between := _between(writer, expression)) is not None:
        tests, chain = between
        return conjunction([*tests, chain])
    return conjunction([writer.true(item) for item in expression.items])


def false(writer: Writer, expression: Logic) -> Code:
    """False if one (all) of the items are false."""
    if expression.op == "or":
        return conjunction([writer.false(item) for item in expression.items])
    if (between := _between(writer, expression)) is not None:
        tests, chain = between
        return conjunction([*tests, negation(chain)])
    return disjunction([writer.false(item) for item in expression.items])


def value(writer: Writer, expression: Logic) -> Code:
    """True, False or None, evaluating each item once and none after the one that decides."""
    if not may_be_null(expression):
        return true(writer, expression)
    if (between := _between(writer, expression)) is not None:
        tests, chain = between
        return choice(conjunction(tests), chain, NONE)
    decisive, other = (FALSE, TRUE) if expression.op == "and" else (TRUE, FALSE)
    decided: list[Code] = []
    unknown: list[Code] = []
    for item in expression.items:
        if may_be_null(item):
            name = Code(writer.scope.fresh())
            decided.append(Code(f"({name.text} := {writer.value(item).text}) is {decisive.text}", Binding.COMPARE))
            unknown.append(Code(f"{name.text} is None", Binding.COMPARE))
        else:
            decided.append(writer.true(item) if expression.op == "or" else writer.false(item))
    return choice(disjunction(decided), decisive, choice(disjunction(unknown), NONE, other))


def inverse(writer: Writer, expression: Not) -> Code:
    """`not` as a value."""
    if not may_be_null(expression.value):
        return writer.false(expression.value)
    if isinstance(expression.value, Compare):
        return comparison.opposite(writer, expression.value)
    test, name = writer.tested(writer.value(expression.value))
    return choice(test, negation(name), NONE)


def _between(writer: Writer, expression: Logic) -> tuple[list[Code], Code] | None:
    """`low <= x <= high` for `x >= low and x <= high`, as `between` is resolved, so that x is evaluated once; and the
    tests that x is not null. None for any other logic, also if a bound may be null: then one side may decide."""
    parts = _between_parts(expression)
    if parts is None or may_be_null(parts[1]) or may_be_null(parts[2]):
        return None
    tests, (middle, low, high) = writer.operands(parts)
    chain = f"{low.inside(Binding.SUM)} <= {middle.inside(Binding.SUM)} <= {high.inside(Binding.SUM)}"
    return tests, Code(chain, Binding.COMPARE)


def _between_parts(expression: Logic) -> tuple[Expression, Expression, Expression] | None:
    match expression.items:
        case (Compare(op=">=") as low, Compare(op="<=") as high) if low.left == high.left:
            return low.left, low.right, high.right
        case _:
            return None
