"""An old version of a rule that brings its open partial matches to their end, in a lane of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.engine.values import Values
from cep.language.model import Mode
from cep.plan.compile import compile_plan
from cep.runtime.changeover.archive import KeptRules
from cep.runtime.changeover.records import RecordReader
from cep.runtime.decode.codec import EventCodec
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
    plan = replace(plan, rules=told)
    codecs = {name: EventCodec(kept.rules.events[name]) for name in plan.events}
    # Records are decoded by the declarations of today, which may call a field by another name or not know it.
    lane = lane_of(wiring, kept.rules, found, plan, RecordReader(codecs, plan.events).data)
    return Retired(rule, generation, found.meta.version, lane, values, kept)
