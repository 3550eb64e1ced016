"""Which rules are fed by which sources: the immutable part of a shard, made once and shared by all shards of a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cep.language.model import EventType, Rule, RuleSet
from cep.plan.compile import compile_plan
from cep.plan.plan import Plan
from cep.runtime.alert_form import AlertForms, Reread
from cep.runtime.decode.codec import EventCodec
from cep.runtime.output import TimeKind
from cep.runtime.source import Source

if TYPE_CHECKING:
    from cep.runtime.outlet import OutletPlan


@dataclass(frozen=True, slots=True)
class LanePlan:
    """The plan of the rules fed by the same `sources` on the same kind of time. `ordered`: `order by` is in play."""

    sources: tuple[str, ...]
    kind: TimeKind
    ordered: bool
    plan: Plan
    forms: AlertForms

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of its rules."""
        return tuple(rule.name for rule in self.plan.rules)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Sources by name, codecs by event type, lanes. `unfed`: by rule, the event types that no source brings. `rules`:
    all that was planned over, with what is declared. `shadow`: none of them is live, and no old version of one is.
    `outlets`: where events leave for shards of other wirings."""

    sources: Mapping[str, Source]
    codecs: Mapping[str, EventCodec]
    lanes: tuple[LanePlan, ...]
    unfed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: RuleSet = field(default_factory=RuleSet)
    shadow: bool = False
    outlets: tuple[OutletPlan, ...] = ()


def wire(
    rules: RuleSet, sources: Sequence[Source], names: Sequence[str] | None = None, instrument: bool = False
) -> Wiring:
    """Plan `rules` (those of `names`, or all) over `sources`. Rules with `mode off` are left out.

    Raises `ValueError` for sources that share a name or a partition, or hold an event type that is not declared.
    """
    codecs = {event.name: EventCodec(event) for event in rules.events.values() if has_time(event)}
    _check_sources(sources, codecs)
    groups: dict[tuple[tuple[str, ...], TimeKind, bool], list[str]] = {}
    unfed: dict[str, tuple[str, ...]] = {}
    for rule in rules.rules:
        if rule.meta.mode == "off" or (names is not None and rule.name not in names):
            continue
        missing = tuple(e for e in rule.events if not any(e in source.events for source in sources))
        if missing:
            unfed[rule.name] = missing
        groups.setdefault(_inputs(rules, rule, sources), []).append(rule.name)
    lanes: list[LanePlan] = []
    for (fed, kind, ordered), members in groups.items():
        plan = compile_plan(rules, members, instrument)
        lanes.append(LanePlan(fed, kind, ordered, plan, AlertForms(plan)))
    return Wiring({source.name: source for source in sources}, codecs, tuple(lanes), unfed, rules)


def lane_of(wiring: Wiring, rules: RuleSet, rule: Rule, plan: Plan, read: Reread) -> LanePlan:
    """The lane of one rule of another set over the same sources, run by a plan of it. `read`: as that set declares."""
    return LanePlan(*_inputs(rules, rule, list(wiring.sources.values())), plan, AlertForms(plan, read))


def _inputs(rules: RuleSet, rule: Rule, sources: Sequence[Source]) -> tuple[tuple[str, ...], TimeKind, bool]:
    """What a rule shares with the others of its lane: its sources, its kind of time, whether `order by` is in play."""
    fed = tuple(source.name for source in sources if set(source.events) & set(rule.events))
    types = [rules.events[event] for event in rule.events]
    return fed, types[0].time_kind, any(event.order for event in types)


def has_time(event: EventType) -> bool:
    """Whether events of this type can come in; a type that others extend may have no time of its own."""
    return bool(event.time) or event.time_kind != "event"


def _check_sources(sources: Sequence[Source], codecs: Mapping[str, EventCodec]) -> None:
    names: set[str] = set()
    partitions: set[tuple[str, int]] = set()
    for source in sources:
        if source.name in names:
            raise ValueError(f"two sources are called `{source.name}`")
        names.add(source.name)
        taken = partitions.intersection(source.known_partitions)
        if taken:
            topic, number = min(taken)
            raise ValueError(f"source `{source.name}` has the partition {topic}/{number}, as another source")
        partitions.update(source.known_partitions)
        for event in (*source.events, *(match.event for match in source.matches)):
            if event not in codecs:
                raise ValueError(f"source `{source.name}` holds `{event}`, which is no declared event type with a time")
