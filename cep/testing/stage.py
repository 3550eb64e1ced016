"""The stage of a test: one rule over one source, in virtual time, through the same shard as in a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cep.engine.values import Values
from cep.language.model import EventType, Rule, RuleSet
from cep.runtime.alert import Alert
from cep.runtime.late import Late
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import Wiring, wire
from cep.testing.plain import TYPE_FIELD, encoded, filled, plain_event
from cep.testing.ties import tie_order

START = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z in microseconds: where a test's time starts, unless its first line names an instant."""

_SOURCE = "test"


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule made ready for tests: its plan, and the event types that may be sent. Shared by the rule's tests."""

    rule: Rule
    events: Mapping[str, EventType]
    wiring: Wiring


def setting(rules: RuleSet, name: str, events: Sequence[str]) -> Setting:
    """The stage for tests of the rule `name` that send `events`. A rule with `mode off` runs here too.

    Raises `CheckFailed` for a rule that cannot be executed.
    """
    rule = next(rule for rule in rules.rules if rule.name == name)
    live = replace(rule, meta=replace(rule.meta, mode="live"))
    declared = {event: rules.events[event] for event in dict.fromkeys((*rule.events, *events))}
    plain = {event: plain_event(type_) for event, type_ in declared.items()}
    source = Source(_SOURCE, tuple(plain), type_field=TYPE_FIELD)
    return Setting(live, declared, wire(replace(rules, events=plain, rules=(live,)), [source]))


@dataclass(frozen=True, slots=True)
class Sent:
    """One event to hand over: its time in microseconds and every declared field."""

    time: int
    event: str
    values: Mapping[str, object]


class Stage:
    """Runs one test. `alerts` and `late` hold what has come and was not yet taken."""

    def __init__(self, setting: Setting, values: Values) -> None:
        self._setting = setting
        self._shard = Shard(setting.wiring, values)
        self._offset = 0
        self.watermark: int | None = None
        self.alerts: deque[Alert] = deque()
        self.late: deque[Late] = deque()
        self.refused: list[str] = []

    def event(self, event: str, fields: Mapping[str, object], time: int) -> Sent:
        """An event with its fields filled in."""
        return Sent(time, event, filled(self._setting.events[event], fields, time))

    def send(self, events: Sequence[Sent]) -> None:
        """Hand over events of the same time, ordered among themselves by `order by`."""
        types = self._setting.events
        for sent in sorted(events, key=lambda sent: tie_order(types[sent.event], sent.values)):
            self._send(sent)

    def _send(self, sent: Sent) -> None:
        self._offset += 1
        raw = encoded(self._setting.events[sent.event], sent.values)
        chunk = Chunk(_SOURCE, _SOURCE, 0, [self._offset], [raw], stamps=[sent.time], arrived=sent.time)
        if self._setting.events[sent.event].time_kind == "arrival":
            self._take(self._shard.advance(sent.time, "arrival"))
        self._take(self._shard.push([chunk]))
        if self.watermark is None or sent.time > self.watermark:
            self.watermark = sent.time

    def advance(self, watermark: int) -> None:
        """Move the watermark, in microseconds."""
        self.watermark = watermark
        self._take(self._shard.advance(watermark))

    def _take(self, output: Output) -> None:
        self.alerts.extend(output.alerts)
        self.late.extend(output.late)
        self.refused.extend(letter.reason for letter in output.dead_letters)

    @property
    def trouble(self) -> int:
        """How many expressions could not be computed so far."""
        counters = (c for lane in self._shard.lanes for c in lane.matcher.counters.values())
        return sum(counter.guard_errors for counter in counters)
