"""Which places lie behind a taken event: the whole of contiguity, quantifiers and nesting is in how a frame goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from cep.language import model
from tests.oracle.nodes import AbsenceNode, AllOfNode, EitherNode, GroupNode, Node, SequenceNode, StepNode
from tests.oracle.places import (
    After,
    AllOfPlace,
    Alternative,
    Armed,
    Awaited,
    Bindings,
    EndPlace,
    Follow,
    Frame,
    Greed,
    Iteration,
    Place,
    StepPlace,
    Thread,
    TimerPlace,
    turn,
)
from tests.oracle.trailing import growing_window
from tests.oracle.view import View

_WAYS = count(1)
_BETWEEN_ITERATIONS = {"relaxed": "then", "consecutive": "next", "combinations": "any"}


@dataclass(frozen=True, slots=True)
class Crossed:
    """What was passed on the way from the last event bound to a place."""

    guards: tuple[Armed, ...] = ()
    nexts: tuple[Armed, ...] = ()
    greeds: tuple[Greed, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A place that can be reached without an event, and what was passed on the way there."""

    place: Place
    crossed: Crossed
    mandatory: bool


class Expansion:
    """The ways behind one set of bindings."""

    def __init__(self, view: View, bindings: Bindings) -> None:
        self.view = view
        self.bindings = bindings
        self.bound = len(bindings)
        self.ways = frozenset({next(_WAYS)})

    # ------------------------------------------------------------ into a sequence

    def enter(
        self, sequence: SequenceNode, at: int, inherited: Follow | None, outer: Frame, crossed: Crossed, optional: bool
    ) -> Iterator[Way]:
        """Wait for what stands at position `at` of a sequence. `inherited`: how the first event bound in the group
        around must follow, while none is. `optional`: whether the match can do without this sequence."""
        if at == len(sequence.nodes):
            yield from self.proceed(outer, crossed, optional)
            return
        node = sequence.nodes[at]
        if isinstance(node, AbsenceNode):
            passed = self._pass_absence(node, After(sequence, at, inherited, self.bound, outer), crossed)
            yield from self.enter(sequence, at + 1, inherited, outer, passed, optional)
            return
        follow = _follow(sequence, at, inherited)
        behind = After(sequence, at, inherited, self.bound, outer, optional)
        yield from self._wait(node, follow, behind, crossed, optional)
        if _minimum(node) == 0:
            passed = _pass_greedy(node, self.bound, behind, crossed)
            yield from self.enter(sequence, at + 1, inherited, outer, passed, optional)

    def _wait(
        self,
        node: StepNode | GroupNode | EitherNode | AllOfNode,
        follow: Follow,
        behind: Frame,
        crossed: Crossed,
        optional: bool,
    ) -> Iterator[Way]:
        optional = optional or may_be_empty(node)
        match node:
            case StepNode():
                yield Way(StepPlace(node, self.bound, follow, behind), crossed, not optional)
            case GroupNode():
                frame = Iteration(node, self.bound, self.bound, 1, behind)
                yield from self.enter(node.body, 0, follow, frame, crossed, optional)
            case EitherNode():
                for alternative in node.alternatives:
                    yield from self._alternative(node, alternative, follow, behind, crossed, optional)
            case AllOfNode():
                count = len(node.members)
                place = AllOfPlace(node, self.bound, follow, (0,) * count, behind, ((),) * count)
                yield Way(place, crossed, not optional)

    def _alternative(
        self,
        node: EitherNode,
        alternative: SequenceNode,
        follow: Follow,
        behind: Frame,
        crossed: Crossed,
        optional: bool,
    ) -> Iterator[Way]:
        frame = Alternative(node, self.bound, behind)
        if len(alternative.nodes) == 1 and isinstance(alternative.nodes[0], AbsenceNode):
            if self.bindings:
                base = self.view.time(self.bindings[-1][1])
                bears = follow if self._leads(behind) else None
                yield Way(TimerPlace(alternative.nodes[0], base, frame, bears), crossed, False)
            return
        yield from self.enter(alternative, 0, follow, frame, crossed, optional)

    def _leads(self, frame: Frame) -> bool:
        """Whether a step stands behind an alternative that binds nothing, and is the first of a linked group."""
        while frame is not None:
            if isinstance(frame, After) and frame.inherited is not None and frame.bound == self.bound:
                later = frame.sequence.nodes[frame.index + 1 :]
                if any(not isinstance(node, AbsenceNode) for node in later):
                    return True
            frame = frame.outer
        return False

    # ------------------------------------------------------------ out of what was completed

    def proceed(self, frame: Frame, crossed: Crossed, optional: bool = False) -> Iterator[Way]:
        """Go on behind what has been completed inside `frame`."""
        match frame:
            case None:
                yield Way(EndPlace(), crossed, False)
            case After(sequence, index, inherited, bound, outer):
                still = inherited if self.bound == bound else None
                optional = frame.optional if self.bound == bound else optional
                yield from self.enter(sequence, index + 1, still, outer, crossed, optional)
            case Alternative(outer=outer):
                yield from self.proceed(outer, crossed, optional)
            case Iteration():
                yield from self._iterate(frame, crossed, optional)

    def _iterate(self, frame: Iteration, crossed: Crossed, optional: bool) -> Iterator[Way]:
        group = frame.group.group
        enough = frame.number >= group.minimum
        if (group.maximum is None or frame.number < group.maximum) and self.bound > frame.begun:
            again = replace(frame, begun=self.bound, number=frame.number + 1)
            follow = Follow(_BETWEEN_ITERATIONS[group.mode])  # type: ignore[arg-type]
            yield from self.enter(frame.group.body, 0, follow, again, crossed, optional or enough)
        if enough:
            yield from self.proceed(frame.outer, crossed, optional)

    # ------------------------------------------------------------ what is passed

    def _pass_absence(self, node: AbsenceNode, frame: Frame, crossed: Crossed) -> Crossed:
        absence = node.absence
        last = self.view.time(self.bindings[-1][1]) if self.bindings else None
        until = last + absence.within if last is not None and absence.within is not None else None
        armed = Armed(node, frame, until)
        if absence.next:
            return replace(crossed, nexts=(*crossed.nexts, armed))
        return replace(crossed, guards=(*crossed.guards, armed))

    # ------------------------------------------------------------ threads

    def threads(self, ways: list[Way], loops: list[Frame]) -> list[Thread]:
        """One thread for each way; an absence in force holds for all of them, since no branch of a run may pass a
        hit by. `loops`: frames behind loops that are still open; an absence there is armed from their first event."""
        guards = [armed for way in ways for armed in way.crossed.guards]
        for frame in loops:
            guards += [armed for way in self.proceed(frame, Crossed()) for armed in way.crossed.guards]
        nexts = tuple(dict.fromkeys(armed for way in ways for armed in way.crossed.nexts))
        awaited = _awaited(ways)
        return [replace(self._thread(way, tuple(dict.fromkeys(guards)), nexts), awaited=awaited) for way in ways]

    def _thread(self, way: Way, guards: tuple[Armed, ...], nexts: tuple[Armed, ...]) -> Thread:
        crossed = way.crossed
        if not isinstance(way.place, EndPlace):
            return Thread(self.bindings, way.place, guards, nexts, crossed.greeds, ways=self.ways, own=crossed.nexts)
        trailing = tuple(replace(armed, until=self._due(armed)) for armed in crossed.guards)
        return Thread(self.bindings, way.place, guards, nexts, crossed.greeds, trailing, crossed.nexts, ways=self.ways)

    def _due(self, armed: Armed) -> int | None:
        header = self.view.rule.within
        if armed.until is not None or header is None:
            return armed.until
        return self.view.time(self.bindings[0][1]) + header


