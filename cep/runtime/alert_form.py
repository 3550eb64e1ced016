"""What all alerts of a rule have in common, written once, and the frame into which the rest is put."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any
from typing import Literal as OneOf

import msgspec

from cep.engine.detection import Detection
from cep.engine.record import Record
from cep.language.types import Type
from cep.plan.attributes import attribute
from cep.plan.plan import Plan, PlanRule
from cep.runtime.alert_id import AlertIds
from cep.runtime.redaction import NOTHING_REDACTED, Masks, Redaction
from cep.runtime.render import fields_renderer, render_decimal
from cep.runtime.splice import spliced
from cep.runtime.timestamps import timestamp_bytes

Evidence = OneOf["full", "fields", "ids"]
"""How much of its events an alert shows: the record as received, the declared fields, or the coordinates alone."""

Fields = tuple[tuple[str, Type], ...]
Reread = Callable[[str, bytes], Any]
"""An event's declared fields, as attributes, from its type and its record as received."""

_encode = msgspec.json.Encoder().encode
_ALERT = b"".join(
    (
        b'{"alert_id":"%b"%b,"revision":%d,"closed":%b%b,"key":%b,"start":"%b","end":"%b"%b,',
        b'"fields":%b,"events":[%b],"suppressed":%d}',
    )
)


