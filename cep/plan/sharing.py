"""Which rules keep their partial matches as a shared structure, and the stages of that structure.

Where every guard looks only at the event under test and the key, partial matches that wait at one place act alike: an
event moves all of them or none. They need not be kept one by one. With `any` or `combinations`, where their number
grows with a power of the events, such a rule is kept as a graph of (event, predecessors) instead (`engine/shared`).
Whether a rule is, depends on its plan alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cep.language import model
from cep.language.resolved import Candidate, Expression
from cep.plan.expressions.walk import aggregates, sources
from cep.plan.nfa import START, Automaton, Condition, Edge, Effect, State

MOST_STAGES = 64
"""A rule of more stages is kept run by run: the cost of an event grows with the square of this number."""
STRATEGIES = frozenset({"nothing", "past", "first", "last"})
"""What these drop is all that began before some event; `to next` drops single starts in between."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step with the number of elements bound so far, counted to where it makes no difference any more.

    `begins`: its event may be the first; `accepts`: what has come here is a match. `into` and `out`: the links.
    """

    index: int
    state: int
    count: int
    begins: bool
    accepts: bool
    into: tuple[int, ...]
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A place to wait at: partial matches of stage `source` wait for the event of stage `target`, at wait `wait` of
    the automaton. `contiguity` as of that wait."""

    index: int
    wait: int
    source: int
    target: int
    contiguity: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """The stages and links of a rule that is kept as a shared structure."""

    stages: tuple[Stage, ...]
    links: tuple[Link, ...]


def sharing(rule: model.Rule, automaton: Automaton) -> Sharing | None:
    """The shared structure of a rule; None if its partial matches are kept one by one."""
    if not (selects_by_cuts(rule) and is_plain(automaton)) or has_greed(rule.items):
        return None
    if not all(is_alike(state.place.where) for state in automaton.states):
        return None
    if not any(wait.contiguity == "any" for wait in automaton.waits if wait.source != START):
        return None
    return Expansion(automaton).sharing()


def without_starts(shared: Sharing) -> Sharing:
    """The same structure in which no event begins a partial match."""
    return replace(shared, stages=tuple(replace(stage, begins=False) for stage in shared.stages))


def selects_by_cuts(rule: model.Rule) -> bool:
    """Whether matches are told when they complete, and each drops all earlier starts, or none."""
    skip = rule.skip
    told_at_once = rule.report == "early" and not skip.in_start_order and not rule.on_timeout
    return told_at_once and skip.kind in STRATEGIES


def has_greed(items: tuple[model.Item, ...]) -> bool:
    """Whether a loop is called greedy, be it without effect: the condition is one that an author can see."""
    return any(is_greedy(item.node) for item in items)


def is_greedy(node: model.Step | model.Group | model.Either | model.AllOf | model.Absence) -> bool:
    """Whether a loop in a part of the pattern is called greedy."""
    match node:
        case model.Step():
            return node.greedy
        case model.Group():
            return has_greed(node.items)
        case model.Either():
            return any(has_greed(alternative) for alternative in node.alternatives)
        case _:
            return False


def is_plain(automaton: Automaton) -> bool:
    """Whether there is nothing but steps and loops: no absence, `until`, span of a loop, threshold, looped group."""
    nothing = (automaton.absences, automaton.untils, automaton.leading, automaton.cancel, automaton.groups)
    return (
        not any(nothing)
        and not automaton.spans
        and all(state.having is None for state in automaton.states)
        and all(is_plain_wait(automaton, wait) for wait in automaton.waits)
    )


def is_plain_wait(automaton: Automaton, wait: Edge) -> bool:
    """Whether only the next event ends the wait, and what is counted are the elements of a loop."""
    kinds = ("start", "forward", "more")
    extras = (wait.gap_within, wait.gap_after, wait.joint, wait.hold)
    if wait.kind not in kinds or any(extra is not None for extra in extras) or wait.greedy or wait.left:
        return False
    return counts_own(automaton, wait)


def counts_own(automaton: Automaton, wait: Edge) -> bool:
    """Whether its conditions are about the loop it leaves, and its effects about the one it enters."""
    target = automaton.states[wait.target].counter
    source = automaton.states[wait.source].counter if wait.source != START else None
    effect = Effect(target, "add" if wait.kind == "more" else "set", 1) if target is not None else None
    return wait.effects == (() if effect is None else (effect,)) and all(
        condition.counter == source for condition in wait.conditions
    )


def is_alike(where: Expression | None) -> bool:
    """Whether a guard looks only at the event under test and the key."""
    return where is None or (sources(where) <= {Candidate()} and not aggregates(where))


class Expansion:
    """Unfolds the counters of an automaton."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.found: set[tuple[int, int]] = set()
        self.edges: set[tuple[int, tuple[int, int], tuple[int, int]]] = set()

    def sharing(self) -> Sharing | None:
        """The whole, None if it is too large or two edges lead the same way."""
        begins = {self.entered(self.automaton.waits[index], None) for index in self.automaton.starts}
        waiting = list(begins)
        while waiting:
            place = waiting.pop()
            if place in self.found:
                continue
            self.found.add(place)
            if len(self.found) > MOST_STAGES:
                return None
            waiting += self.onward(place)
        ways = {(source, target) for _, source, target in self.edges}
        return self.numbered(begins) if len(ways) == len(self.edges) else None

    def onward(self, place: tuple[int, int]) -> list[tuple[int, int]]:
        """The stages that follow one."""
        following = []
        for index in self.automaton.states[place[0]].edges:
            wait = self.automaton.waits[index]
            if holds(wait.conditions, place[1]):
                target = self.entered(wait, place[1])
                self.edges.add((index, place, target))
                following.append(target)
        return following

    def entered(self, wait: Edge, count: int | None) -> tuple[int, int]:
        """The stage that taking an edge leads to, from one in which `count` elements are bound."""
        state = self.automaton.states[wait.target]
        reached = (count or 0) + 1 if wait.kind == "more" else 1
        return state.index, capped(state, reached)

    def numbered(self, begins: set[tuple[int, int]]) -> Sharing:
        """Stages and links in the order of the rule."""
        places = sorted(self.found)
        links = [
            Link(number, wait, places.index(source), places.index(target), self.automaton.waits[wait].contiguity)
            for number, (wait, source, target) in enumerate(sorted(self.edges, key=lambda edge: (edge[1], edge[0])))
        ]
        stages = [
            Stage(
                index,
                *place,
                begins=place in begins,
                accepts=any(a.source == place[0] and holds(a.conditions, place[1]) for a in self.automaton.accepts),
                into=tuple(link.index for link in links if link.target == index),
                out=tuple(link.index for link in links if link.source == index),
            )
            for index, place in enumerate(places)
        ]
        return Sharing(tuple(stages), tuple(links))


def capped(state: State, count: int) -> int:
    """A number of elements, as far as it matters: of an open loop, up to its minimum."""
    return count if state.maximum is not None else min(count, max(state.minimum, 1))


def holds(conditions: tuple[Condition, ...], count: int) -> bool:
    """Whether a number of elements meets conditions."""
    return all((c.low is None or count >= c.low) and (c.high is None or count <= c.high) for c in conditions)
