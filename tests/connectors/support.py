"""Declared event types and rule sets for connector tests, made without a rule file."""

from __future__ import annotations

from cep.language.diagnostics import NOWHERE
from cep.language.model import EventField, EventType, ListInfo, ParamInfo, RuleSet
from cep.language.types import BOOL, DECIMAL, DURATION, FLOAT, INT, STRING, Kind, TimestampFormat, Type

STAMP = Type(Kind.TIMESTAMP, format=TimestampFormat())
STATUS = Type(Kind.ENUM, members=("approved", "declined"))


def event(name: str, **fields: Type | tuple[Type, str]) -> EventType:
    """An event type by field; a field read from another name is a pair (type, source)."""
    declared = []
    for field, of in fields.items():
        type_, source = of if isinstance(of, tuple) else (of, field)
        declared.append(EventField(field, type_, source))
    return EventType(name, tuple(declared), "event", ("ts",), (), 0, None, NOWHERE)


AUTH = event(
    "CardAuth",
    card_id=STRING,
    amount=DECIMAL,
    count=INT.as_nullable(),
    score=FLOAT.as_nullable(),
    ok=BOOL.as_nullable(),
    note=STRING.as_nullable(),
    device=(STRING.as_nullable(), "client.device.id"),
    tags=Type(Kind.LIST, element=STRING, nullable=True),
    ts=STAMP,
)
LOGIN = event("bank.Login", user=STRING, count=STRING, ts=STAMP)


def rule_set() -> RuleSet:
    """A rule set of the two event types with a few lists and params."""
    rules = RuleSet(events={"CardAuth": AUTH, "bank.Login": LOGIN})
    rules.lists["bank.trusted"] = ListInfo("trusted", STRING, NOWHERE)
    rules.lists["amounts"] = ListInfo("amounts", DECIMAL, NOWHERE)
    rules.params["limit"] = ParamInfo("limit", DECIMAL, 1, 0, 10_000, None, NOWHERE)
    rules.params["bank.span"] = ParamInfo("span", DURATION, 1, None, None, None, NOWHERE)
    rules.params["bank.status"] = ParamInfo("status", STATUS, "approved", None, None, None, NOWHERE)
    rules.params["share"] = ParamInfo("share", FLOAT, 0.5, None, None, None, NOWHERE)
    rules.params["times"] = ParamInfo("times", INT, 3, None, None, None, NOWHERE)
    rules.params["strict"] = ParamInfo("strict", BOOL, True, None, None, None, NOWHERE)
    return rules
