"""Where a loop multiplies runs: one takes a further turn, one is left that goes on behind the loop.

Both stand where their last event was bound, so there are two of them only for those numbers of turns that let a run do
either: from the least number of the loop to one before the most.
"""

from __future__ import annotations

from collections.abc import Iterator

from cep.analysis.naming import RuleNames, whole
from cep.plan.nfa import Edge

Range = tuple[int, int | None]
"""The least and the most of what a counter counts (None: no most)."""


def left_behind(names: RuleNames, turn: Edge) -> Iterator[str]:
    """What a wait for one more element, or for one more iteration of a group, leaves behind, one sentence each."""
    counter = _counter(names, turn)
    if counter is None:
        return
    found: dict[Range, list[str]] = {}
    for other in whole(names.automaton):
        turns = together(turn, other, counter) if _goes_on(turn, other) else None
        if turns is not None:
            found.setdefault(turns, []).append(names.quoted(other.target))
    goes_on = "takes more" if turn.kind == "more" else "begins a further one"
    for turns, targets in found.items():
        waits_for = " or ".join(dict.fromkeys(targets))
        which = _which(names, turn, counter, turns)
        yield f"{which} leaves a run that waits for {waits_for}, beside the one that {goes_on}"


def _counter(names: RuleNames, turn: Edge) -> int | None:
    """What counts the turns of a loop; None for a wait that is no turn of a loop, or that binds past events at once."""
    if turn.kind == "more":
        state = names.automaton.states[turn.source]
        return None if state.having is not None else names.automaton.states[turn.target].counter
    added = [effect.counter for effect in turn.effects if effect.op == "add"]
    return added[0] if turn.kind == "iterate" and added else None


def _goes_on(turn: Edge, other: Edge) -> bool:
    """Whether a wait is a way on from where the loop turns. Members of a group in any order are taken by one run."""
    if other.source != turn.source or other.index <= turn.index or other.kind not in ("forward", "iterate"):
        return False
    shut = turn.kind == "more" and turn.source in other.greedy
    return not shut and (turn.joint is None or other.joint != turn.joint)


def together(one: Edge, other: Edge, counter: int) -> Range | None:
    """For which values of a counter a run may wait at both places at once; None: it never does."""
    conditions = (*one.conditions, *other.conditions)
    ranges: dict[int, Range] = {counter: (1, None)}
    for condition in conditions:
        low, high = ranges.get(condition.counter, (0, None))
        highs = [bound for bound in (high, condition.high) if bound is not None]
        ranges[condition.counter] = (max(low, condition.low or 0), min(highs, default=None))
    if any(high is not None and high < low for low, high in ranges.values()):
        return None
    return ranges[counter]


def _which(names: RuleNames, turn: Edge, counter: int, turns: Range) -> str:
    """The turns that leave a run behind."""
    low, high = turns
    element = turn.kind == "more"
    kind = "element" if element else "iteration"
    of = f"of {names.quoted(turn.target) if element else names.group(names.iterated(counter))}"
    if low == high:
        return f"the first {kind} {of}" if low == 1 else f"{kind} number {low} {of}"
    if high is not None:
        return f"each {kind} {of} from number {low} to number {high}"
    return f"each {kind} {of}" if low < 2 else f"each {kind} {of} from number {low} on"
