"""`x in container`: unknown when x is null, or when it is not found and an element is null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.language.resolved import Constant, Expression, In, ListLiteral, ListValue
from cep.language.types import Kind
from cep.plan.expressions import literals
from cep.plan.expressions.code import FALSE, NONE, TRUE, Binding, Code, choice, conjunction
from cep.plan.expressions.nullness import container_may_decide_nothing, elements_may_be_null, may_be_null
from cep.plan.names import global_name

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer

_HASHABLE = {Kind.STRING, Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION, Kind.ENUM}


def value(writer: Writer, expression: In) -> Code:
    """True, False or None."""
    tests, (item,) = writer.operands([expression.value])
    if not container_may_decide_nothing(expression.container):
        found = _found(item, "in", _container(writer, expression.container))
        return choice(conjunction(tests), found, NONE) if tests else found
    present, container = _present(writer, expression.container)
    found = _found(item, "in", container)
    if elements_may_be_null(expression.container):
        missing = choice(_found(NONE, "in", container), NONE, FALSE)
        found = choice(found, TRUE, missing)
    tests += present
    return choice(conjunction(tests), found, NONE) if tests else found


def true(writer: Writer, expression: In) -> Code:
    """Holds when the value is an element."""
    container = expression.container
    if may_be_null(container) or elements_may_be_null(container):
        tests, (item,) = writer.operands([expression.value])
        present, code = _present(writer, container)
        return conjunction([*tests, *present, _found(item, "in", code)])
    if _is_null_literal(expression.value):
        return FALSE
    return _found(writer.value(expression.value), "in", _container(writer, container))


def false(writer: Writer, expression: In) -> Code:
    """Holds when neither the value nor any element is null and the value is no element."""
    tests, (item,) = writer.operands([expression.value])
    present, code = _present(writer, expression.container)
    parts = [*tests, *present, _found(item, "not in", code)]
    if elements_may_be_null(expression.container):
        parts.append(_found(NONE, "not in", code))
    return conjunction(parts)


def _found(item: Code, word: str, container: Code) -> Code:
    return Code(f"{item.inside(Binding.SUM)} {word} {container.inside(Binding.SUM)}", Binding.COMPARE)


def _present(writer: Writer, container: Expression) -> tuple[list[Code], Code]:
    """Tests after which the container can be searched, and its name if it is used more than once."""
    code = _container(writer, container)
    if may_be_null(container):
        test, name = writer.tested(code)
        return [test], name
    if elements_may_be_null(container) and not code.is_name:
        name = Code(writer.scope.fresh())
        return [Code(f"({name.text} := {code.text}) is not None", Binding.COMPARE)], name
    return [], code


def _container(writer: Writer, container: Expression) -> Code:
    match container:
        case ListValue():
            element = container.type.element
            hashable = element is not None and element.kind in _HASHABLE
            return Code(global_name("S" if hashable else "L", container.name))
        case ListLiteral():
            return literals.collection(writer, container.items)
        case Constant(value=list() | tuple() as values) if container.type.element is not None:
            element = container.type.element
            return literals.collection(writer, [Constant(v, element, container.span) for v in values])
        case _:
            return writer.value(container)


def _is_null_literal(expression: Expression) -> bool:
    return isinstance(expression, Constant) and expression.value is None
