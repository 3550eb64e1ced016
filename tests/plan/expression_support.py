"""Compiles one expression over one event, for the tests of generated source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

from cep.language.resolved import Aggregate, Bound, Candidate, Expression, FieldOf, KeyPart
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_false, when_true
from cep.plan.functions import runtime_namespace


class Counter:
    """Counts trouble."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1


class EventScope:
    """The candidate is `ev`, a bound step its own name; nested records are dicts there."""

    def __init__(self) -> None:
        self._fresh = 0

    def field(self, ref: FieldOf) -> str:
        name = "ev" if ref.source == Candidate() else ref.source.step if isinstance(ref.source, Bound) else "element"
        text = f"{name}.{ref.path[0]}"
        for part in ref.path[1:]:
            text = f"({text} or {{}}).get({part!r})"
        return text

    def aggregate(self, agg: Aggregate) -> str:
        return f"aggregates[{agg.function!r}]"

    def key(self, part: KeyPart) -> str:
        return f"key[{part.index}]"

    def fresh(self) -> str:
        self._fresh += 1
        return f"_{self._fresh}"


class Compiled:
    """The three functions generated for one expression; `trouble` counts what happened while they ran."""

    def __init__(
        self,
        expression: Expression,
        params: Mapping[str, object] | None = None,
        lists: Mapping[str, tuple[object, ...]] | None = None,
    ) -> None:
        constants = Constants()
        self.trouble = Counter()
        self.sources = [write(expression, EventScope(), constants) for write in (value, when_true, when_false)]
        namespace = runtime_namespace(params or {}, lists or {}, {}, self.trouble) | constants.namespace
        self.value, self.true, self.false = (_function(source, namespace) for source in self.sources)

    @staticmethod
    def event(row: Mapping[str, object]) -> SimpleNamespace:
        """A decoded event."""
        return SimpleNamespace(**row)

    def agree(self, row: Mapping[str, object]) -> object:
        """The value for one event, after checking that the two conditions say the same about a truth value."""
        event = self.event(row)
        result = self.value(event)
        if result is None or isinstance(result, bool):
            assert bool(self.true(event)) is (result is True), self.sources[1]
            assert bool(self.false(event)) is (result is False), self.sources[2]
        return result


def _function(source: str, namespace: dict[str, object]) -> Callable[[object], object]:
    scope = dict(namespace)
    exec(f"def evaluate(ev):\n    return {source}", scope)
    function = scope["evaluate"]
    assert callable(function)
    return function