class AlertForm:
    """The alerts of one rule: their fields, their ids, their lines."""

    __slots__ = (
        "_declared", "_fields", "_heads", "_ids", "_masks", "_meta", "_plan", "_read", "_redaction", "_sources",
        "_steps", "_write_key", "rule",
    )  # fmt: skip

    def __init__(self, rule: PlanRule, plan: Plan, read: Reread | None = None) -> None:
        self.rule = rule
        self._plan = plan
        self._read = read
        self._redaction = NOTHING_REDACTED
        self._masks: dict[int, Masks] = {}
        self._ids = AlertIds(rule.name, rule.version)
        self._meta = _metadata(rule)
        self._write_key = fields_renderer(rule.key)
        self._fields: dict[int, Callable[[Any], bytes]] = {}
        self._heads: dict[tuple[str, str | None], bytes] = {}
        self._steps: dict[tuple[str, int], bytes] = {}
        self._sources: dict[tuple[str, int], bytes] = {}
        self._declared: dict[int, Callable[[Any], bytes]] = {}

    def alert_id(self, found: Detection) -> str:
        """32 hexadecimal digits, the same for the same match in every run."""
        return self._ids.of(found)

    def type_of(self, record: Record) -> str:
        """The name of an event's type."""
        return self._plan.events[record[5]]

    def output(self, found: Detection) -> tuple[Fields, tuple[Any, ...]]:
        """Names, types and values of the output fields."""
        return self._output_fields(found.emit), found.key if self._tells_key(found.emit) else found.fields

    def key(self, found: Detection) -> bytes:
        """The key as JSON."""
        return self._write_key(found.key)

    def line(self, found: Detection, alert_id: str, evidence: Evidence, redaction: Redaction) -> bytes:
        """The alert as one line of JSON, without a line end."""
        events = found.events
        times = [timestamp_bytes(record[0]) for _, record in events]
        key = self._write_key(found.key)
        if self._tells_key(found.emit):
            fields = key
        else:
            fields = (self._fields.get(found.emit) or self._fields_of(found.emit))(found.fields)
        return _ALERT % (
            alert_id.encode(),
            self._heads.get((found.kind, found.at)) or self._head(found),
            found.revision,
            b"true" if found.closed else b"false",
            self._meta,
            key,
            times[0],
            times[-1],
            b"" if found.due is None else b',"due":"%b"' % timestamp_bytes(found.due),
            fields,
            b",".join(self._events(events, times, evidence, redaction)),
            found.suppressed,
        )

    def _events(
        self, events: Iterable[tuple[str, Record]], times: list[bytes], evidence: Evidence, redaction: Redaction
    ) -> list[bytes]:
        steps, sources, redacts = self._steps, self._sources, bool(redaction)
        lines = []
        for (step, record), time in zip(events, times, strict=True):
            _, _, topic, partition, offset, event, decoded, raw = record
            head = steps.get((step, event)) or self._step(step, event)
            source = sources.get((topic, partition)) or self._source(topic, partition)
            if evidence == "ids":
                lines.append(b'%b%b%d","time":"%b"}' % (head, source, offset, time))
                continue
            name = self._plan.events[event]
            if evidence == "full":
                data = spliced(redaction.record(name, raw, (topic, partition, offset)) if redacts else raw)
            else:
                fields = decoded if self._read is None else self._read(name, raw)
                data = (self._declared.get(event) or self._declared_of(event))(fields)
                if redacts:
                    data = self._masks_of(event, redaction).applied(data, (topic, partition, offset))
            lines.append(b'%b%b%d","time":"%b","data":%b}' % (head, source, offset, time, data))
        return lines

    def _masks_of(self, event: int, redaction: Redaction) -> Masks:
        """What is redacted in the declared fields."""
        if redaction is not self._redaction:
            self._redaction, self._masks = redaction, {}
        found = self._masks.get(event)
        if found is None:
            name = self._plan.events[event]
            found = self._masks[event] = redaction.of_fields(name, self._plan.types[name].fields)
        return found

    def _tells_key(self, emit: int) -> bool:
        return emit < 0 and self.rule.emit is None

    def _output_fields(self, emit: int) -> Fields:
        if emit >= 0:
            return self.rule.timeouts[emit].fields
        return self.rule.key if self.rule.emit is None else self.rule.emit

    def _fields_of(self, emit: int) -> Callable[[Any], bytes]:
        self._fields[emit] = write = fields_renderer(self._output_fields(emit))
        return write

    def _head(self, found: Detection) -> bytes:
        rule = self.rule
        head = b',"rule":%b,"version":%d,"kind":%b' % (_encode(rule.name), rule.version, _encode(found.kind))
        if found.at is not None:
            head += b',"at":' + _encode(found.at)
        self._heads[found.kind, found.at] = head
        return head

    def _step(self, step: str, event: int) -> bytes:
        head = b'{"step":%b,"type":%b,"source":' % (_encode(step), _encode(self._plan.events[event]))
        self._steps[step, event] = head
        return head

    def _source(self, topic: str, partition: int) -> bytes:
        # the text goes on with the offset
        self._sources[topic, partition] = head = _encode(f"{topic}/{partition}/")[:-1]
        return head

    def _declared_of(self, event: int) -> Callable[[Any], bytes]:
        """How the declared fields are written under their declared names: what rules can see of the event."""
        fields = self._plan.types[self._plan.events[event]].fields
        write = fields_renderer([(field.name, field.type) for field in fields])
        names = [attribute(field.name) for field in fields]
        if len(names) > 1:
            read: Callable[[Any], Any] = attrgetter(*names)
        else:
            # of a single name it would give the value alone

            def read(data: Any) -> Any:
                return [getattr(data, name) for name in names]

        def write_declared(data: Any) -> bytes:
            return write(read(data))

        self._declared[event] = write_declared
        return write_declared


class AlertForms:
    """The forms of a plan's rules, each made when its rule first has something to tell."""

    __slots__ = ("_forms", "_read", "plan")

    def __init__(self, plan: Plan, read: Reread | None = None) -> None:
        """`read`: how the declared fields of an event are had where records are decoded by another declaration."""
        self.plan = plan
        self._read = read
        self._forms: dict[int, AlertForm] = {}

    def of(self, rule: int) -> AlertForm:
        """The form of a rule, by its index in the plan."""
        return self._forms.get(rule) or self._made(rule)

    def _made(self, rule: int) -> AlertForm:
        form = self._forms[rule] = AlertForm(self.plan.rules[rule], self.plan, self._read)
        return form


def _metadata(rule: PlanRule) -> bytes:
    meta = rule.meta
    parts = [b"", b'"severity":' + _encode(meta.severity)]
    if meta.mode == "shadow":
        parts.append(b'"mode":"shadow"')
    if meta.owner is not None:
        parts.append(b'"owner":' + _encode(meta.owner))
    if meta.score is not None:
        parts.append(b'"score":' + (b"%d" % meta.score if isinstance(meta.score, int) else render_decimal(meta.score)))
    parts.append(b'"tags":' + _encode(meta.tags))
    return b",".join(parts)
