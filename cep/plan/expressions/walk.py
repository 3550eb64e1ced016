"""Questions about a resolved expression: which events, aggregates and conditions it consists of."""

from __future__ import annotations

from collections.abc import Iterator

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
    Source,
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, in the order written; an aggregate's part is its argument."""
    match expression:
        case Constant() | FieldOf() | KeyPart() | ParamValue() | ListValue():
            return ()
        case Convert() | Negate() | Not() | IsNull() | Like() | Matches():
            return (expression.value,)
        case Arithmetic() | Compare():
            return (expression.left, expression.right)
        case In():
            return (expression.value, expression.container)
        case Logic() | Coalesce() | ListLiteral():
            return expression.items
        case RecordLiteral():
            return tuple(value for _, value in expression.items)
        case Conditional():
            return (expression.condition, expression.then, expression.otherwise)
        case ItemAt():
            return (expression.value, expression.index)
        case Call() | PythonCall():
            return expression.arguments
        case Aggregate():
            return () if expression.argument is None else (expression.argument,)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts, outermost first, arguments of aggregates included."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def fields(expression: Expression) -> tuple[FieldOf, ...]:
    """Every field read, in the order written, also inside aggregates (there over `Element()`)."""
    return tuple(part for part in walk(expression) if isinstance(part, FieldOf))


def aggregates(expression: Expression) -> tuple[Aggregate, ...]:
    """Every aggregate, in the order written."""
    return tuple(part for part in walk(expression) if isinstance(part, Aggregate))


def sources(expression: Expression) -> frozenset[Source]:
    """The events whose fields it reads; `Element()` stands for what its aggregates run over (see `aggregates`)."""
    return frozenset(field.source for field in fields(expression))


def bound_steps(expression: Expression) -> frozenset[str]:
    """The steps of which it reads a field of the one bound event (not those it only aggregates)."""
    return frozenset(source.step for source in sources(expression) if isinstance(source, Bound))


def aggregated_steps(expression: Expression) -> frozenset[str]:
    """The named steps it aggregates over; the own loop has no name and is left out."""
    return frozenset(aggregate.step for aggregate in aggregates(expression) if aggregate.step is not None)


def uses_previous(expression: Expression) -> bool:
    """Whether it reads an earlier element of the own loop through `prev`."""
    return any(isinstance(source, Previous) for source in sources(expression))


def uses_key(expression: Expression) -> bool:
    """Whether it reads a part of the rule's key."""
    return any(isinstance(part, KeyPart) for part in walk(expression))


def is_event_only(expression: Expression) -> bool:
    """Whether the event under test alone decides it: no bound events, aggregates or key parts.

    Params, lists and Python functions are allowed, since they are the same for every run.
    """
    return sources(expression) <= {Candidate()} and not any(
        isinstance(part, Aggregate | KeyPart) for part in walk(expression)
    )


def is_element_only(expression: Expression) -> bool:
    """Whether the aggregated element alone decides it, so that it can be computed when the element is taken."""
    return sources(expression) <= {Element()} and not any(
        isinstance(part, Aggregate | KeyPart) for part in walk(expression)
    )


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The parts that must all be true, nested `and` flattened; an expression that is no `and` is its only part."""
    if isinstance(expression, Logic) and expression.op == "and":
        return tuple(part for item in expression.items for part in conjuncts(item))
    return (expression,)
