"""What follows from a condition about nulls: which fields are not null and which steps are bound.

Facts only silence diagnostics. Types stay as declared, since generated code may test the parts in another order.
"""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.check.scope import Fact
from cep.language.resolved import (
    Aggregate,
    Arithmetic,
    Bound,
    Call,
    Candidate,
    Compare,
    Constant,
    Convert,
    Expression,
    FieldOf,
    In,
    IsNull,
    Like,
    Logic,
    Matches,
    Negate,
    Not,
    PythonCall,
)

NOTHING: frozenset[Fact] = frozenset()


def when_true(node: Expression) -> frozenset[Fact]:
    """What holds where a condition is true."""
    match node:
        case Not():
            return when_false(node.value)
        case Logic(op="and"):
            return NOTHING.union(*map(when_true, node.items))
        case Logic():
            return frozenset.intersection(*map(when_true, node.items))
        case Compare():
            return _count_fact(node, True) | _known(node.left) | _known(node.right)
        case In() | Like() | Matches():
            return _known(node.value)
        case FieldOf():
            return _known(node)
        case _:
            return NOTHING


def when_false(node: Expression) -> frozenset[Fact]:
    """What holds where a condition is not true: false or unknown. Only tests that are never unknown say something."""
    match node:
        case Not():
            # `not x` that is not true: x is true or unknown, so that only what is never unknown counts
            return when_true(node.value) if _is_certain(node.value) else NOTHING
        case Logic(op="or"):
            return NOTHING.union(*map(when_false, node.items))
        case Logic():
            return frozenset.intersection(*map(when_false, node.items))
        case IsNull():
            return _known(node.value)
        case Compare():
            return _count_fact(node, False)
        case _:
            return NOTHING


def about_step(facts: frozenset[Fact], step: str) -> frozenset[Fact]:
    """Facts about the event under test, as facts about the step that then bound it."""
    return frozenset((Bound(step), path) for source, path in facts if isinstance(source, Candidate))


def _is_certain(node: Expression) -> bool:
    match node:
        case IsNull():
            return True
        case Not():
            return _is_certain(node.value)
        case Logic():
            return all(map(_is_certain, node.items))
        case Compare():
            return _counted(node) is not None
        case _:
            return False


def _known(node: Expression) -> frozenset[Fact]:
    """What holds where the value of `node` is not null."""
    return frozenset(fact for field in _strict_fields(node) for fact in _of_field(field))


def _of_field(field: FieldOf) -> Iterator[Fact]:
    for length in range(1, len(field.path) + 1):
        yield field.source, field.path[:length]
    if isinstance(field.source, Bound):
        yield field.source, ()


def _strict_fields(node: Expression) -> Iterator[FieldOf]:
    """Fields that make the whole null if they are."""
    match node:
        case FieldOf():
            yield node
        case Convert() | Negate():
            yield from _strict_fields(node.value)
        case Arithmetic():
            yield from _strict_fields(node.left)
            yield from _strict_fields(node.right)
        case Call() if node.function != "coalesce":
            for argument in node.arguments:
                yield from _strict_fields(argument)
        case PythonCall():
            return
        case _:
            return


def _counted(node: Compare) -> str | None:
    match node:
        case Compare(left=Aggregate(function="count", step=str() as step), right=Constant(value=int())):
            return step
        case _:
            return None


def _count_fact(node: Compare, holds: bool) -> frozenset[Fact]:
    """`count(b) > 0` where it holds, `count(b) == 0` where it does not: b is bound."""
    step = _counted(node)
    if step is None or not isinstance(node.right, Constant) or not isinstance(node.right.value, int):
        return NOTHING
    bound = node.right.value
    opposite = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
    op = node.op if holds else opposite[node.op]
    implied = (
        (op == "!=" and bound == 0)
        or (op == ">" and bound >= 0)
        or (op == ">=" and bound >= 1)
        or (op == "==" and bound >= 1)
    )
    return frozenset({(Bound(step), ())}) if implied else NOTHING
