"""The pattern as a tree of nodes with identity, so that places can be compared and hashed cheaply.

Same shape as `language.model`; what a node means is told there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cep.language import model


@dataclass(frozen=True, eq=False, slots=True)
class StepNode:
    """A step. `order`: its rank among the steps as written."""

    step: model.Step
    order: int

    @property
    def is_exact(self) -> bool:
        """Whether the quantifier is a fixed number."""
        return self.step.minimum == self.step.maximum


@dataclass(frozen=True, eq=False, slots=True)
class AbsenceNode:
    """A `without`."""

    absence: model.Absence


@dataclass(frozen=True, eq=False, slots=True)
class GroupNode:
    """A group; `steps` are the names of all steps inside."""

    group: model.Group
    body: SequenceNode
    steps: frozenset[str]

    @property
    def is_loop(self) -> bool:
        """Whether it can have more than one iteration."""
        return self.group.maximum is None or self.group.maximum > 1


@dataclass(frozen=True, eq=False, slots=True)
class EitherNode:
    """An alternation."""

    either: model.Either
    alternatives: tuple[SequenceNode, ...]


@dataclass(frozen=True, eq=False, slots=True)
class AllOfNode:
    """A conjunction or N of M."""

    all_of: model.AllOf
    members: tuple[StepNode | AbsenceNode, ...]


Node = StepNode | AbsenceNode | GroupNode | EitherNode | AllOfNode


@dataclass(frozen=True, eq=False, slots=True)
class SequenceNode:
    """Nodes one after the other, each with the link to what lies before it."""

    nodes: tuple[Node, ...]
    links: tuple[model.Link, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """A whole rule: the absences before its first step, the sequence behind them, its steps in the order written.

    `gathered`: the names of thresholds that are items of a group in any order.
    """

    leading: tuple[AbsenceNode, ...]
    body: SequenceNode
    steps: tuple[StepNode, ...]
    gathered: frozenset[str]


def build(rule: model.Rule) -> Pattern:
    """The pattern of a checked rule."""
    steps: list[StepNode] = []
    count = 0
    while count < len(rule.items) and isinstance(rule.items[count].node, model.Absence):
        count += 1
    leading = tuple(AbsenceNode(item.node) for item in rule.items[:count] if isinstance(item.node, model.Absence))
    body = _sequence(rule.items[count:], steps)
    return Pattern(leading, body, tuple(steps), frozenset(_gathered(body)))


def _gathered(node: Node | SequenceNode) -> Iterator[str]:
    match node:
        case SequenceNode(nodes=nodes) | EitherNode(alternatives=nodes):
            for part in nodes:
                yield from _gathered(part)
        case GroupNode(body=body):
            yield from _gathered(body)
        case AllOfNode(members=members):
            yield from (m.step.name for m in members if isinstance(m, StepNode) and m.step.having is not None)
        case StepNode() | AbsenceNode():
            return


def _sequence(items: tuple[model.Item, ...], steps: list[StepNode]) -> SequenceNode:
    return SequenceNode(tuple(_node(item.node, steps) for item in items), tuple(item.link for item in items))


def _node(node: object, steps: list[StepNode]) -> Node:
    match node:
        case model.Step():
            steps.append(StepNode(node, len(steps)))
            return steps[-1]
        case model.Absence():
            return AbsenceNode(node)
        case model.Group():
            before = len(steps)
            body = _sequence(node.items, steps)
            return GroupNode(node, body, frozenset(s.step.name for s in steps[before:]))
        case model.Either():
            return EitherNode(node, tuple(_sequence(items, steps) for items in node.alternatives))
        case model.AllOf():
            return AllOfNode(node, tuple(_member(member, steps) for member in node.members))
    raise TypeError(f"no pattern node: {node!r}")


def _member(member: model.Step | model.Absence, steps: list[StepNode]) -> StepNode | AbsenceNode:
    node = _node(member, steps)
    assert isinstance(node, StepNode | AbsenceNode)
    return node
