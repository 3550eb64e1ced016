"""The rules of a job divided: those that run where their topics are read, and groups that run at the homes of keys.

A group is of the rules that read the same sources by the same key. Its events go through a topic of its own, whose
partition N is read by whoever reads partition N of the topic that leads; its state has a changelog of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cep.connectors.job.model import Job
from cep.connectors.kafka.repartition.keys import KeyedRule, RecordKeys, keyed_rules
from cep.language.model import RoleKey
from cep.plan.compile import compile_plan
from cep.runtime.alert_form import AlertForms
from cep.runtime.key_home import Homes
from cep.runtime.outlet import OutletPlan
from cep.runtime.source import Source
from cep.runtime.wiring import LanePlan, Wiring

ENVELOPE = 2_000
"""Bytes that a carried record may take beside its own, at most."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that run at the homes of their keys. `topic`: where their events go through. `places`: the partitions that
    these come from. `shared`: whether an event may have several keys, of which some are at home elsewhere."""

    topic: str
    wiring: Wiring
    places: tuple[tuple[str, int], ...]
    homes: int
    shared: bool

    @property
    def changelog(self) -> str:
        """The topic that holds its state."""
        return f"{self.topic}-changelog"

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of its rules."""
        return tuple(name for lane in self.wiring.lanes for name in lane.rules)


@dataclass(frozen=True, slots=True)
class Division:
    """`direct`: the rules that run where their topics are read, and where events leave for the groups."""

    direct: Wiring
    groups: tuple[Group, ...] = ()


def divided(job: Job, wiring: Wiring, partitions: Mapping[str, int], base: str, largest: int) -> Division:
    """Divide the rules of a job. `partitions` by source, `base` begins the names of topics; `largest`: bytes of a
    record that a producer takes. Raises `ConfigurationError` where it is not said what record keys are made of."""
    assert job.kafka is not None
    keys = RecordKeys(job, wiring, partitions)
    apart: dict[str, list[KeyedRule]] = {}
    for of in keyed_rules(wiring):
        if not keys.hold(of):
            apart.setdefault(_name(base, of), []).append(of)
    if not apart:
        return Division(wiring)
    topics = {source.name: source.topic for source in job.kafka.sources}
    homes = max(partitions.values())
    gone = {of.rule.name for rules in apart.values() for of in rules}
    direct = _part(wiring, [rule.name for rule in wiring.rules.rules if rule.name not in gone], wiring.sources.values())
    ranks = {name: rank for rank, name in enumerate(name for lane in wiring.lanes for name in lane.rules)}
    groups, outlets = [], []
    for topic, rules in apart.items():
        sources = rules[0].sources
        outlet = OutletPlan(topic, sources, _roles(rules), _counts(rules), Homes(homes), largest - ENVELOPE, ranks)
        places = tuple((topics[name], number) for name in sources for number in range(partitions[name]))
        own = _part(wiring, [of.rule.name for of in rules], _sources(wiring, sources, topics, partitions))
        groups.append(Group(topic, own, places, homes, any(len(roles) > 1 for roles in outlet.roles.values())))
        outlets.append(outlet)
    return Division(replace(direct, outlets=tuple(outlets)), tuple(groups))


def _name(base: str, of: KeyedRule) -> str:
    """The topic of a rule: told by its keys and its sources alone, so that other rules may come and go."""
    ways = sorted({key.paths for keys in of.roles.values() for key in keys})
    mark = hashlib.sha256(repr((sorted(of.sources), ways)).encode()).hexdigest()[:8]
    label = "-".join(re.sub(r"[^A-Za-z0-9_]", "_", part.name) for part in of.rule.key) or "all"
    return f"{base}-repartition-{label[:60]}-{mark}"


def _roles(rules: Iterable[KeyedRule]) -> dict[str, tuple[RoleKey, ...]]:
    found: dict[str, dict[RoleKey, None]] = {}
    for of in rules:
        for event, keys in of.roles.items():
            found.setdefault(event, {}).update(dict.fromkeys(keys))
    return {event: tuple(keys) for event, keys in found.items()}


def _counts(rules: Iterable[KeyedRule]) -> dict[str, dict[str, int]]:
    return {of.rule.name: {event: len(keys) for event, keys in of.roles.items()} for of in rules}


def _sources(
    wiring: Wiring, names: Sequence[str], topics: Mapping[str, str], partitions: Mapping[str, int]
) -> list[Source]:
    """The sources of a group: all their partitions, of which nothing is judged again."""
    return [
        replace(
            wiring.sources[name],
            partitions=tuple((topics[name], number) for number in range(partitions[name])),
            unknown_types="count",
            max_future=None,
        )
        for name in names
    ]


def _part(wiring: Wiring, names: Sequence[str], sources: Iterable[Source]) -> Wiring:
    """A wiring of some of the rules, in lanes as they had."""
    chosen = set(names)
    lanes = []
    for lane in wiring.lanes:
        own = [name for name in lane.rules if name in chosen]
        if own:
            plan = lane.plan if len(own) == len(lane.rules) else compile_plan(wiring.rules, own, lane.plan.instrumented)
            forms = lane.forms if plan is lane.plan else AlertForms(plan)
            lanes.append(LanePlan(lane.sources, lane.kind, lane.ordered, plan, forms))
    rules = replace(wiring.rules, rules=tuple(rule for rule in wiring.rules.rules if rule.name in chosen))
    return replace(wiring, sources={source.name: source for source in sources}, lanes=tuple(lanes), rules=rules)
