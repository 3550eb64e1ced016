"""An alert: what a detection says to the outside, and its JSON."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from typing import Literal as OneOf

import msgspec

from cep.engine.detection import Detection
from cep.engine.record import Record
from cep.language.types import Type
from cep.plan.attributes import attribute
from cep.plan.plan import Plan, PlanRule
from cep.runtime.alert_id import alert_id
from cep.runtime.render import render_decimal, render_fields
from cep.runtime.splice import spliced
from cep.runtime.timestamps import format_timestamp

Evidence = OneOf["full", "fields", "ids"]
"""How much of its events an alert shows: the record as received, the declared fields, or the coordinates alone."""

_encode = msgspec.json.Encoder().encode


class AlertEvent:
    """One event of an alert: its step, type, time (microseconds), coordinates, and its record as received."""

    __slots__ = ("_record", "step", "type")

    def __init__(self, step: str, type_: str, record: Record) -> None:
        self.step = step
        self.type = type_
        self._record = record

    @property
    def time(self) -> int:
        """Event time, microseconds since the epoch."""
        return self._record[0]

    @property
    def source(self) -> str:
        """Topic, partition and offset; of a file its name, 0 and the line."""
        _, _, topic, partition, offset, *_ = self._record
        return f"{topic}/{partition}/{offset}"

    @property
    def raw(self) -> bytes:
        """The record as received, a JSON object."""
        return self._record[7]

    @property
    def data(self) -> dict[str, Any]:
        """The record as plain Python values, read from JSON."""
        found: dict[str, Any] = msgspec.json.decode(self.raw)
        return found

    @property
    def decoded(self) -> Any:
        """The declared fields in run-time form, as attributes."""
        return self._record[6]

    def __repr__(self) -> str:
        return f"AlertEvent({self.step}: {self.type} {self.source})"


class Alert:
    """A match or a time-out of a rule, past skip and suppress.

    Values are in run-time form: decimals as `Decimal`, timestamps and durations as microseconds. `json` gives the
    alert's line; two alerts are equal if their ids and revisions are.
    """

    def __init__(self, rule: PlanRule, detection: Detection, plan: Plan) -> None:
        self._rule = rule
        self._detection = detection
        self._plan = plan

    @property
    def rule(self) -> str:
        """The rule's name, with its module."""
        return self._rule.name

    @property
    def version(self) -> int:
        """The rule's version."""
        return self._rule.version

    @property
    def kind(self) -> OneOf["match", "timeout"]:
        """Whether the pattern was completed or ran out of time."""
        return self._detection.kind

    @property
    def severity(self) -> str | None:
        """The rule's severity."""
        return self._rule.meta.severity

    @property
    def mode(self) -> OneOf["live", "shadow", "off"]:
        """`shadow` alerts go to the shadow output."""
        return self._rule.meta.mode

    @property
    def tags(self) -> tuple[str, ...]:
        """The rule's tags."""
        return self._rule.meta.tags

    @property
    def revision(self) -> int:
        """1, and more for later revisions of the same alert."""
        return self._detection.revision

    @property
    def closed(self) -> bool:
        """Whether no further revision will come."""
        return self._detection.closed

    @property
    def start(self) -> int:
        """Event time of the first event, microseconds."""
        return self._detection.start

    @property
    def end(self) -> int:
        """Event time of the last event, microseconds."""
        return self._detection.end

    @property
    def due(self) -> int | None:
        """The deadline, microseconds, of an absence or a time-out."""
        return self._detection.due

    @property
    def at(self) -> str | None:
        """The step that a time-out waited for."""
        return self._detection.at

    @property
    def suppressed(self) -> int:
        """How many matches were held back since the alert before."""
        return self._detection.suppressed

    @cached_property
    def alert_id(self) -> str:
        """32 hexadecimal digits, the same for the same match in every run."""
        return alert_id(self._rule.name, self._rule.version, self._detection)

    @cached_property
    def key(self) -> dict[str, Any]:
        """The rule's key by name."""
        return {name: value for (name, _), value in zip(self._rule.key, self._detection.key, strict=True)}

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of `emit`; without one, the key."""
        names, values = self._output()
        return {name: value for (name, _), value in zip(names, values, strict=True)}

    @property
    def field_types(self) -> dict[str, Type]:
        """The declared types of `fields`."""
        return dict(self._output()[0])

    @cached_property
    def events(self) -> tuple[AlertEvent, ...]:
        """The matched events in time order."""
        types = self._plan.events
        return tuple(AlertEvent(step, types[record[5]], record) for step, record in self._detection.events)

    def key_json(self) -> bytes:
        """The key as JSON: the record key of the alert."""
        return render_fields(self._rule.key, self._detection.key)

    def json(self, evidence: Evidence = "full") -> bytes:
        """The alert as one line of JSON, without a line end; byte for byte the same in every run."""
        found, meta = self._detection, self._rule.meta
        parts = [
            b'"alert_id":' + _encode(self.alert_id),
            b'"rule":' + _encode(self.rule),
            b'"version":%d' % self.version,
            b'"kind":' + _encode(found.kind),
        ]
        if found.at is not None:
            parts.append(b'"at":' + _encode(found.at))
        parts += [
            b'"revision":%d' % found.revision,
            b'"closed":' + _encode(found.closed),
            b'"severity":' + _encode(meta.severity),
        ]
        if meta.mode == "shadow":
            parts.append(b'"mode":"shadow"')
        if meta.owner is not None:
            parts.append(b'"owner":' + _encode(meta.owner))
        if meta.score is not None:
            parts.append(
                b'"score":' + (b"%d" % meta.score if isinstance(meta.score, int) else render_decimal(meta.score))
            )
        parts += [
            b'"tags":' + _encode(meta.tags),
            b'"key":' + self.key_json(),
            b'"start":' + _time(found.start),
            b'"end":' + _time(found.end),
        ]
        if found.due is not None:
            parts.append(b'"due":' + _time(found.due))
        parts += [
            b'"fields":' + render_fields(*self._output()),
            b'"events":[' + b",".join(self._event(event, evidence) for event in self.events) + b"]",
            b'"suppressed":%d' % found.suppressed,
        ]
        return b"{" + b",".join(parts) + b"}"

    def _output(self) -> tuple[tuple[tuple[str, Type], ...], tuple[Any, ...]]:
        """Names, types and values of the output fields."""
        found, rule = self._detection, self._rule
        if found.emit >= 0:
            return rule.timeouts[found.emit].fields, found.fields
        return (rule.key, found.key) if rule.emit is None else (rule.emit, found.fields)

    def _event(self, event: AlertEvent, evidence: Evidence) -> bytes:
        head = b'{"step":%b,"type":%b,"source":%b,"time":%b' % (
            _encode(event.step),
            _encode(event.type),
            _encode(event.source),
            _time(event.time),
        )
        if evidence == "ids":
            return head + b"}"
        return head + b',"data":' + (spliced(event.raw) if evidence == "full" else self._declared(event)) + b"}"

    def _declared(self, event: AlertEvent) -> bytes:
        """The declared fields under their declared names: what rules can see of the event."""
        fields = self._plan.types[event.type].fields
        values = tuple(getattr(event.decoded, attribute(field.name)) for field in fields)
        return render_fields(tuple((field.name, field.type) for field in fields), values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alert) and (self.alert_id, self.revision) == (other.alert_id, other.revision)

    def __hash__(self) -> int:
        return hash((self.alert_id, self.revision))

    def __repr__(self) -> str:
        return f"Alert({self.rule} {self.kind} {self.key_json().decode()} {self.alert_id})"


def _time(time: int) -> bytes:
    return b'"' + format_timestamp(time).encode() + b'"'
