"""From a selected match or an ended partial match to what is told of it."""

from __future__ import annotations

from cep.language import model
from tests.oracle.events import Coordinate, Match, Timeout
from tests.oracle.expressions import evaluate
from tests.oracle.places import Bindings
from tests.oracle.selection import Complete
from tests.oracle.suppression import Throttle
from tests.oracle.view import View


class Reporter:
    """What one key has reported. `told`: events that are part of it; `told_sets`: bindings told as timed out."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.rule = view.rule
        self.throttle = Throttle(self.rule.suppress) if self.rule.suppress is not None else None
        self.alerts: list[Match | Timeout] = []
        self.told: set[int] = set()
        self.told_sets: set[Bindings] = set()

    def match(self, match: Complete) -> bool:
        """Report a match; whether it got past `suppress`. A match held back counts as reported."""
        self.told |= {index for _, index in match.bindings}
        suppressed = self._suppressed("match", match.bindings, match.time)
        if suppressed is None:
            return False
        closed = self.rule.report != "updates"
        self._add_match(match.bindings, match.due, match.time, suppressed, 1, closed)
        return True

    def revision(self, bindings: Bindings, revision: int, now: int, closed: bool) -> None:
        """Report how a match has grown, or that it has come to its end."""
        self._add_match(bindings, None, now, 0, revision, closed)

    def timeout(self, bindings: Bindings, moment: int, at: str | None) -> None:
        """Report a partial match that ran out of time, if there is a clause for the step it waited for."""
        clauses = sorted((c for c in self.rule.on_timeout if c.at in (at, None)), key=lambda c: c.at is None)
        if not clauses:
            return
        self.told_sets.add(bindings)
        self.told |= {index for _, index in bindings}
        suppressed = self._suppressed("timeout", bindings, moment)
        if suppressed is None:
            return
        fields = self._emitted(clauses[0].emit, bindings)
        self.alerts.append(Timeout(self.view.key, self._labelled(bindings), moment, at, fields, suppressed))

    def _add_match(
        self, bindings: Bindings, due: int | None, time: int, suppressed: int, revision: int, closed: bool
    ) -> None:
        fields = self._emitted(self.rule.emit, bindings)
        events = self._labelled(bindings)
        self.alerts.append(Match(self.view.key, events, due, time, fields, suppressed, revision, closed))

    def _suppressed(self, kind: str, bindings: Bindings, time: int) -> int | None:
        if self.throttle is None:
            return 0
        scope = self.view.scope(bindings, None)
        values = tuple(repr(evaluate(part, scope)) for part in self.throttle.suppress.by)
        return self.throttle.ask((kind, values), time)

    def _emitted(self, emit: model.Emit | None, bindings: Bindings) -> tuple[object, ...]:
        scope = self.view.scope(bindings, None)
        return tuple(evaluate(expression, scope) for _, expression in emit.fields) if emit is not None else ()

    def _labelled(self, bindings: Bindings) -> tuple[tuple[str, Coordinate], ...]:
        return tuple((step, self.view.events[index].at) for step, index in bindings)
