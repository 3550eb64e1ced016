"""The line of an alert put together plainly, value by value, from what it says of itself."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from cep.language.types import Kind, Type
from cep.plan.attributes import attribute
from cep.runtime.alert import Alert, AlertEvent, Evidence
from cep.runtime.render import duration_ms, render_decimal

_encode = msgspec.json.Encoder().encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain_line(alert: Alert, evidence: Evidence) -> bytes:
    """What `alert.json(evidence)` gives."""
    rule, found = alert._form.rule, alert._detection
    meta = rule.meta
    parts: dict[str, bytes] = {
        "alert_id": _encode(plain_id(alert)),
        "rule": _encode(rule.name),
        "version": _encode(rule.version),
        "kind": _encode(found.kind),
    }
    if found.at is not None:
        parts["at"] = _encode(found.at)
    parts |= {"revision": _encode(found.revision), "closed": _encode(found.closed), "severity": _encode(meta.severity)}
    if meta.mode == "shadow":
        parts["mode"] = b'"shadow"'
    if meta.owner is not None:
        parts["owner"] = _encode(meta.owner)
    if meta.score is not None:
        parts["score"] = _encode(meta.score) if isinstance(meta.score, int) else render_decimal(meta.score)
    key = _fields(rule.key, found.key)
    parts |= {"tags": _encode(meta.tags), "key": key, "start": _time(found.start), "end": _time(found.end)}
    if found.due is not None:
        parts["due"] = _time(found.due)
    if found.emit >= 0:
        parts["fields"] = _fields(rule.timeouts[found.emit].fields, found.fields)
    else:
        parts["fields"] = key if rule.emit is None else _fields(rule.emit, found.fields)
    parts["events"] = b"[" + b",".join(_event(alert, event, evidence) for event in alert.events) + b"]"
    parts["suppressed"] = _encode(found.suppressed)
    return _object(parts)


def plain_id(alert: Alert) -> str:
    """What `alert.alert_id` gives."""
    parts = [part.encode("utf-8", "surrogatepass") for part in _id_parts(alert)]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()[:32]


def _id_parts(alert: Alert) -> Iterator[str]:
    found = alert._detection
    yield from ("cep-alert", alert.rule, str(alert.version), found.kind, found.at or "", str(len(found.key)))
    for value in found.key:
        if isinstance(value, bool) or value is None:
            yield str(value)
        elif isinstance(value, int | float | Decimal):
            yield "n" + _number(Decimal(value))
        else:
            yield f"s{value}"
    for step, (_, _, topic, partition, offset, *_) in found.identity or found.events:
        yield from (step, topic, str(partition), str(offset))


def _number(value: Decimal) -> str:
    if value == 0:
        return "0"
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return f"{'-' if sign else ''}{short}e{int(exponent) + len(text) - len(short)}"


def _event(alert: Alert, event: AlertEvent, evidence: Evidence) -> bytes:
    texts = {"step": event.step, "type": event.type, "source": event.source}
    parts = {name: _encode(text) for name, text in texts.items()} | {"time": _time(event.time)}
    if evidence == "full":
        parts["data"] = event.raw.replace(b"\n", b" ").replace(b"\r", b" ").strip()
    elif evidence == "fields":
        fields = alert._form._plan.types[event.type].fields
        values = [getattr(event.decoded, attribute(field.name)) for field in fields]
        parts["data"] = _fields([(field.name, field.type) for field in fields], values)
    return _object(parts)


def _object(parts: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(_encode(name) + b":" + text for name, text in parts.items()) + b"}"


def _fields(fields: Any, values: Any) -> bytes:
    return _object({name: _value(value, of) for (name, of), value in zip(fields, values, strict=True)})


def _value(value: Any, of: Type) -> bytes:
    if value is None or of.kind is Kind.NULL:
        return b"null"
    match of.kind:
        case Kind.FLOAT:
            return _encode(float(value)) if math.isfinite(value) else b"null"
        case Kind.DECIMAL:
            return render_decimal(Decimal(value))
        case Kind.TIMESTAMP:
            return _time(value)
        case Kind.DURATION:
            return _encode(duration_ms(value))
        case Kind.LIST:
            return b"[" + b",".join(_value(item, of.element or of) for item in value) + b"]"
        case Kind.MAP:
            return _object({name: _value(item, of.element or of) for name, item in value.items()})
        case Kind.RECORD:
            read = value.get if isinstance(value, dict) else lambda name: getattr(value, attribute(name))
            return _object({field.name: _value(read(field.name), field.type) for field in of.fields})
        case _:
            return _encode(value)


def _time(time: int) -> bytes:
    text = (_EPOCH + timedelta(microseconds=time)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return b'"%bZ"' % (text[:-3] + text[-3:].rstrip("0")).encode()
