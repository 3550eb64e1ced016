"""What `walk` says about expressions."""

from __future__ import annotations

from cep.language.diagnostics import NOWHERE as HERE
from cep.language.resolved import (
    Aggregate,
    Bound,
    Candidate,
    Compare,
    Constant,
    Element,
    Expression,
    FieldOf,
    KeyPart,
    Logic,
    ParamValue,
    Previous,
    Source,
)
from cep.language.types import BOOL, INT, STRING
from cep.plan.expressions.walk import (
    aggregated_steps,
    aggregates,
    bound_steps,
    conjuncts,
    is_element_only,
    is_event_only,
    sources,
    uses_key,
    uses_previous,
    walk,
)


def field(source: Source) -> FieldOf:
    return FieldOf(source, "E", ("x",), INT, HERE)


def less(left: Expression, right: Expression) -> Compare:
    return Compare("<", left, right, BOOL, HERE)


def both(*items: Expression) -> Logic:
    return Logic("and", items, BOOL, HERE)


OWN = field(Candidate())
LIMIT = ParamValue("limit", INT, HERE)
KEY = KeyPart(0, "card", STRING, HERE)
TOTAL = Aggregate("sum", "d", "E", field(Element()), INT, HERE)
COUNT = Aggregate("count", None, "E", None, INT, HERE)


def test_conjuncts_flatten_only_the_outer_and() -> None:
    first, second, third = less(OWN, LIMIT), less(LIMIT, OWN), less(OWN, OWN)
    either = Logic("or", (both(first, second), third), BOOL, HERE)
    assert conjuncts(both(first, both(second, either))) == (first, second, either)
    assert conjuncts(first) == (first,)


def test_event_only_means_the_event_and_constants() -> None:
    assert is_event_only(both(less(OWN, LIMIT), less(OWN, Constant(1, INT, HERE))))
    for other in (field(Bound("a")), field(Previous(1)), KEY, TOTAL, COUNT):
        assert not is_event_only(less(OWN, other))


def test_sources_and_steps() -> None:
    expression = both(less(OWN, field(Bound("a"))), less(TOTAL, field(Previous(2))))
    assert sources(expression) == {Candidate(), Bound("a"), Element(), Previous(2)}
    assert bound_steps(expression) == {"a"}
    assert aggregated_steps(both(expression, less(COUNT, OWN))) == {"d"}
    assert aggregates(both(expression, less(COUNT, OWN))) == (TOTAL, COUNT)
    assert uses_previous(expression)
    assert not uses_previous(less(OWN, TOTAL))
    assert uses_key(less(OWN, KEY))
    assert not uses_key(expression)


def test_element_only_means_the_element_and_constants() -> None:
    assert is_element_only(less(field(Element()), LIMIT))
    assert not is_element_only(less(field(Element()), OWN))


def test_walk_visits_every_part_once_outermost_first() -> None:
    expression = both(less(OWN, LIMIT), less(TOTAL, OWN))
    assert list(walk(expression)) == [
        expression, expression.items[0], OWN, LIMIT, expression.items[1], TOTAL, field(Element()), OWN,
    ]  # fmt: skip
