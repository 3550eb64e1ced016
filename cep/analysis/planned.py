"""One rule of a set, planned alone, so that it can be looked at; also one that is switched off."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.language.model import Rule, RuleSet
from cep.plan.compile import compile_plan
from cep.plan.plan import Plan, PlanRule


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A plan of one rule, that rule, and whether its file says that it may wait for ever."""

    plan: Plan
    rule: PlanRule
    unbounded: bool


def planned_rule(rules: RuleSet, name: str) -> PlannedRule:
    """The rule of the qualified name `name`, planned. Raises KeyError if there is none, `CheckFailed` where it uses
    what cannot be executed."""
    rule = next((rule for rule in rules.rules if rule.name == name), None)
    if rule is None:
        raise KeyError(name)
    plan = compile_plan(replace(rules, rules=(_on(rule),), tests=()))
    one = replace(plan.rules[0], meta=rule.meta)
    return PlannedRule(replace(plan, rules=(one,)), one, rule.unbounded)


def _on(rule: Rule) -> Rule:
    """The rule as it would run: a plan leaves out what is off."""
    return replace(rule, meta=replace(rule.meta, mode="shadow")) if rule.meta.mode == "off" else rule
