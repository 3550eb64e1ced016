"""From a planned rule to its picture as values: boxes for steps, arrows for waits. Drawing is the renderers' matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from cep.analysis.bounds import due, ends
from cep.analysis.graph_absences import after, alternatives, before, drawn, title
from cep.analysis.literals import name_text, span_text
from cep.analysis.naming import RuleNames, whole
from cep.analysis.planned import PlannedRule
from cep.plan.nfa import END, START, Edge, Hold, Place, State

Style = OneOf["relaxed", "next", "any", "time", "complete"]
"""How an arrow is drawn: by contiguity, taken by time, or the end of a match."""

LINKS = {"relaxed": "then", "next": "then next", "any": "then any"}
MORE = {"relaxed": "one more", "next": "one more, consecutive", "any": "one more, combinations"}


@dataclass(frozen=True, slots=True)
class Label:
    """A line beside an arrow; `forbids`: an event that may not come while a run waits there."""

    text: str
    forbids: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A box: `number` is the state's, or START or END. `title` first, then what it asks for. `frame`: the group of
    steps in any order that it belongs to."""

    number: int
    name: str
    title: str
    lines: tuple[str, ...]
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A wait: from the step bound last to the step waited for."""

    source: int
    target: int
    style: Style
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A rule's automaton, ready to be drawn. `frames` name groups of steps that come in any order; `notes` hold for
    the whole rule."""

    title: str
    notes: tuple[str, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    frames: tuple[tuple[int, str], ...]


def graph(planned: PlannedRule) -> Graph:
    """The picture of a rule."""
    names = RuleNames(planned.plan, planned.rule)
    rule, automaton = planned.rule, planned.rule.automaton
    frames = _frames(names)
    first = tuple(_forbidden(names, "without", automaton.absences[number]) for number in automaton.leading)
    absences = alternatives(names)
    nodes = [
        Node(START, "start", "start", first),
        *(_node(names, state, frames) for state in automaton.states),
        Node(END, "match", "match", ()),
    ]
    for number, hold in absences.items():
        place = next(i for i, node in enumerate(nodes) if node.number == before(names, hold))
        text = title(names, hold)
        nodes.insert(place, Node(number, text, text, ()))
    waits = [wait for wait in whole(automaton) if wait.source < 0 or wait.joint is None or not _between(wait, frames)]
    shown = [wait for wait in waits if wait.hold is None or wait.joint is None]
    # Several ways to the same absence come to one way on from it.
    arrows = dict.fromkeys(_arrow(names, drawn(wait, absences)) for wait in shown)
    return Graph(
        title=f'{rule.name} "{rule.title}"' if rule.title else rule.name,
        notes=tuple(_notes(names)),
        nodes=tuple(nodes),
        arrows=(*arrows, *_completing(names, absences)),
        frames=tuple((number, _frame_title(names, number)) for number in sorted(set(frames.values()))),
    )


def _frames(names: RuleNames) -> dict[int, int]:
    """The conjunction that each state belongs to, if any."""
    waits = [wait for wait in names.automaton.waits if wait.joint is not None]
    return {wait.target: wait.joint for wait in waits if wait.joint is not None and wait.target >= 0}


def _between(wait: Edge, frames: dict[int, int]) -> bool:
    """Whether an arrow stays inside a conjunction: there every member leads to every other."""
    return wait.target >= 0 and frames.get(wait.source) == frames.get(wait.target) == wait.joint


def _frame_title(names: RuleNames, joint: int) -> str:
    """`all of` or `at least N of`, in any order."""
    waits = [wait for wait in names.automaton.waits if wait.joint == joint]
    members = {wait.target for wait in waits if wait.target >= 0}
    absences = {wait.hold.absence for wait in waits if wait.hold is not None and wait.hold.base is None}
    need = {
        condition.high + 1
        for wait in waits
        if wait.source in members and wait.kind != "iterate"
        for condition in wait.conditions[-1:]
        if condition.high is not None
    }
    size = len(members) + len(absences)
    spare = next((wait.hold.spare for wait in waits if wait.hold is not None), None)
    least = next(iter(need), size) if spare is None else size - spare
    whole_ = "all of" if least >= size else f"at least {least} of"
    held = [_forbidden(names, "without", names.automaton.absences[number]) for number in sorted(absences)]
    spans = [g.within for g in names.automaton.gatherings if g.joint == joint and g.within is not None]
    within = [f"within {span_text(span)}" for span in spans]
    return ", ".join([whole_ + ", in any order", *within, *held])


def _node(names: RuleNames, state: State, frames: dict[int, int]) -> Node:
    lines = [f"{word} {text}" for word, text in _asked(names, state) if text is not None]
    lines += _item(names, state)
    if state.window is not None:
        lines.append(f"within {span_text(state.window)}")
    event = names.event(state.place)
    title = state.name if event is None else f"{name_text(state.name)}: {event}{quantifier(state)}"
    return Node(state.index, state.name, title, tuple(lines), frames.get(state.index))


def _item(names: RuleNames, state: State) -> Iterator[str]:
    """How an item of a group goes on, where no arrow tells it."""
    for gathering in names.automaton.gatherings:
        for item in gathering.items:
            if item.state == state.index and not item.threshold:
                yield from () if item.mode == "relaxed" else (item.mode,)
                yield from () if item.within is None else (f"within {span_text(item.within)}",)


def _asked(names: RuleNames, state: State) -> Iterator[tuple[str, str | None]]:
    yield "by", names.by(state.place.key)
    yield "where", names.text(state.place.where)
    yield "having", names.text(state.having)


def quantifier(state: State) -> str:
    """How many events a step binds, as the language writes it."""
    low, high = state.minimum, state.maximum
    if state.having is not None or (low, high) == (1, 1):
        return ""
    if high is None:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    if low == 0:
        return "?" if high == 1 else f"{{1,{high}}}?"
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _arrow(names: RuleNames, wait: Edge) -> Arrow:
    style: Style = "time" if wait.kind in ("due", "after_next", "hold") else wait.contiguity
    return Arrow(wait.source, wait.target, style, tuple(_labels(names, wait)))


def _labels(names: RuleNames, wait: Edge) -> Iterator[Label]:
    """What is written beside the arrow of a wait."""
    if wait.source != START and wait.kind not in ("due", "after_next", "hold"):
        yield Label(_link(wait))
    if wait.conditions:
        yield Label(names.when(wait.conditions))
    yield from (Label(f"within {names.bound(bound).replace(' after ', ' of ', 1)}") for bound in wait.spans)
    yield from _stops(names, wait)
    if wait.target == END and wait.nexts:
        yield Label("at the next event")
    if wait.target == END and wait.absences:
        yield Label(f"until {' and '.join(due(names, wait))}")
    if wait.hold is not None:
        yield Label(f"until {ends(names, wait)[0]}")


def _link(wait: Edge) -> str:
    """How the next event follows."""
    if wait.kind == "more":
        return MORE[wait.contiguity]
    gaps = [(" within ", wait.gap_within), (" after ", wait.gap_after)]
    again = "again, " if wait.kind == "iterate" else ""
    return again + LINKS[wait.contiguity] + "".join(f"{word}{span_text(gap)}" for word, gap in gaps if gap is not None)


def _stops(names: RuleNames, wait: Edge) -> Iterator[Label]:
    """What may not come while a run waits there."""
    automaton = names.automaton
    yield from (Label(_forbidden(names, "without next", automaton.absences[n]), True) for n in wait.nexts)
    yield from (
        Label(_forbidden(names, "without", automaton.absences[n], wait.target != END), True) for n in wait.absences
    )
    if wait.hold is not None:
        yield Label(_forbidden(names, "without", automaton.absences[wait.hold.absence], False), True)
    yield from (Label(_forbidden(names, "until", automaton.untils[b.until]), True) for b in wait.until)
    yield from (Label(f"what fits {names.quoted(n)} (greedy)", True) for n in wait.greedy)


def _forbidden(names: RuleNames, word: str, place: Place, spanned: bool = True) -> str:
    """A place as the clause that wrote it."""
    by, where = names.by(place.key), names.text(place.where)
    text = f"{word} {names.event(place)}" + (f" by {by}" if by else "") + (f" where {where}" if where else "")
    return text + (f" within {span_text(place.within)}" if spanned and place.within is not None else "")


def _completing(names: RuleNames, absences: dict[int, Hold]) -> Iterator[Arrow]:
    """The arrows to the end of a match, one from each step, or absence, that can be the last."""
    accepts = [after(accept, absences) for accept in names.automaton.accepts]
    for source in dict.fromkeys(accept.source for accept in accepts):
        ways = [accept.conditions for accept in accepts if accept.source == source]
        labels = () if () in ways else tuple(Label(names.when(conditions)) for conditions in ways)
        yield Arrow(source, END, "complete", labels)


def _notes(names: RuleNames) -> Iterator[str]:
    """What holds for the whole rule."""
    rule = names.rule
    key = ", ".join(name for name, _ in rule.key)
    within = "" if rule.within is None else f" within {span_text(rule.within)}"
    yield f"match by {key}{within}" if key else f"match{within}"
    if rule.automaton.cancel is not None:
        yield _forbidden(names, "cancel on", rule.automaton.cancel)
