"""The writer: turns resolved expressions into Python source by asking the module that knows each construct."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cep.language.resolved import (
    Aggregate,
    Arithmetic,
    Call,
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Convert,
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
    PythonCall,
    RecordLiteral,
)
from cep.plan.expressions import arithmetic, calls, comparison, literals, logic, membership, text
from cep.plan.expressions.code import FALSE, NONE, TRUE, Binding, Code, choice, conjunction, negation
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.nullness import may_be_null
from cep.plan.expressions.scope import Scope
from cep.plan.names import global_name


class Writer:
    """Writes expressions for one generated function.

    Three-valued logic costs no object at run time: `true` and `false` are two plain Python conditions for the same
    expression, and where neither holds it is unknown. `value` gives True, False or None.
    """

    def __init__(self, scope: Scope, constants: Constants) -> None:
        self.scope = scope
        self.constants = constants

    def value(self, expression: Expression) -> Code:
        """The value, None for null and unknown."""
        match expression:
            case Constant():
                return literals.constant(self, expression)
            case FieldOf():
                return Code(self.scope.field(expression))
            case KeyPart():
                return Code(self.scope.key(expression))
            case Aggregate():
                return Code(self.scope.aggregate(expression))
            case ParamValue():
                return Code(global_name("P", expression.name))
            case ListValue():
                return Code(global_name("L", expression.name))
            case Convert():
                return arithmetic.convert(self, expression)
            case Negate():
                return arithmetic.negate(self, expression)
            case Arithmetic():
                return arithmetic.operate(self, expression)
            case Compare():
                return comparison.value(self, expression)
            case Logic():
                return logic.value(self, expression)
            case Not():
                return logic.inverse(self, expression)
            case In():
                return membership.value(self, expression)
            case Like() | Matches():
                return self.lifted([expression.value], lambda parts: text.matched(self, expression, parts[0]))
            case IsNull():
                return self.true(expression)
            case Coalesce():
                return self.first_not_null(expression.items)
            case Conditional():
                return self._conditional(expression)
            case ItemAt():
                return calls.item(self, expression)
            case ListLiteral():
                return literals.list_of(self, expression)
            case RecordLiteral():
                return literals.record(self, expression)
            case Call():
                return calls.built_in(self, expression)
            case PythonCall():
                return calls.python(self, expression)

    def true(self, expression: Expression) -> Code:
        """A condition that holds exactly when the expression is true."""
        match expression:
            case Logic():
                return logic.true(self, expression)
            case Not():
                return self.false(expression.value)
            case Compare():
                return comparison.true(self, expression)
            case In():
                return membership.true(self, expression)
            case Like() | Matches():
                return self.guarded([expression.value], lambda parts: text.matched(self, expression, parts[0]))
            case IsNull():
                return self._is_null(expression)
            case Conditional():
                condition = self.true(expression.condition)
                return choice(condition, self.true(expression.then), self.true(expression.otherwise))
            case _:
                return FALSE if (code := self.value(expression)) == NONE else code

    def false(self, expression: Expression) -> Code:
        """A condition that holds exactly when the expression is false."""
        match expression:
            case Logic():
                return logic.false(self, expression)
            case Not():
                return self.true(expression.value)
            case Compare():
                return comparison.false(self, expression)
            case In():
                return membership.false(self, expression)
            case Like() | Matches():
                return self.guarded(
                    [expression.value], lambda parts: negation(text.matched(self, expression, parts[0]))
                )
            case IsNull():
                return self._is_not_null(expression)
            case Conditional():
                condition = self.true(expression.condition)
                return choice(condition, self.false(expression.then), self.false(expression.otherwise))
            case _:
                return self._plain_false(expression)

    def operands(self, expressions: Sequence[Expression]) -> tuple[list[Code], list[Code]]:
        """Code for each operand, and the tests that none of them is null. The tests must run before the operands
        are used, since they name each nullable operand so that it is evaluated once."""
        tests: list[Code] = []
        codes: list[Code] = []
        for expression in expressions:
            code = self.value(expression)
            if may_be_null(expression):
                test, code = self.tested(code)
                tests.append(test)
            codes.append(code)
        return tests, codes

    def tested(self, code: Code) -> tuple[Code, Code]:
        """The test that `code` is not null, and the name by which to read it afterwards."""
        if code.is_name:
            return Code(f"{code.text} is not None", Binding.COMPARE), code
        name = self.scope.fresh()
        return Code(f"({name} := {code.text}) is not None", Binding.COMPARE), Code(name)

    def lifted(self, expressions: Sequence[Expression], build: Callable[[list[Code]], Code]) -> Code:
        """What `build` makes of the operands, null if one of them is null."""
        tests, codes = self.operands(expressions)
        built = build(codes)
        return choice(conjunction(tests), built, NONE) if tests else built

    def guarded(self, expressions: Sequence[Expression], build: Callable[[list[Code]], Code]) -> Code:
        """A condition: no operand is null, and what `build` makes of them holds."""
        tests, codes = self.operands(expressions)
        return conjunction([*tests, build(codes)])

    def first_not_null(self, items: Sequence[Expression]) -> Code:
        """`a ?? b ?? c`."""
        code = self.value(items[0])
        if len(items) == 1 or not may_be_null(items[0]):
            return code
        if code == NONE:
            return self.first_not_null(items[1:])
        test, name = self.tested(code)
        return choice(test, name, self.first_not_null(items[1:]))

    def _conditional(self, expression: Conditional) -> Code:
        condition = self.true(expression.condition)
        return choice(condition, self.value(expression.then), self.value(expression.otherwise))

    def _is_null(self, expression: IsNull) -> Code:
        if not may_be_null(expression.value):
            return FALSE
        return Code(f"{self.value(expression.value).inside(Binding.SUM)} is None", Binding.COMPARE)

    def _is_not_null(self, expression: IsNull) -> Code:
        if not may_be_null(expression.value):
            return TRUE
        return Code(f"{self.value(expression.value).inside(Binding.SUM)} is not None", Binding.COMPARE)

    def _plain_false(self, expression: Expression) -> Code:
        code = self.value(expression)
        if not may_be_null(expression):
            return negation(code)
        return Code(f"{code.inside(Binding.SUM)} is False", Binding.COMPARE)
