"""`expect`: what the alerts since the last one are compared with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cep.language.model import Rule, TestExpect
from cep.language.types import Type
from cep.runtime.alert import Alert
from cep.runtime.late import Late
from cep.runtime.timestamps import format_timestamp
from cep.testing.result import DiffLine, Failure
from cep.testing.stage import Stage
from cep.testing.values import UNKNOWN, is_same, written

_SHOWN = 5
"""How many surplus alerts a report lists."""
_PLURAL = {"match": "matches", "timeout": "time-outs", "late": "late events"}
_NOUN = {"match": "match", "timeout": "time-out", "late": "late event"}
_SINGULAR = {"match": "a match", "timeout": "a time-out", "late": "a late event"}


def meet(expect: TestExpect, stage: Stage, rule: Rule) -> Failure | None:
    """Take what `expect` asks for from the stage, in order; the failure if it is not there."""
    if expect.count == 0:
        return _meet_none(expect, stage)
    for taken in range(expect.count or 1):
        failure = _meet_late(expect, stage, taken) if expect.kind == "late" else _meet_one(expect, stage, rule, taken)
        if failure is not None:
            return failure
    return None


def left_over(stage: Stage) -> tuple[DiffLine, ...]:
    """Lines for the alerts that nothing asked for; they are taken away."""
    lines = surplus([describe(alert) for alert in stage.alerts])
    stage.alerts.clear()
    return lines


def surplus(texts: Sequence[str]) -> tuple[DiffLine, ...]:
    """`+` lines, a long list cut short."""
    lines = [DiffLine("+", text) for text in texts[:_SHOWN]]
    if len(texts) > _SHOWN:
        lines.append(DiffLine("+", f"… and {len(texts) - _SHOWN} more"))
    return tuple(lines)


def describe(alert: Alert) -> str:
    """An alert on one line: `match { probes: 3, amount: 600.00 }`."""
    types = alert.field_types
    fields = ", ".join(f"{name}: {written(value, types.get(name, UNKNOWN))}" for name, value in alert.fields.items())
    waiting = f" at {alert.at}" if alert.at is not None else ""
    return f"{alert.kind}{waiting} {{ {fields} }}"


def _meet_none(expect: TestExpect, stage: Stage) -> Failure | None:
    if expect.kind == "late":
        found = [_describe_late(late) for late in stage.late]
        stage.late.clear()
    else:
        found = [describe(alert) for alert in stage.alerts if alert.kind == expect.kind]
        # They are reported here, and not once more as left over.
        stage.alerts = deque(alert for alert in stage.alerts if alert.kind != expect.kind)
    if not found:
        return None
    came = _SINGULAR[expect.kind] if len(found) == 1 else f"{len(found)} {_PLURAL[expect.kind]}"
    return Failure(expect.span, f"expected no {_NOUN[expect.kind]}, but {came} came", surplus(found))


def _meet_late(expect: TestExpect, stage: Stage, taken: int) -> Failure | None:
    if stage.late:
        stage.late.popleft()
        return None
    return Failure(expect.span, _missing(expect, taken), (), "an event is late if its time is before the line above it")


def _meet_one(expect: TestExpect, stage: Stage, rule: Rule, taken: int) -> Failure | None:
    if not stage.alerts:
        return Failure(expect.span, _missing(expect, taken), (DiffLine("-", _asked(expect, rule)),))
    alert = stage.alerts.popleft()
    if alert.kind != expect.kind:
        message = f"expected {_SINGULAR[expect.kind]}, but the next alert is {_SINGULAR[alert.kind]}"
        return Failure(expect.span, message, (DiffLine("-", _asked(expect, rule)), DiffLine("+", describe(alert))))
    differing = _differing(expect, alert)
    if not differing:
        return None
    which = f"{expect.kind} {taken + 1}" if (expect.count or 1) > 1 else f"the {expect.kind}"
    names = ", ".join(f"`{name}`" for name in differing)
    return Failure(expect.span, f"{which} differs in {names}", _difference(expect, alert, differing))


def _missing(expect: TestExpect, taken: int) -> str:
    wanted = expect.count or 1
    what = _SINGULAR[expect.kind] if wanted == 1 else f"{wanted} {_PLURAL[expect.kind]}"
    came = "none came" if not taken else f"only {taken} came"
    return f"expected {what}, but {came}"


def _differing(expect: TestExpect, alert: Alert) -> list[str]:
    """The names of asked fields whose values differ."""
    types = alert.field_types
    return [
        name
        for name, value in expect.fields
        if name not in alert.fields or not is_same(value, alert.fields[name], types.get(name, UNKNOWN))
    ]


def _difference(expect: TestExpect, alert: Alert, differing: Sequence[str]) -> tuple[DiffLine, ...]:
    """Field by field: what differs, then what agrees."""
    types = alert.field_types
    lines: list[DiffLine] = []
    for name, value in expect.fields:
        type_ = types.get(name, UNKNOWN)
        if name in differing:
            lines.append(DiffLine("-", f"{name}: {written(value, type_)}"))
            if name in alert.fields:
                lines.append(DiffLine("+", f"{name}: {written(alert.fields[name], type_)}"))
    asked = set(differing)
    lines += [
        DiffLine(" ", f"{name}: {written(value, types.get(name, UNKNOWN))}")
        for name, value in alert.fields.items()
        if name not in asked
    ]
    return tuple(lines)


def _asked(expect: TestExpect, rule: Rule) -> str:
    types = expected_types(expect, rule)
    fields = ", ".join(f"{name}: {written(value, types.get(name, UNKNOWN))}" for name, value in expect.fields)
    return f"{expect.kind} {{ {fields} }}" if fields else expect.kind


def expected_types(expect: TestExpect, rule: Rule) -> dict[str, Type]:
    """The types of the fields an `expect` may name: those of the clause that makes such alerts."""
    if expect.kind == "timeout":
        return {name: value.type for clause in rule.on_timeout for name, value in clause.emit.fields}
    if rule.emit is not None:
        return {name: value.type for name, value in rule.emit.fields}
    return {part.name: part.type for part in rule.key}


def _describe_late(late: Late) -> str:
    return f"late {late.event} of {format_timestamp(late.time)}"