def _awaited(ways: list[Way]) -> Awaited | None:
    """The first mandatory step waited for in the order written."""
    waits: list[Awaited] = []
    for way in ways:
        if not way.mandatory:
            continue
        if isinstance(way.place, StepPlace):
            waits.append((way.place.node.order, way.place.node.step.name, turn(way.place.frame)))
        elif isinstance(way.place, AllOfPlace):
            members = zip(way.place.node.members, way.place.states, strict=True)
            items = [m for m, state in members if isinstance(m, StepNode) and state >= 0]
            waits += [(item.order, item.step.name, turn(way.place.frame)) for item in items]
    return min(waits, default=None)


def open_loops(place: StepPlace, bound: int) -> list[Frame]:
    """What lies behind the loops, of steps and of groups, that a thread at this place is inside of."""
    frames: list[Frame] = []
    step = place.node.step
    if bound > place.entered and (step.maximum is None or step.maximum > 1):
        frames.append(place.frame)
    return frames + looped_groups(place.frame, bound)


def looped_groups(frame: Frame, bound: int) -> list[Frame]:
    """What lies behind the looped groups around a place in which one of `bound` events has been bound."""
    frames: list[Frame] = []
    while frame is not None:
        if isinstance(frame, Iteration) and frame.group.is_loop and bound > frame.entered:
            frames.append(frame.outer)
        frame = frame.outer
    return frames


