"""The state of one rule under one key, carried from one version of the rule to another.

States are known by step names, waits by what they wait for: from which step, for which, in which form. A run keeps
what it has bound. Waits that both versions have stay as they are, live or not. Where the new version goes on otherwise
behind the steps that both have in common, a run that still waited there, untouched, waits for what the new version
has there from now on.

Whatever is not surely the same is not carried: `Uncarried` says so, and the old version keeps the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from cep.engine.blob import Node, write_blob
from cep.engine.run import Run
from cep.engine.snapshot import Reader
from cep.plan.edits.meaning import said
from cep.plan.nfa import START, Accept, Automaton, Condition, Edge
from cep.plan.plan import PlanRule

WaitName = tuple[str, str, str, tuple[str, ...]]
"""From which step, for which, the kind of wait, and what has been passed since it was begun."""


class Uncarried(Exception):
    """State of one version that has no place in the other, and why."""


@dataclass(frozen=True, slots=True)
class Common:
    """What both versions have: the first `steps` steps, and the first `absences` absences; `whole`: all they have."""

    steps: int
    absences: int
    whole: bool


class Bridge:
    """From the waits of an old version to those of a new one."""

    def __init__(self, old: PlanRule, new: PlanRule, common: Common) -> None:
        """Raises `Uncarried` where the two differ in what they have in common."""
        self.old = old.automaton
        self.new = new.automaton
        self.common = common
        self.waits: dict[int, int] = {}
        self.is_same = common.whole and said((old.automaton, old.sharing)) == said((new.automaton, new.sharing))
        if self.is_same:
            return
        if old.sharing is not None or new.sharing is not None:
            raise Uncarried("its partial matches are kept in another way")
        before, after = wait_names(self.old), wait_names(self.new)
        inside = {name: i for i, name in before.items() if self._is_inside(self.old.waits[i])}
        others = {name: i for i, name in after.items() if self._is_inside(self.new.waits[i])}
        if inside.keys() != others.keys() or len(inside) + len(others) != self._count():
            raise Uncarried("it waits in another way")
        self.waits = {inside[name]: others[name] for name in inside}
        for one, other in self.waits.items():
            if form(self.old.waits[one], before) != form(self.new.waits[other], after):
                raise Uncarried("it waits in another way")
        self.is_same = common.whole and all(one == other for one, other in self.waits.items())

    def _count(self) -> int:
        return sum(self._is_inside(w) for automaton in (self.old, self.new) for w in automaton.waits)

    def _is_inside(self, wait: Edge) -> bool:
        """Whether a wait is among the steps that both versions have."""
        steps = self.common.steps
        return self.common.whole or (wait.source < steps and 0 <= wait.target < steps)

    # ------------------------------------------------------------ runs

    def live(self, run: Run) -> tuple[list[int], bool]:
        """The waits of a run in the new version, as far as both have them, and whether it waits for what follows."""
        live = [i for i in range(run.live.bit_length()) if run.live >> i & 1]
        inside = [self.waits[i] for i in live if i in self.waits]
        if self.common.whole:
            return inside, False
        for automaton in (self.old, self.new):
            if any(meets(run, accept) for accept in automaton.accepts if accept.source == run.step):
                raise Uncarried("a partial match that is open would be complete")
        entered = {i for i in entry(self.old, run) if i not in self.waits}
        left = {i for i in live if i not in self.waits}
        if left and left != entered:
            raise Uncarried("it has seen some of what follows")
        return inside, bool(left) or not entered

    def ahead(self, run: Run) -> list[int]:
        """The new version's waits of a run for what follows."""
        known = set(self.waits.values())
        found = [i for i in entry(self.new, run) if i not in known]
        watched = {name for i in entry(self.old, run) for name in self.old.waits[i].greedy}
        for index in found:
            if not self._is_open(self.new.waits[index], watched):
                raise Uncarried("what follows looks at events that have passed")
        return found

    def _is_open(self, wait: Edge, watched: set[int]) -> bool:
        """Whether a wait may begin at any time: nothing that has passed could have ended it."""
        looks_back = (wait.nexts, wait.barred, wait.left, wait.effects and wait.hold, wait.joint is not None)
        absences = {*wait.absences, *(absence for absence, _ in wait.guarded)}
        return (
            wait.contiguity == "relaxed"
            and not any(looks_back)
            and all(absence < self.common.absences for absence in absences)
            and set(wait.greedy) <= watched
            and wait.target >= 0
        )


