"""One rule under one key: the log as this key sees it, and tests of single events."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from cep.language import model
from cep.language import resolved as r
from tests.oracle.events import OracleEvent
from tests.oracle.expressions import Data, Outside, Scope, holds
from tests.oracle.nodes import Pattern
from tests.oracle.places import Bindings, Frame

Key = tuple[object, ...]


def key_of(role: model.RoleKey, data: Data) -> Key | None:
    """The key an event has in one role, None where a null part routes nothing."""
    values = []
    for path, null_is_key in zip(role.paths, role.null_is_key, strict=True):
        value: object = data
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None and not null_is_key:
            return None
        values.append(value)
    return tuple(values)


def uses_previous(expression: object) -> bool:
    """Whether an expression refers to the element before the candidate."""
    if isinstance(expression, r.Previous):
        return True
    if isinstance(expression, tuple):
        return any(uses_previous(item) for item in expression)
    if dataclasses.is_dataclass(expression):
        return any(uses_previous(getattr(expression, f.name)) for f in dataclasses.fields(expression))
    return False


def first_element_condition(where: r.Expression | None) -> tuple[r.Expression, ...]:
    """What is tested on the first element of a loop: the top-level `and`-parts that use no `prev`."""
    if where is None:
        return ()
    parts = where.items if isinstance(where, r.Logic) and where.op == "and" else (where,)
    return tuple(part for part in parts if not uses_previous(part))


class View:
    """The log under one key. `seen`: indices of the events this key sees, in order."""

    def __init__(
        self, rule: model.Rule, pattern: Pattern, key: Key, events: Sequence[OracleEvent], outside: Outside
    ) -> None:
        self.rule = rule
        self.pattern = pattern
        self.key = key
        self.events = events
        self.outside = outside
        self.seen: list[int] = []
        self._first_parts: dict[int, tuple[r.Expression, ...]] = {}

    def time(self, index: int) -> int:
        """Event time of an event of the log."""
        return self.events[index].time

    def data(self, index: int) -> Data:
        """Fields of an event of the log."""
        return self.events[index].data

    def between(self, after: int, before: int) -> list[int]:
        """The events this key has seen behind index `after` and ahead of index `before`."""
        return [index for index in self.seen if after < index < before]

    def plays(self, event: str, role: model.RoleKey, index: int) -> bool:
        """Whether an event has the type of a place and, in that place's own field, this key."""
        candidate = self.events[index]
        return candidate.type == event and key_of(role, candidate.data) == self.key

    def scope(self, bindings: Bindings, frame: Frame) -> Scope:
        """An expression's surroundings without an event under test."""
        return Scope(self.data, bindings, frame, self.key, self.outside)

    def passes(
        self,
        where: r.Expression | None,
        index: int,
        bindings: Bindings,
        frame: Frame,
        own: Sequence[int] = (),
        with_candidate: bool = True,
    ) -> bool:
        """Whether an event fulfils a condition that stands at `frame`."""
        return holds(where, self._testing(index, bindings, frame, own, with_candidate))

    def passes_as_element(
        self, where: r.Expression | None, index: int, bindings: Bindings, frame: Frame, own: Sequence[int]
    ) -> bool:
        """The same for a step's own condition, where `prev` parts are left out on the first element."""
        if own:
            return self.passes(where, index, bindings, frame, own)
        if id(where) not in self._first_parts:
            self._first_parts[id(where)] = first_element_condition(where)
        scope = self._testing(index, bindings, frame, own, True)
        return all(holds(part, scope) for part in self._first_parts[id(where)])

    def _testing(self, index: int, bindings: Bindings, frame: Frame, own: Sequence[int], with_candidate: bool) -> Scope:
        elements = tuple(self.data(i) for i in own)
        return self.scope(bindings, frame).testing(self.data(index), elements, with_candidate)

    def hits(self, guard: model.Guard | model.Absence, index: int, bindings: Bindings, frame: Frame) -> bool:
        """Whether an event fulfils a `without`, `until` or `cancel on`."""
        return self.plays(guard.event, guard.key, index) and self.passes(guard.where, index, bindings, frame)
