"""Event types of one rule against each other: they must keep one kind of time and one order."""

from __future__ import annotations

from cep.language import ast
from cep.language.check.catalog import EventInfo
from cep.language.check.context import RuleContext
from cep.language.model import EventOrder

KINDS = {"event": "event time", "ingestion": "the broker's time", "arrival": "the time of arrival"}


def check_times(node: ast.Rule, alphabet: tuple[str, ...], context: RuleContext) -> None:
    """E0418 where the types keep different kinds of time, E0419 where their `order by` does not agree."""
    events = [context.event(name, node.name_span) for name in alphabet]
    known = [event for event in events if event.whole and not event.broken]
    _kinds(node, known, context)
    ordered = [event for event in known if event.declared.order]
    for event in ordered[1:]:
        _order(node, ordered[0], event, context)


def _kinds(node: ast.Rule, events: list[EventInfo], context: RuleContext) -> None:
    for event in events[1:]:
        first, kind = events[0], event.declared.time_kind
        if kind != first.declared.time_kind:
            context.error(
                "E0418",
                f"`{first.name}` goes by {KINDS[first.declared.time_kind]}, `{event.name}` by {KINDS[kind]}",
                node.name_span,
                "give all event types of the rule the same kind of `time`",
            )
            return


def _order(node: ast.Rule, first: EventInfo, event: EventInfo, context: RuleContext) -> None:
    left, right = first.declared.order, event.declared.order
    if len(left) != len(right):
        message = f"`{first.name}` is ordered by {len(left)} field(s), `{event.name}` by {len(right)}"
    elif any(a.type.kind is not b.type.kind for a, b in zip(left, right, strict=True)):
        message = f"`{first.name}` is ordered by {_types(left)}, `{event.name}` by {_types(right)}"
    elif any(a.descending != b.descending for a, b in zip(left, right, strict=True)):
        message = f"`{first.name}` and `{event.name}` are ordered in opposite directions"
    else:
        return
    fix = "order both by fields of the same number, types and direction"
    context.error("E0419", message, node.name_span, fix)


def _types(order: tuple[EventOrder, ...]) -> str:
    return ", ".join(key.type.kind.value for key in order)
