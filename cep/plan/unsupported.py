"""Constructs that are checked but not executed yet: refused by name, never ignored (E0901)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cep.language import model
from cep.language.diagnostics import Diagnostic, Severity, Span, by_place
from cep.language.load import CheckResult


def executable(checked: CheckResult) -> CheckResult:
    """The same check with everything the engine would refuse among its findings; rules with `mode off` never run."""
    refused = {
        rule.name: found for rule in checked.rules.rules if rule.meta.mode != "off" and (found := unsupported(rule))
    }
    if not refused:
        return checked
    kept = tuple(rule for rule in checked.rules.rules if rule.name not in refused)
    tests = tuple(test for test in checked.rules.tests if test.rule not in refused)
    findings = by_place([*checked.diagnostics, *(one for found in refused.values() for one in found)])
    return replace(checked, rules=replace(checked.rules, rules=kept, tests=tests), diagnostics=findings)


def unsupported(rule: model.Rule) -> list[Diagnostic]:
    """What of `rule` the engine cannot run yet."""
    return list(of_items(rule.items))


def of_items(items: tuple[model.Item, ...]) -> Iterator[Diagnostic]:
    """What the items of a sequence hold."""
    for item in items:
        node = item.node
        match node:
            case model.Group():
                yield from of_items(node.items)
            case model.Either():
                for alternative in node.alternatives:
                    yield from of_items(alternative)
            case model.AllOf():
                yield from of_members(node)
            case model.Step() | model.Absence():
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
