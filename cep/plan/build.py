"""From the items of a checked rule to its automaton.

Glushkov's construction with attributes: each part of the pattern yields its entries (first steps), its exits (states
in which it may be complete) and whether it can be passed over; a sequence joins the exits of one item with the
entries of the next. What stands on the way (absences, gaps, counters, greedy loops) is collected on the edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal as OneOf

from cep.language import model
from cep.plan.conjunction import Conjunction
from cep.plan.drafts import (
    BETWEEN,
    MODES,
    Draft,
    Entry,
    Exit,
    Fragment,
    arm,
    armed,
    early,
    governing,
    left_to_pass,
    over,
    pending,
)
from cep.plan.gathering import with_waits
from cep.plan.nfa import (
    END,
    HELD,
    START,
    Accept,
    Automaton,
    Condition,
    Effect,
    Gathering,
    Place,
    SpanBound,
    State,
    UntilBound,
)
from cep.plan.numbering import numbered
from cep.plan.pieces import Pieces


class Builder(Pieces):
    """Builds one rule's automaton; `events` gives each event type's index in the plan."""

    def __init__(self, rule: model.Rule, events: dict[str, int]) -> None:
        super().__init__(rule, events)
        self.drafts: list[Draft] = []
        self.groups = 0
        self.joints = 0
        self.routes = 0
        self.gatherings: list[Gathering] = []
        self.closable: set[int] = set()

    # ------------------------------------------------------------ the whole

    def build(self) -> Automaton:
        """The automaton of the rule."""
        items = list(self.rule.items)
        leading: list[int] = []
        while isinstance(node := items[0].node, model.Absence):
            leading.append(self.absence(node))
            del items[0]
        whole = self.sequence(items)
        for entry in whole.entries:
            if entry.hold is not None or entry.held:
                # Nothing is bound yet that its span could be counted from; it holds from the first event of its group.
                continue
            self.drafts.append(self.edge(Exit(START), entry, model.Link(), kind="start"))
        accepts = [Accept(e.source, e.conditions) for e in whole.exits if e.source is not None and not pending(e)]
        for exit_ in whole.exits:
            if pending(exit_):
                self.trailing(exit_)
        return self.freeze(tuple(leading), tuple(accepts))

    def freeze(self, leading: tuple[int, ...], accepts: tuple[Accept, ...]) -> Automaton:
        """Number the waits by source and order written; a wait with `nexts` gets the twin that is left after them."""
        waits, twins = numbered(self.drafts, frozenset(self.closable), self.windowed())
        states = tuple(
            replace(s, edges=tuple(w.index for w in waits if w.source == s.index and w.index not in twins))
            for s in self.states
        )
        cancel = self.rule.cancel
        return Automaton(
            states=states,
            waits=tuple(waits),
            starts=tuple(w.index for w in waits if w.source == START),
            accepts=accepts,
            absences=tuple(self.absences),
            untils=tuple(self.untils),
            cancel=None if cancel is None else Place(self.events[cancel.event], cancel.key, cancel.where),
            leading=leading,
            transient=frozenset(self.transient),
            counters=self.counters,
            spans=self.spans,
            groups=self.groups,
            gatherings=with_waits(self.gatherings, waits),
        )

    def outlasts(self, entry: Entry, link: model.Link) -> bool:
        """Whether a wait for an absence goes on behind a strict link: where a group gathers, its items decide that."""
        return link.mode != "next" or entry.joint in {gathering.joint for gathering in self.gatherings}

    def windowed(self) -> frozenset[int]:
        """The steps that may be filled by later events once a window has begun: thresholds, and what is gathered."""
        gathered = {item.state for gathering in self.gatherings for item in gathering.items}
        return frozenset(s.index for s in self.states if s.having is not None or s.index in gathered)

    def trailing(self, exit_: Exit) -> None:
        """Waits that complete a run: by its deadline, by the next event, or by both in either order."""
        assert exit_.source is not None
        nexts = left_to_pass(exit_)
        base = Draft(exit_.source, END, "due", conditions=exit_.conditions, absences=exit_.absences, nexts=nexts)
        base.watched = exit_.watched
        for index in exit_.absences:
            self.absences[index] = replace(self.absences[index], header=self.absences[index].within is None)
        if nexts:
            base = replace(base, kind="after_next")
        self.drafts.append(base)

    # ------------------------------------------------------------ sequences

    def sequence(self, items: Sequence[model.Item]) -> Fragment:
        """The items one after the other."""
        entries: list[Entry] = []
        exits = [Exit(None)]
        loops: list[Draft] = []
        for number, item in enumerate(items):
            if isinstance(item.node, model.Absence):
                index = self.absence(item.node)
                exits = [armed(e, index, item.node.next) for e in exits]
                if not item.node.next:
                    for draft in loops:
                        draft.absences += (index,)
                continue
            part = self.part(item.node)
            leads = any(not isinstance(later.node, model.Absence) for later in items[number + 1 :])
            self.join(exits, part, item.link, entries, leads)
            arm(loops, part)
            passed = [over(e, p) for e in exits for p in part.passes]
            exits = part.exits + passed
            loops = part.loops + (loops if part.is_optional else [])
        return Fragment(
            entries, [e for e in exits if e.source is not None], [e for e in exits if e.source is None], loops
        )

    def join(self, exits: list[Exit], part: Fragment, link: model.Link, entries: list[Entry], leads: bool) -> None:
        """Edges from every exit so far to every entry of the next part; from nothing bound, entries of the whole.
        `leads`: more parts follow."""
        for exit_ in exits:
            later = exit_.passed or bool(exit_.absences or exit_.nexts)
            for entry in self.routed(part.entries):
                if exit_.source is None:
                    entries.append(
                        replace(
                            entry,
                            mandatory=entry.mandatory and not part.is_optional,
                            conditions=exit_.conditions + entry.conditions,
                            early=early(exit_, entry),
                            held=exit_.held or entry.held,
                            leads=entry.leads or leads,
                            absences=exit_.watched + exit_.absences + entry.absences,
                            nexts=exit_.nexts + entry.nexts,
                            greedy=exit_.greedy + entry.greedy,
                            own=governing(link, entry.own, entry.head) if later else entry.own,
                            head=entry.head and not exit_.passed,
                        )
                    )
                else:
                    draft = self.edge(exit_, entry, link)
                    draft.mandatory = entry.mandatory and not part.is_optional
                    self.drafts.append(draft)

    def routed(self, entries: list[Entry]) -> list[Entry]:
        """The entries as reached from one exit, told apart from those reached from another."""
        self.routes += 1
        return [replace(entry, route=(*entry.route, self.routes)) for entry in entries]

    def edge(
        self, exit_: Exit, entry: Entry, link: model.Link, kind: OneOf["start", "forward", "iterate"] = "forward"
    ) -> Draft:
        """One edge from `exit_` to `entry`."""
        assert exit_.source is not None
        link = governing(link, entry.own, entry.head)
        if entry.hold is not None and entry.joint is None and not entry.leads:
            # An alternative in which no event is bound that the link could bear on.
            link = model.Link()
        return Draft(
            source=exit_.source,
            target=entry.target,
            kind=kind if entry.hold is None else "hold",
            contiguity="any" if entry.hold is not None and self.outlasts(entry, link) else MODES[link.mode],
            mandatory=entry.mandatory,
            spared=entry.spared,
            conditions=exit_.conditions
            + entry.conditions
            + (entry.late if exit_.held or exit_.waited or entry.held else ()),
            effects=entry.effects,
            opens=entry.opens,
            bases=entry.bases,
            gap_within=link.within,
            gap_after=link.after,
            absences=exit_.watched + exit_.absences + entry.absences,
            nexts=exit_.nexts + entry.nexts,
            until=entry.until,
            greedy=exit_.greedy + entry.greedy,
            joint=entry.joint,
            route=entry.route,
            hold=entry.hold,
            early=early(exit_, entry),
        )

    # ------------------------------------------------------------ parts

    def part(self, node: model.Step | model.Group | model.Either | model.AllOf) -> Fragment:
        """The fragment of one step or group."""
        match node:
            case model.Step():
                return self.step(node)
            case model.Group():
                return self.group(node)
            case model.Either():
                return self.either(node)
            case model.AllOf():
                return self.all_of(node)

    def step(self, node: model.Step) -> Fragment:
        """A step: its state, the edge of its own loop, and the ways out."""
        state = self.state(node)
        effects: tuple[Effect, ...] = ()
        opens: tuple[int, ...] = ()
        until: tuple[UntilBound, ...] = ()
        loops: list[Draft] = []
        low: tuple[Condition, ...] = ()
        if node.until is not None:
            until = (UntilBound(self.until(node.until, state.index), True),)
        if state.span is not None:
            opens = (state.span,)
        if self.grows(node):
            bounded = state.span is not None and state.window is not None
            spans = (SpanBound(state.span or 0, state.window or 0),) if bounded else ()
            loops.append(Draft(state.index, state.index, "more", mandatory=False, spans=spans))
            self.drafts += loops
        if state.counter is not None:
            effects = (Effect(state.counter, "set", 1),)
            loops.append(self.more(node, state))
            if node.minimum > 1:
                low = (Condition(state.counter, node.minimum, None),)
        greedy = (state.index,) if node.greedy and node.minimum != node.maximum else ()
        if greedy and node.until is not None:
            self.closable.add(state.index)
        return Fragment(
            entries=[Entry(state.index, effects=effects, opens=opens, until=until)],
            exits=[Exit(state.index, low, greedy=greedy)],
            passes=[Exit(None, greedy=greedy)] if node.minimum == 0 else [],
            loops=loops,
        )

    def more(self, node: model.Step, state: State) -> Draft:
        """The edge that takes one more element of a loop."""
        assert state.counter is not None
        conditions: tuple[Condition, ...] = ()
        if node.maximum is not None:
            conditions = (Condition(state.counter, None, node.maximum - 1),)
        draft = Draft(
            state.index,
            state.index,
            "more",
            contiguity=MODES[node.mode],
            spared=((Condition(state.counter, node.minimum, None),),),
            conditions=conditions,
            effects=(Effect(state.counter, "add", 1),),
            spans=(SpanBound(state.span, node.within),) if state.span is not None and node.within is not None else (),
            until=(UntilBound(len(self.untils) - 1, False),) if node.until is not None else (),
        )
        self.drafts.append(draft)
        return draft

    def group(self, node: model.Group) -> Fragment:
        """A group with its quantifier."""
        looped = node.maximum is None or node.maximum > 1
        number = self.groups
        until = None if node.until is None else self.until(node.until, None)
        if looped:
            self.groups += 1
            self.around += (number,)
        first = len(self.drafts)
        with self.inside(node.within):
            body = self.sequence(node.items)
        effects: tuple[Effect, ...] = ()
        loops = body.loops
        low: tuple[Condition, ...] = ()
        if looped:
            self.around = self.around[:-1]
            counter = self.counter()
            effects = (Effect(counter, "set", 1),)
            loops = self.iterations(node, body, counter, number)
            if node.minimum > 1:
                low = (Condition(counter, node.minimum, None),)
            loops = self.drafts[first:]
        opens = self.bounded(node.within, self.drafts[first:])
        if until is not None:
            for draft in self.drafts[first:]:
                draft.until += (UntilBound(until, False),)
        entries = [
            replace(
                e,
                effects=e.effects + (effects if e.hold is None else ()),
                opens=e.opens + opens,
                until=e.until + (() if until is None else (UntilBound(until, False),)),
                mandatory=e.mandatory and node.minimum > 0,
            )
            for e in body.entries
        ]
        exits = [replace(e, conditions=e.conditions + low) for e in body.exits]
        passes = body.passes
        # What stands inside does not bear on a match that passes by the group as a whole.
        if node.minimum == 0 and not any(p.is_free and not p.absences and not p.nexts and not p.greedy for p in passes):
            passes = [*passes, Exit(None)]
        return Fragment(entries, exits, passes, loops)

    def iterations(self, node: model.Group, body: Fragment, counter: int, number: int) -> list[Draft]:
        """The edges from the end of one iteration to the start of the next."""
        loops = []
        high = () if node.maximum is None else (Condition(counter, None, node.maximum - 1),)
        arm(body.loops, body, high)
        for exit_ in body.exits:
            for entry in self.routed(body.entries):
                draft = self.edge(exit_, entry, BETWEEN[node.mode], kind="iterate")
                draft.spared += ((Condition(counter, node.minimum, None),),)
                draft.conditions += high
                if entry.hold is None:
                    draft.effects += (Effect(counter, "add", 1),)
                    draft.clears = (number,)
                loops.append(draft)
        self.drafts += loops
        return loops

    def either(self, node: model.Either) -> Fragment:
        """Alternatives side by side."""
        first = len(self.drafts)
        with self.inside(node.within):
            parts = [self.alternative(alternative) for alternative in node.alternatives]
        passes = [p for part in parts for p in part.passes]
        held = tuple(dict.fromkeys(p.conditions for p in passes if not p.is_free))
        opens = self.bounded(node.within, self.drafts[first:])
        return Fragment(
            entries=[replace(e, opens=e.opens + opens, spared=e.spared + held) for part in parts for e in part.entries],
            exits=[e for part in parts for e in part.exits],
            passes=list(dict.fromkeys(passes)),
            loops=[d for part in parts for d in part.loops],
        )

    def alternative(self, items: tuple[model.Item, ...]) -> Fragment:
        """One alternative: a sequence, or an absence that has to hold."""
        node = items[0].node
        if len(items) > 1 or not isinstance(node, model.Absence):
            return self.sequence(items)
        counter = self.counter(transient=True)
        hold = self.hold(node, None, counter, (counter,), spare=0)
        entry = Entry(HELD, conditions=(Condition(counter, 0, 0),), effects=(Effect(counter, "set", 1),), hold=hold)
        return Fragment([entry], [], [Exit(None, (Condition(counter, 1, 1),))])

    def all_of(self, node: model.AllOf) -> Fragment:
        """N of M in any order: from any member to any that is still open, all waited for together."""
        with self.inside(node.within):
            return Conjunction(self, node).build()

    def bounded(self, within: int | None, inside: list[Draft]) -> tuple[int, ...]:
        """A span over the edges inside a part: the register its entries open, or nothing."""
        if within is None:
            return ()
        register = self.span()
        for draft in inside:
            draft.spans += (SpanBound(register, within),)
        return (register,)


def build(rule: model.Rule, events: dict[str, int]) -> Automaton:
    """The automaton of `rule`; `events` gives the index of each event type."""
    return Builder(rule, events).build()
