"""What is said of a rule whose partial matches are kept as a shared structure."""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.naming import RuleNames
from cep.plan.sharing import Sharing, Stage


def shared(names: RuleNames) -> tuple[str, ...]:
    """How it is kept and what that costs, one sentence each; empty if runs are kept one by one."""
    sharing = names.rule.sharing
    return () if sharing is None else tuple(_sentences(names, sharing))


def _sentences(names: RuleNames, sharing: Sharing) -> Iterator[str]:
    yield "no guard looks back: runs that wait at one place act alike, and are kept as a graph of their events"
    yield f"stages: {', '.join(stage(names, one) for one in sharing.stages)}"
    yield "an event adds a node at each stage it comes to, however many runs wait there and however long the span is"
    told = "only the first match is made" if names.rule.skip.kind == "past" else "each match is made when it is told"
    yield f"an event that completes matches costs what the events in them cost, once; {told}"


def stage(names: RuleNames, one: Stage) -> str:
    """A stage in words: the step, and of a loop how many elements."""
    state = names.automaton.states[one.state]
    if state.counter is None:
        return names.quoted(one.state)
    more = "" if state.maximum is not None or one.count < max(state.minimum, 1) else " or more"
    return f"{one.count}{more} of {names.quoted(one.state)}"


def most_nodes(names: RuleNames, sharing: Sharing) -> int:
    """How many nodes one event can add at most."""
    events = [names.automaton.states[one.state].place.event for one in sharing.stages if one.out]
    return max([events.count(event) for event in events], default=0)
