"""What is open in a shard, rule by rule and key by key, as plain values for people and machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from cep.engine.machine import Machine
from cep.engine.record import Record
from cep.engine.run import Keyed, Run, chain
from cep.engine.shared.keyed import SharedKeyed
from cep.plan.plan import Plan, PlanRule
from cep.runtime.redaction import NOTHING_REDACTED, Redaction
from cep.runtime.shard import Shard
from cep.runtime.timestamps import format_timestamp

OpenKey = dict[str, Any]
"""`rule`, of an old version also `version`, `key` by its parts, `open` (partial matches), `partial_matches` (events
bound, what each waits for, when it ends), `held`: events kept for thresholds, absences and matches to come."""


def open_keys(shard: Shard, redaction: Redaction = NOTHING_REDACTED) -> Iterator[OpenKey]:
    """Everything open, in the order of rules and of the keys' text; `redaction`: fields of events left out."""
    for lane in shard.lanes:
        plan = lane.plan.plan
        for machine in lane.matcher.machines.values():
            for keyed in sorted(machine.keys.values(), key=lambda keyed: key_text(keyed.key)):
                found = _open_key(machine, keyed, plan, redaction)
                if lane.retired is not None:
                    found = {"rule": machine.rule.name, "version": lane.retired.version} | found
                yield found


def key_text(key: tuple[object, ...]) -> str:
    """A key as a person writes it: its parts with commas between."""
    return ",".join("null" if part is None else str(part) for part in key)


def _open_key(machine: Machine, keyed: Keyed, plan: Plan, redaction: Redaction) -> OpenKey:
    rule = machine.rule
    found: OpenKey = {
        "rule": rule.name,
        "key": {name: value for (name, _), value in zip(rule.key, keyed.key, strict=True)},
        "open": keyed.open,
    }
    if isinstance(keyed, SharedKeyed):
        # Its partial matches are ways through one graph, and may be more than anyone would read.
        recs = {node.rec[:5]: node.rec for nodes in keyed.stages for node in nodes}
        return found | {
            "partial_matches": [],
            "held": [_event(rec, plan, redaction) for _, rec in sorted(recs.items())],
        }
    matches = [_partial_match(machine, run, plan, redaction) for run in keyed.live_runs()]
    return found | {"partial_matches": matches, "held": [_event(rec, plan, redaction) for rec in _held(keyed)]}


def _partial_match(machine: Machine, run: Run, plan: Plan, redaction: Redaction) -> dict[str, Any]:
    rule = machine.rule
    states = rule.automaton.states
    events = [{"step": states[link.step].name} | _event(link.rec, plan, redaction) for link in chain(run)]
    ends = None if rule.within is None else format_timestamp(run.start.rec[0] + rule.within)
    return {"events": events, "waits_for": _waits(machine, rule, run), "ends": ends}


def _waits(machine: Machine, rule: PlanRule, run: Run) -> list[str]:
    """The steps a run waits for; where it waits for an absence to hold, `time`."""
    automaton = rule.automaton
    targets = [automaton.waits[bit].target for bit in machine.bits(run.live)]
    return list(dict.fromkeys(automaton.states[target].name if target >= 0 else "time" for target in targets))


def _held(keyed: Keyed) -> list[Record]:
    windows = [rec for window in (keyed.windows or {}).values() for rec in window.recs]
    history = [rec for hits in (keyed.history or {}).values() for rec in hits]
    done = [link.rec for run, _, _ in keyed.done or () for link in chain(run)]
    found = {rec[:5]: rec for rec in (*windows, *history, *done)}
    return [rec for _, rec in sorted(found.items())]


def _event(rec: Record, plan: Plan, redaction: Redaction) -> dict[str, Any]:
    return {
        "type": plan.events[rec[5]],
        "source": f"{rec[2]}/{rec[3]}/{rec[4]}",
        "time": format_timestamp(rec[0]),
        "data": msgspec.Raw(redaction.record(plan.events[rec[5]], rec[7], rec[2:5])),
    }
