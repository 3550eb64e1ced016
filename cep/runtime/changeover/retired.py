"""An old version of a rule that brings its open partial matches to their end, in a lane of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.engine.values import Values
from cep.language.model import EventType, Mode, RuleSet
from cep.plan.compile import compile_plan
from cep.plan.plan import Plan
from cep.runtime.changeover.archive import KeptRules
from cep.runtime.wiring import LanePlan, Wiring, lane_of


@dataclass(frozen=True, slots=True)
class Retired:
    """An old version: its rule, the generation in which it was current, its version number, how it is run."""

    rule: str
    generation: int
    version: int
    plan: LanePlan
    values: Values
    kept: KeptRules

    @property
    def name(self) -> str:
        """How it is told apart from other versions of the rule."""
        return f"{self.rule}@{self.generation}"


def retired_version(kept: KeptRules, rule: str, generation: int, values: Values, wiring: Wiring, mode: Mode) -> Retired:
    """An old version over the sources of the present wiring; its alerts go where `mode` says."""
    found = kept.rule(rule)
    plan = compile_plan(kept.rules, [rule], begins=False)
    told = tuple(replace(of, meta=replace(of.meta, mode=mode)) for of in plan.rules)
    plan = replace(plan, rules=told, types=_shown(plan, kept.rules, wiring.rules.events))
    lane = lane_of(wiring, kept.rules, found, plan)
    return Retired(rule, generation, found.meta.version, lane, values, kept)


def _shown(plan: Plan, rules: RuleSet, now: dict[str, EventType]) -> dict[str, EventType]:
    """The event types with the fields that both declarations have: events are read by that of today."""
    shown = dict(rules.events)
    for name in plan.events:
        after = {field.name for field in now[name].fields} if name in now else set()
        fields = tuple(field for field in rules.events[name].fields if field.name in after)
        shown[name] = replace(rules.events[name], fields=fields)
    return shown