def behind_step(view: View, bindings: Bindings, place: StepPlace) -> list[Thread]:
    """The threads after a step has taken the last of `bindings`."""
    expansion = Expansion(view, bindings)
    step = place.node.step
    count = len(bindings) - place.entered if step.having is None else 1
    ways = []
    if step.having is None and (step.maximum is None or count < step.maximum):
        ways.append(Way(place, Crossed(), count < step.minimum))
    if step.having is not None and view.rule.report != "early" and _is_end(view, place.frame):
        elements = sum(name == step.name for name, _ in bindings)
        ways.append(Way(growing_window(place, elements, len(bindings), view.rule.within), Crossed(), False))
    if count >= step.minimum:
        crossed = _pass_greedy(place.node, place.entered, place.frame, Crossed())
        ways += expansion.proceed(place.frame, crossed)
    return expansion.threads(ways, open_loops(place, len(bindings)))


def _is_end(view: View, frame: Frame) -> bool:
    body = view.pattern.body
    return isinstance(frame, After) and frame.sequence is body and frame.index == len(body.nodes) - 1


def behind_frame(view: View, bindings: Bindings, frame: Frame, waited: Thread | None = None) -> list[Thread]:
    """The threads after something other than a step has been completed inside `frame`.

    `waited`: the thread that went on without an event, because an absence held; what watched over its wait watches on,
    but the pattern may end without it.
    """
    expansion = Expansion(view, bindings)
    threads = expansion.threads(list(expansion.proceed(frame, Crossed())), looped_groups(frame, len(bindings)))
    if waited is None:
        return threads
    return [
        replace(
            thread,
            guards=tuple(dict.fromkeys((*waited.guards, *thread.guards))),
            nexts=tuple(dict.fromkeys((*waited.nexts, *thread.nexts))),
            greeds=(*waited.greeds, *thread.greeds),
        )
        for thread in threads
    ]


def starting(view: View) -> list[Thread]:
    """The places where a match may begin."""
    expansion = Expansion(view, ())
    ways = list(expansion.enter(view.pattern.body, 0, None, None, Crossed(), False))
    return [t for t in expansion.threads(ways, []) if not isinstance(t.place, EndPlace)]


def _minimum(node: StepNode | GroupNode | EitherNode | AllOfNode) -> int:
    match node:
        case StepNode(step=step):
            return step.minimum
        case GroupNode(group=group):
            return group.minimum
    return 1


def may_be_empty(node: Node) -> bool:
    """Whether a match can do without anything of a node."""
    match node:
        case StepNode(step=step):
            return step.minimum == 0
        case GroupNode(group=group, body=body):
            return group.minimum == 0 or all(map(may_be_empty, body.nodes))
        case EitherNode(alternatives=alternatives):
            return any(
                any(not isinstance(node, AbsenceNode) for node in alternative.nodes)
                and all(isinstance(node, AbsenceNode) or may_be_empty(node) for node in alternative.nodes)
                for alternative in alternatives
            )
    return isinstance(node, AbsenceNode)


def _pass_greedy(
    node: StepNode | GroupNode | EitherNode | AllOfNode, entered: int, frame: Frame, crossed: Crossed
) -> Crossed:
    """Behind a greedy loop its own condition watches over the wait for what follows; `{n}` has no such effect."""
    if isinstance(node, StepNode) and node.step.greedy and not node.is_exact:
        return replace(crossed, greeds=(*crossed.greeds, Greed(node, entered, frame)))
    return crossed


def _follow(sequence: SequenceNode, at: int, inherited: Follow | None) -> Follow:
    """How the first event of the node at `at` must follow. What stands before a group holds for the first event bound
    in it: its contiguity for the first step as written, strictness and gaps also where that one is passed over."""
    link: model.Link = sequence.links[at]
    if inherited is None:
        return Follow(link.mode, link.within, link.after)
    head = all(isinstance(node, AbsenceNode) for node in sequence.nodes[:at])
    strict = "next" in (link.mode, inherited.mode)
    mode = "next" if strict else "any" if head and inherited.mode == "any" else link.mode
    return Follow(mode, _least(link.within, inherited.within), _greatest(link.after, inherited.after))


def _least(a: int | None, b: int | None) -> int | None:
    return min((v for v in (a, b) if v is not None), default=None)


def _greatest(a: int | None, b: int | None) -> int | None:
    return max((v for v in (a, b) if v is not None), default=None)
