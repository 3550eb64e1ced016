"""Step functions of a rule that is kept as a shared structure: `step_<event>(ks, rec, g0, …)`.

They only find out which steps the event fits, as bits by state, since all partial matches that wait for a step take
an event or none does. What then moves is the engine's part (`engine/shared`).
"""

from __future__ import annotations

from cep.plan.expressions.constants import Constants
from cep.plan.nfa import State
from cep.plan.sharing import Link, Sharing
from cep.plan.source.context import RuleContext
from cep.plan.source.guards import Gates, GuardWriter, Test
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Fresh
from cep.plan.source.steps import StepFunction


def write_shared_steps(
    context: RuleContext, sharing: Sharing, constants: Constants, lines: Lines
) -> list[StepFunction]:
    """The step functions of a rule, one for each event type it sees."""
    events = [context.events.index(name) for name in context.rule.events]
    return [SharedStep(context, sharing, constants, lines, event).write() for event in events]


class SharedStep:
    """Writes the step function of one event type."""

    def __init__(self, context: RuleContext, sharing: Sharing, constants: Constants, lines: Lines, event: int) -> None:
        self.context = context
        self.sharing = sharing
        self.lines = lines
        self.event = event
        self.gates = Gates()
        self.guards = GuardWriter(context, constants, self.gates, Fresh())

    def write(self) -> StepFunction:
        """The function."""
        fitting = [state for state in self.context.automaton.states if state.place.event == self.event]
        tests = {s.index: self.guards.test(s.place, None, "without", started=True) for s in fitting}
        for over in self.context.rule.over:
            if self.context.events.index(over.event) == self.event:
                self.gates.role(over.key)
        gates = "".join(f", {g.name}" for g in self.gates.gates)
        with self.lines.block(f"def step_{self.event}(ks, rec{gates}):  # {self.context.events[self.event]}"):
            if any(test.rest for test in tests.values()):
                self.lines.add("ev = rec[6]", "key = ks.key")
            if self.context.instrument:
                self.visits(tests)
            self.lines.add("fits = 0")
            for state in fitting:
                self.fit(state, tests[state.index])
            self.lines.add("move(ks, rec, fits)")
        self.lines.add("")
        starts = tuple(dict.fromkeys(test.gate for index, test in tests.items() if self.begins(index)))
        touches = tuple(
            (link.index, gated) for link in self.sharing.links if (gated := self.touched(link, tests)) != ()
        )
        return StepFunction(self.event, self.gates, starts, touches, ())

    def fit(self, state: State, test: Test) -> None:
        """Whether the event fits a step; what is about the key is only asked where something may come of it."""
        condition = test.gate
        if test.rest:
            waiting = [f"ks.waits[{link.index}]" for link in self.links_to(state.index)]
            asked = [] if self.begins(state.index) else [joined(waiting, "or")]
            condition = joined([test.gate, *asked, test.rest], "and")
        if self.context.instrument:
            condition = f"probe.guard({self.context.rule.name!r}, {state.name!r}, bool({condition}), None, rec)"
        self.lines.add(f"if {condition}:  # {state.name}", f"    fits |= {1 << state.index}")

    def visits(self, tests: dict[int, Test]) -> None:
        """Tell the probe which lists of alike partial matches are looked at."""
        for link in self.sharing.links:
            gated = self.touched(link, tests)
            if gated != ():
                asked = [f"ks.waits[{link.index}]", *(gated or ())]
                visited = f"probe.visited({self.context.rule.name!r}, {link.wait}, None, rec)"
                self.lines.add(f"if {joined(asked, 'and')}:", f"    {visited}")

    def touched(self, link: Link, tests: dict[int, Test]) -> tuple[str, ...] | None:
        """The gate under which the event touches those that wait at a link; None: whatever it is, (): never."""
        if link.contiguity == "next":
            return None
        test = tests.get(self.sharing.stages[link.target].state)
        return () if test is None else (test.gate,)

    def links_to(self, state: int) -> list[Link]:
        """The links that lead to a step."""
        return [link for link in self.sharing.links if self.sharing.stages[link.target].state == state]

    def begins(self, state: int) -> bool:
        """Whether a step may be the first."""
        return any(stage.begins for stage in self.sharing.stages if stage.state == state)
