"""How far the open partial matches of a rule have come: what an edit of the rule may touch, and what not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cep.engine.machine import Machine
from cep.engine.run import Keyed, Run, lineage
from cep.engine.shared.keyed import SharedKeyed
from cep.plan.nfa import Edge


@dataclass(slots=True)
class Reached:
    """Over all keys: steps by name that are bound (or greedy, and watched for), thresholds by name that hold events,
    absences and `until`s by number that are armed or remember events.

    `open`: partial matches open. `waiting`: keys in which events are held for a threshold or a leading absence, without
    a partial match.
    """

    open: int = 0
    waiting: int = 0
    steps: set[str] = field(default_factory=set)
    windows: set[str] = field(default_factory=set)
    absences: set[int] = field(default_factory=set)
    untils: set[int] = field(default_factory=set)


def reached(machine: Machine) -> Reached:
    """What the partial matches of a rule have reached."""
    found = Reached()
    for keyed in machine.keys.values():
        found.open += keyed.open
        if not isinstance(keyed, SharedKeyed):
            _key(machine, keyed, found)
    return found


def kept_runs(keyed: Keyed) -> list[Run]:
    """The runs of a key that may still be told or grow: open ones, and complete ones held back or followed."""
    done = [run for run, _, _ in keyed.done or ()]
    grown = [run for growth in keyed.growths or () for run in (growth.root, growth.latest)]
    followed = [run for follow in keyed.followed or () for run in (follow.identity, follow.latest)]
    return [*keyed.live_runs(), *done, *grown, *followed]


def _key(machine: Machine, keyed: Keyed, found: Reached) -> None:
    automaton = machine.rule.automaton
    names = [state.name for state in automaton.states]
    for run in kept_runs(keyed):
        found.steps.update(names[link.step] for link in lineage(run))
        for index in machine.bits(run.live):
            _wait(automaton.waits[index], names, found)
        for parts in (run.parts or {}).values():
            found.windows.update(names[state] for state, window in parts.windows.items() if window.recs)
    windows = [keyed.windows or {}, *(run.windows or {} for run in keyed.live_runs())]
    found.windows.update(
        names[automaton.waits[index].target] for some in windows for index, window in some.items() if window.recs
    )
    found.absences.update(absence for absence, hits in (keyed.history or {}).items() if hits)
    if not keyed.open and (keyed.windows or keyed.history):
        found.waiting += 1


def _wait(wait: Edge, names: Iterable[str], found: Reached) -> None:
    """What a run looks at while it waits at one place."""
    states = list(names)
    found.absences.update((*wait.absences, *wait.nexts))
    found.absences.update(absence for absence, _ in (*wait.barred, *wait.guarded))
    if wait.hold is not None:
        found.absences.add(wait.hold.absence)
    found.untils.update(bound.until for bound in wait.until)
    found.steps.update(states[index] for index in wait.greedy)
