"""What the checks of one rule share: declarations, findings, events and spans looked up once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cep.language import ast
from cep.language.check.catalog import Catalog, EventInfo
from cep.language.check.scope import RuleNames
from cep.language.diagnostics import Span
from cep.language.findings import Broken, Findings
from cep.language.model import EventType, RoleKey
from cep.language.spelling import article, did_you_mean, listed
from cep.language.types import Kind


@dataclass(slots=True)
class RuleContext:
    """One rule under check. `values`: params set from outside, by qualified name, in run-time form."""

    catalog: Catalog
    findings: Findings
    names: RuleNames
    values: Mapping[str, object] = field(default_factory=dict)
    roles: dict[int, RoleKey] = field(default_factory=dict)
    """Where each place (by the identity of its node) has the rule's key."""
    span_params: dict[str, None] = field(default_factory=dict)
    """Params that some span of the rule is taken from."""
    _events: dict[str, EventInfo] = field(default_factory=dict)

    def error(self, code: str, message: str, span: Span, fix: str) -> Broken:
        """Record an error."""
        return self.findings.error(code, message, span, fix)

    def event(self, name: str, span: Span) -> EventInfo:
        """A declared event; for an unknown one, with its error recorded, an event whose fields are all unknown."""
        known = self._events.get(name)
        if known is not None:
            return known
        found = self.catalog.events.get(name)
        if found is None:
            found = self._unknown_event(name, span)
        elif not found.declared.time and found.declared.time_kind == "event" and found.whole and not found.broken:
            self.error(
                "E0325",
                f"`{name}` has no time source, so no rule can see it",
                span,
                "write `time FIELD` after the event's fields, or use an event that extends it",
            )
        self._events[name] = found
        return found

    def _unknown_event(self, name: str, span: Span) -> EventInfo:
        if name in self.catalog.broken or self.catalog.incomplete:
            self.findings.silent()
        else:
            fix = did_you_mean(name, self.catalog.events, "declare it in this file or import the file that does")
            self.error("E0201", f"there is no event `{name}`", span, fix)
        return EventInfo(EventType(name, (), "event", (), (), 0, None, span), {}, frozenset(), whole=False)

    def microseconds(self, value: ast.SpanValue | None) -> int | None:
        """A span in microseconds, by the present value of the param it names; None with the error recorded."""
        if value is None:
            return None
        if isinstance(value.value, int):
            return value.value
        param = self.catalog.params.get(value.value)
        if param is None:
            self._unknown_param(value)
            return None
        if param.type.kind is not Kind.DURATION:
            fix = f"declare it as `param {value.value}: duration = 10m`"
            self.error("E0323", f"the param `{value.value}` is {article(param.type)}, not a duration", value.span, fix)
            return None
        self.span_params[param.name] = None
        found = self.values.get(param.name, param.default)
        return found if isinstance(found, int) else None

    def _unknown_param(self, value: ast.SpanValue) -> None:
        name = str(value.value)
        if name in self.catalog.broken or self.catalog.incomplete:
            self.findings.silent()
            return
        durations = [param for param, info in self.catalog.params.items() if info.type.kind is Kind.DURATION]
        fix = did_you_mean(name, durations, f"write a duration such as `10m`; params of that type: {listed(durations)}")
        self.error("E0204", f"there is no param `{name}` to take the span from", value.span, fix)