def wait_names(automaton: Automaton) -> dict[int, WaitName]:
    """The name of each wait that is the only one of it; of several that share a name, one."""
    variants: dict[int, tuple[str, ...]] = {}
    for wait in automaton.waits:
        base = variants.get(wait.index, ())
        for word, index in (
            ("next", wait.twin),
            ("late", wait.late),
            ("passed", wait.passed),
            ("rearmed", wait.rearmed),
        ):
            if index is not None:
                variants[index] = (*base, word)
        for loop, index in wait.closed:
            variants[index] = (*base, f"closed {automaton.states[loop].name}")
    found: dict[int, WaitName] = {}
    for wait in automaton.waits:
        found[wait.index] = (
            _name(automaton, wait.source),
            _name(automaton, wait.target),
            wait.kind,
            variants.get(wait.index, ()),
        )
    return found


def _name(automaton: Automaton, state: int) -> str:
    return automaton.states[state].name if state >= 0 else ("start" if state == START else f"end {state}")


def form(wait: Edge, names: Mapping[int, WaitName]) -> tuple[object, ...]:
    """What of a wait its state depends on."""
    return (
        wait.contiguity,
        wait.conditions,
        wait.effects,
        wait.clears,
        wait.joint,
        wait.hold is None,
        wait.absences,
        wait.nexts,
        wait.barred,
        wait.guarded,
        wait.until,
        wait.greedy,
        None if wait.window < 0 else names[wait.window],
    )


def entry(automaton: Automaton, run: Run) -> list[int]:
    """Where a run waits when it has just bound its last event."""
    edges = automaton.states[run.step].edges
    return [i for i in edges if all(holds(run, condition) for condition in automaton.waits[i].conditions)]


def meets(run: Run, accept: Accept) -> bool:
    """Whether a run is complete."""
    return all(holds(run, condition) for condition in accept.conditions)


def holds(run: Run, condition: Condition) -> bool:
    """Whether a counter of a run is in range."""
    count = getattr(run, f"c{condition.counter}")
    return (condition.low is None or count >= condition.low) and (condition.high is None or count <= condition.high)


def carried(reader: Reader, bridge: Bridge) -> bytes:
    """A key's state, as read under the old version, for the new one. Raises `Uncarried`."""
    blob = reader.blob
    if bridge.is_same:
        return write_blob(blob)
    waits: dict[int, list[int]] = {}
    for index, waiting in blob.waits.items():
        if index in bridge.waits:
            waits[bridge.waits[index]] = list(waiting)
    nodes = [_node(node, bridge) for node in blob.nodes]
    for number in _by_arrival(reader):
        run = reader.runs[number]
        if run.live:
            live, goes_on = bridge.live(run)
            ahead = bridge.ahead(run) if goes_on else []
            if not live and not ahead:
                raise Uncarried("it would wait for nothing")
            nodes[number] = msgspec.structs.replace(nodes[number], live=sorted([*live, *ahead]))
            for index in ahead:
                waits.setdefault(index, []).append(number)
    windows = {bridge.waits[i]: window for i, window in blob.windows.items() if i in bridge.waits}
    return write_blob(msgspec.structs.replace(blob, nodes=nodes, waits=dict(sorted(waits.items())), windows=windows))


def _node(node: Node, bridge: Bridge) -> Node:
    if node.via >= 0 and node.via not in bridge.waits:
        raise Uncarried("it has bound a step that is no more")
    via = bridge.waits[node.via] if node.via >= 0 else node.via
    windows = {bridge.waits[i]: window for i, window in node.windows.items() if i in bridge.waits}
    return msgspec.structs.replace(node, via=via, windows=windows, live=[])


def _by_arrival(reader: Reader) -> Iterable[int]:
    """The nodes in the order in which they began to wait."""
    nodes = reader.blob.nodes
    return sorted(range(len(nodes)), key=lambda number: (reader.recs[nodes[number].event][:5], number))
