"""What the parts of a planned rule are called in words: steps, places, counters, the registers of spans."""

from __future__ import annotations

from cep.analysis.literals import path_text, span_text
from cep.analysis.wording import Names, element_text, expression_text
from cep.language.model import RoleKey
from cep.language.resolved import Expression
from cep.plan.nfa import END, HELD, START, Automaton, Condition, Edge, GatheredItem, Gathering, Place, SpanBound, State
from cep.plan.plan import Plan, PlanRule

HOW_IT_IS: dict[tuple[int | None, int | None], str] = {(1, 1): "has held", (0, 0): "is open"}
"""An absence of a group, by the bounds that its counter is held against."""


class RuleNames:
    """The words for one rule of a plan."""

    def __init__(self, plan: Plan, rule: PlanRule) -> None:
        self.plan = plan
        self.rule = rule
        self.automaton = rule.automaton
        steps = frozenset(state.name for state in self.automaton.states)
        self.names = Names(steps, optional_steps(self.automaton))
        self.twins = twins(self.automaton)

    def step(self, index: int) -> str:
        """A state's name, `start` and `end` included."""
        return {START: "start", END: "end", HELD: "absence"}.get(index) or self.automaton.states[index].name

    def quoted(self, index: int) -> str:
        """A step in back quotes."""
        return f"`{self.step(index)}`"

    def event(self, place: Place) -> str | None:
        """The event type of a place; None where time, not an event, leads to it."""
        return self.plan.events[place.event] if place.event >= 0 else None

    def by(self, key: RoleKey) -> str | None:
        """Where a place has the key, as a step's `by`; None where it is the key's own names."""
        own = [((name,), False) for name, _ in self.rule.key]
        read = list(zip(key.paths, key.null_is_key, strict=True))
        if not read or read == own:
            return None
        parts = [path_text(path) + ("?" if null else "") for path, null in read]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"

    def text(self, expression: Expression | None) -> str | None:
        """An expression in the rule language."""
        return None if expression is None else expression_text(expression, self.names)

    def element(self, argument: Expression, step: str) -> str:
        """What is aggregated of each element of a step."""
        return element_text(argument, step, self.names)

    def condition(self, condition: Condition) -> str:
        """A condition on a counter: `3 or more fails`."""
        absence = self.absence_of(condition.counter)
        if absence is not None:
            return f"`without {absence}` {HOW_IT_IS.get((condition.low, condition.high), 'was not hit')}"
        low, high = condition.low, condition.high
        if condition.counter in self.automaton.transient:
            amount = f"fewer than {(high or 0) + 1}" if low is None else f"{low} or more"
            return f"{amount} absences of the group have held"
        if low is not None and low == high:
            amount = "none" if low == 0 else f"exactly {low}"
        elif low is not None and high is not None:
            amount = f"{low} to {high}"
        elif low is not None:
            amount = f"{low} or more"
        else:
            amount = f"fewer than {(high or 0) + 1}"
        return f"{amount} {self.counted(condition.counter)}"

    def when(self, conditions: tuple[Condition, ...]) -> str:
        """Conditions with what they mean in time: `once` such that stay true, `while` such that an event may end."""
        reached, lasting = self.split(conditions)
        found = (("once", reached), ("while", lasting))
        return ", ".join(f"{word} {' and '.join(map(self.condition, some))}" for word, some in found if some)

    def split(self, conditions: tuple[Condition, ...]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
        """Conditions that stay true once they are met, and those that end."""
        lasting = tuple(c for c in conditions if c.high is not None and not (c.low == 1 and self.absence_of(c.counter)))
        return tuple(c for c in conditions if c not in lasting), lasting

    def item(self, wait: Edge) -> tuple[Gathering, GatheredItem] | None:
        """The gathering group that a wait inside one belongs to, and the item it waits for."""
        for gathering in self.automaton.gatherings:
            for item in gathering.items:
                if wait.index in gathering.inside and wait.target == item.state:
                    return gathering, item
        return None

    def absence_of(self, counter: int) -> str | None:
        """The absence of a group of which a counter tells whether it has held, as `Type within span`."""
        for wait in self.automaton.waits:
            if wait.hold is not None and wait.hold.counter == counter:
                event = self.event(self.automaton.absences[wait.hold.absence])
                return f"{event} within {span_text(wait.hold.length)}"
        return None

    def counted(self, counter: int) -> str:
        """What a counter counts: elements of a loop, iterations of a group, members of a conjunction."""
        for state in self.automaton.states:
            if state.counter == counter:
                return f"of {self.quoted(state.index)}"
        # where a group is entered from is no part of it: each of its items is come to by one of its waits
        joint = {
            wait.target
            for wait in self.automaton.waits
            if wait.joint is not None and any(effect.counter == counter for effect in wait.effects)
            if wait.target >= 0 and self.automaton.states[wait.target].counter is not None
        }
        turned = self.iterated(counter)
        if turned:
            return f"iterations of {self.group(turned)}"
        absences = dict.fromkeys(
            f"without {self.event(self.automaton.absences[wait.hold.absence])}"
            for wait in self.automaton.waits
            if wait.hold is not None and any(effect.counter == counter for effect in wait.effects)
        )
        return f"of ({', '.join([*map(self.step, sorted(joint)), *absences])}) complete"

    def iterated(self, counter: int) -> list[int]:
        """The states of the looped group that `counter` counts the iterations of."""
        groups = {
            group
            for wait in self.automaton.waits
            if wait.kind == "iterate" and any((e.counter, e.op) == (counter, "add") for e in wait.effects)
            for group in wait.clears
        }
        return [state.index for state in self.automaton.states if groups & set(state.groups)]

    def group(self, states: list[int]) -> str:
        """A group by its steps."""
        return "(" + ", ".join(map(self.step, states)) + ")"

    def since(self, span: int) -> str:
        """What a span register was set by: the first element of a loop, or the first event of a group."""
        for state in self.automaton.states:
            if state.span == span:
                return f"the first {self.quoted(state.index)}"
        inside = {
            state
            for wait in self.automaton.waits
            if any(bound.span == span for bound in wait.spans)
            for state in (wait.source, wait.target)
            if state >= 0
        }
        inside |= {wait.target for wait in self.automaton.waits if span in wait.opens and wait.target >= 0}
        return f"the first event of {self.group(sorted(inside))}"

    def bound(self, bound: SpanBound) -> str:
        """The end of a span."""
        return f"{span_text(bound.length)} after {self.since(bound.span)}"

    def amount(self, state: State) -> str:
        """How many events a state binds."""
        if state.having is not None:
            return "threshold"
        low, high = state.minimum, state.maximum
        if high is None:
            return f"{max(low, 1)} or more"
        many = f"{high}" if max(low, 1) == high else f"{max(low, 1)} to {high}"
        return "one" if many == "1" else many


def twins(automaton: Automaton) -> frozenset[int]:
    """The waits that are what is left of others."""
    return frozenset(left for wait in automaton.waits for left in wait.left)


def whole(automaton: Automaton) -> list[Edge]:
    """The edges as written, without what may be left of them."""
    left = twins(automaton)
    return [wait for wait in automaton.waits if wait.index not in left]


def optional_steps(automaton: Automaton) -> frozenset[str]:
    """The steps that a match may have left out: those with a way round them."""
    return frozenset(state.name for state in automaton.states if _complete_without(automaton, state.index))


def _complete_without(automaton: Automaton, left_out: int) -> bool:
    accepting = {accept.source for accept in automaton.accepts}
    reached, open_ = {START}, [START]
    while open_:
        here = open_.pop()
        for wait in automaton.waits:
            if wait.source != here or wait.target in (left_out, *reached):
                continue
            if wait.target == END or wait.target in accepting:
                return True
            reached.add(wait.target)
            open_.append(wait.target)
    return False
