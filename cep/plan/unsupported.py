"""Constructs that are checked but not executed yet: refused by name, never ignored (E0901)."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language import model
from cep.language.diagnostics import Diagnostic, Severity, Span


def unsupported(rule: model.Rule) -> list[Diagnostic]:
    """What of `rule` the engine cannot run yet."""
    return list(of_items(rule.items))


def of_items(items: tuple[model.Item, ...]) -> Iterator[Diagnostic]:
    """What the items of a sequence hold."""
    for item in items:
        node = item.node
        match node:
            case model.Step():
                if node.having is not None and node.until is not None:
                    yield refuse("`until` on a threshold step is not executed yet", node.span, "remove the `until`")
            case model.Group():
                yield from of_items(node.items)
            case model.Either():
                for alternative in node.alternatives:
                    if isinstance(alternative[0].node, model.Absence):
                        yield refuse(
                            "`without` as an alternative is not executed yet",
                            node.span,
                            "write it as a rule of its own",
                        )
                    else:
                        yield from of_items(alternative)
            case model.AllOf():
                yield from of_members(node)
            case model.Absence():
                pass


def of_members(node: model.AllOf) -> Iterator[Diagnostic]:
    """What the members of a conjunction hold."""
    for member in node.members:
        several = isinstance(member, model.Step) and member.minimum > 1
        if several and node.need < len(node.members):
            yield refuse(
                "a repeated step inside `at least N of` is not executed yet", member.span, "write single steps"
            )
        elif isinstance(member, model.Step) and member.having is not None:
            yield refuse("a threshold inside `all of` is not executed yet", member.span, "write it before the group")


def refuse(message: str, span: Span, fix: str) -> Diagnostic:
    """The diagnostic."""
    return Diagnostic("E0901", Severity.ERROR, message, span, fix)
