"""An alert: what a detection says to the outside, and its JSON."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from typing import Literal as OneOf

import msgspec

from cep.engine.detection import Detection
from cep.engine.record import Record
from cep.language.types import Type
from cep.runtime.alert_form import AlertForm, Evidence
from cep.runtime.redaction import NOTHING_REDACTED, Redaction

__all__ = ["Alert", "AlertEvent", "Evidence"]


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

    # with a place for what is worked out when it is asked for
    __slots__ = ("__dict__", "_detection", "_form", "_id")

    def __init__(self, form: AlertForm, detection: Detection) -> None:
        self._form = form
        self._detection = detection
        self._id: str | None = None

    @property
    def rule(self) -> str:
        """The rule's name, with its module."""
        return self._form.rule.name

    @property
    def version(self) -> int:
        """The rule's version."""
        return self._form.rule.version

    @property
    def kind(self) -> OneOf["match", "timeout"]:
        """Whether the pattern was completed or ran out of time."""
        return self._detection.kind

    @property
    def severity(self) -> str | None:
        """The rule's severity."""
        return self._form.rule.meta.severity

    @property
    def mode(self) -> OneOf["live", "shadow", "off"]:
        """`shadow` alerts go to the shadow output."""
        return self._form.rule.meta.mode

    @property
    def tags(self) -> tuple[str, ...]:
        """The rule's tags."""
        return self._form.rule.meta.tags

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
    def last_place(self) -> tuple[str, int, int]:
        """Where the record of the last event is: topic, partition, offset."""
        _, _, topic, partition, offset, *_ = self._detection.events[-1][1]
        return topic, partition, offset

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

    @property
    def alert_id(self) -> str:
        """32 hexadecimal digits, the same for the same match in every run."""
        if self._id is None:
            self._id = self._form.alert_id(self._detection)
        return self._id

    @cached_property
    def key(self) -> dict[str, Any]:
        """The rule's key by name."""
        return {name: value for (name, _), value in zip(self._form.rule.key, self._detection.key, strict=True)}

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of `emit`; without one, the key."""
        names, values = self._form.output(self._detection)
        return {name: value for (name, _), value in zip(names, values, strict=True)}

    @property
    def field_types(self) -> dict[str, Type]:
        """The declared types of `fields`."""
        return dict(self._form.output(self._detection)[0])

    @cached_property
    def events(self) -> tuple[AlertEvent, ...]:
        """The matched events in time order."""
        return tuple(AlertEvent(step, self._form.type_of(record), record) for step, record in self._detection.events)

    def key_json(self) -> bytes:
        """The key as JSON: the record key of the alert."""
        return self._form.key(self._detection)

    def json(self, evidence: Evidence = "full", redaction: Redaction = NOTHING_REDACTED) -> bytes:
        """The alert as one line of JSON, without a line end; byte for byte the same in every run.

        `redaction` keeps fields of its events out of the evidence."""
        return self._form.line(self._detection, self.alert_id, evidence, redaction)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alert) and (self.alert_id, self.revision) == (other.alert_id, other.revision)

    def __hash__(self) -> int:
        return hash((self.alert_id, self.revision))

    def __repr__(self) -> str:
        return f"Alert({self.rule} {self.kind} {self.key_json().decode()} {self.alert_id})"
