"""Whether a drawn event may do for a step, so that logs match often: the step's own condition, as far as it can be told
from the event alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cep.language import model
from cep.language.model import RuleSet
from tests.generated.declared import FUNCTIONS, LISTED
from tests.oracle.expressions import Outside, Scope, evaluate
from tests.oracle.view import first_element_condition

MILLISECOND = 1_000


class Fitting:
    """The conditions of the steps of a rule. What refers to other steps counts as fulfilled."""

    def __init__(self, ruleset: RuleSet) -> None:
        rule = ruleset.rules[0]
        params = {name: info.default for name, info in ruleset.params.items()}
        outside = Outside(params, {"listed": LISTED}, FUNCTIONS)
        self._parts = {step.name: first_element_condition(step.where) for step in _steps(rule.items)}
        self._scope = Scope(lambda _: {}, (), None, (None,) * len(rule.key), outside)

    def __call__(self, step: str, data: Mapping[str, Any]) -> bool:
        """Whether none of the step's parts is false of an event; `ts` in milliseconds."""
        scope = self._scope.testing({**data, "ts": data["ts"] * MILLISECOND}, ())
        return all(evaluate(part, scope) is not False for part in self._parts[step])


def _steps(items: tuple[model.Item, ...]) -> Iterator[model.Step]:
    for item in items:
        match item.node:
            case model.Step():
                yield item.node
            case model.Group(items=inside):
                yield from _steps(inside)
            case model.Either(alternatives=alternatives):
                for inside in alternatives:
                    yield from _steps(inside)
            case model.AllOf(members=members):
                yield from (member for member in members if isinstance(member, model.Step))
