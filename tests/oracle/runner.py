"""A rule over a log: each key by itself, events in order, deadlines in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cep.language import model
from tests.oracle.events import OracleEvent, Report
from tests.oracle.expressions import Outside
from tests.oracle.keyed import KeyRun
from tests.oracle.nodes import build
from tests.oracle.view import Key, key_of

FOREVER = 2**63


def run(
    rule: model.Rule,
    ruleset: model.RuleSet,
    events: Sequence[OracleEvent],
    *,
    advance: int | None = FOREVER,
    params: Mapping[str, object] | None = None,
    lists: Mapping[str, Sequence[object]] | None = None,
    functions: Mapping[str, Callable[..., object]] | None = None,
    most_threads: int | None = None,
) -> Report:
    """All matches and time-outs of `rule` on `events`, which stand in processing order (event time, `order by`,
    topic, partition, offset) without late ones.

    `advance`: the watermark behind the last event, for ever at the end of an input, None to leave deadlines after the
    last event alone. `params` and `lists` by qualified name; a param left out has its default. Raises `TooManyThreads`
    where more than `most_threads` branches are open under one key.
    """
    values = {name: info.default for name, info in ruleset.params.items()} | dict(params or {})
    outside = Outside(values, dict(lists or {}), dict(functions or {}))
    pattern = build(rule)
    roles = _roles(rule)
    keys: dict[Key, KeyRun] = {}
    for index, event in enumerate(events):
        for key in _keys(roles, event):
            if key not in keys:
                keys[key] = KeyRun(rule, pattern, key, events, outside, most_threads)
            keys[key].feed(index)
    for one in keys.values():
        if advance is not None:
            one.advance(advance)
    alerts = tuple(alert for one in keys.values() for alert in one.alerts)
    return Report(alerts, sum(one.open_partials for one in keys.values()))


def _keys(roles: list[tuple[str, model.RoleKey]], event: OracleEvent) -> list[Key]:
    """The keys that see an event, each once."""
    found = [key_of(role, event.data) for name, role in roles if name == event.type]
    return list(dict.fromkeys(key for key in found if key is not None))


def _roles(rule: model.Rule) -> list[tuple[str, model.RoleKey]]:
    """Every event type the rule names, with the key field named there."""
    roles = [(over.event, over.key) for over in rule.over]
    if rule.cancel is not None:
        roles.append((rule.cancel.event, rule.cancel.key))
    for item in rule.items:
        roles += _roles_of(item.node)
    return roles


def _roles_of(node: object) -> list[tuple[str, model.RoleKey]]:
    match node:
        case model.Step():
            return [(node.event, node.key)] + ([(node.until.event, node.until.key)] if node.until else [])
        case model.Absence():
            return [(node.event, node.key)]
        case model.Group():
            until = [(node.until.event, node.until.key)] if node.until else []
            return until + [role for item in node.items for role in _roles_of(item.node)]
        case model.Either():
            return [role for items in node.alternatives for item in items for role in _roles_of(item.node)]
        case model.AllOf():
            return [role for member in node.members for role in _roles_of(member)]
    raise TypeError(f"no pattern node: {node!r}")
