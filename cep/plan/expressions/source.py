"""From resolved expressions to Python source text.

The text of each function binds at least as tightly as a comparison, everything looser is in parentheses: it can stand
as an operand of `and` and `or`, as an argument, on the right of `=`, after `if` and `return`.
"""

from __future__ import annotations

from cep.language.resolved import Expression
from cep.plan.expressions.code import Binding
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.scope import Scope
from cep.plan.expressions.writer import Writer


def value(expression: Expression, scope: Scope, constants: Constants) -> str:
    """Source of the value in run-time form, None for null and for unknown."""
    return Writer(scope, constants).value(expression).inside(Binding.COMPARE)


def when_true(expression: Expression, scope: Scope, constants: Constants) -> str:
    """Source of a condition that is truthy exactly when the expression is true (unknown counts as no)."""
    return Writer(scope, constants).true(expression).inside(Binding.COMPARE)


def when_false(expression: Expression, scope: Scope, constants: Constants) -> str:
    """Source of a condition that is truthy exactly when the expression is false (unknown counts as no)."""
    return Writer(scope, constants).false(expression).inside(Binding.COMPARE)
