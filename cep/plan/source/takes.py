"""Functions that bind an event to a run: one for each edge, `take_<edge>(run, rec)`.

For an edge from the start, `run` is the `Start`. For each threshold step there is also `extend_<state>(run, rec)`,
which binds one more element of its window.
"""

from __future__ import annotations

from cep.plan.expressions.constants import Constants
from cep.plan.nfa import START, Edge, State
from cep.plan.registers import Captured, Running
from cep.plan.source.access import read
from cep.plan.source.context import RuleContext
from cep.plan.source.folding import empty, grown
from cep.plan.source.lines import Lines
from cep.plan.source.scopes import Fresh, GuardScope


def write_takes(context: RuleContext, constants: Constants, lines: Lines) -> None:
    """All take functions of the rule."""
    for edge in context.automaton.waits:
        if edge.target >= 0:
            Take(context, constants, lines, edge).write()
    for state in context.automaton.states:
        if state.having is not None:
            edge = Edge(-1, state.index, state.index, "more")
            Take(context, constants, lines, edge, name=f"extend_{state.index}").write()
    if context.automaton.gatherings:
        write_blank(context, lines)
    for gathering in context.automaton.gatherings:
        for edge in (context.automaton.waits[index] for way in gathering.entries for index in way):
            if edge.clears:
                write_afresh(context, lines, edge)


def write_blank(context: RuleContext, lines: Lines) -> None:
    """A run with nothing bound, for the conditions of a group at the head of the rule."""
    with lines.block("def blank():"):
        lines.add("new = Run()")
        lines.add(*(f"new.c{counter} = 0" for counter in range(context.automaton.counters)))
        lines.add(*(f"new.{captured.name} = None" for captured in context.registers.captured))
        lines.add(*(f"new.{running.name} = {empty(running.function)}" for running in context.registers.running))
        lines.add("new.parent = None", "new.rec = None", "new.step = new.via = -1", "return new")
    lines.add("")


def write_afresh(context: RuleContext, lines: Lines, edge: Edge) -> None:
    """A run as conditions see it that begin an iteration with this wait: nothing of the last one is bound in them."""
    cleared = set(edge.clears)
    with lines.block(f"def afresh_{edge.index}(run):"):
        lines.add("new = Run()")
        lines.add(*(f"new.c{counter} = run.c{counter}" for counter in range(context.automaton.counters)))
        for captured in context.registers.captured:
            forgotten = cleared & set(context.automaton.states[captured.step].groups)
            lines.add(f"new.{captured.name} = {'None' if forgotten else f'run.{captured.name}'}")
        for running in context.registers.running:
            anew = running.scope == "iteration" and bool(cleared & set(running.groups))
            kept = empty(running.function) if anew else f"run.{running.name}"
            lines.add(f"new.{running.name} = {kept}")
        lines.add("new.parent = run", "new.rec = run.rec", "new.step = -1", f"new.via = {edge.index}", "return new")
    lines.add("")


class Take:
    """Writes the take function of one edge."""

    def __init__(
        self, context: RuleContext, constants: Constants, lines: Lines, edge: Edge, name: str | None = None
    ) -> None:
        self.context = context
        self.constants = constants
        self.lines = lines
        self.edge = edge
        self.name = name or f"take_{edge.index}"
        self.state = context.automaton.states[edge.target]
        self.first = edge.source == START
        self.fresh = Fresh()
        self.cleared = set(edge.clears)

    def write(self) -> None:
        """The function."""
        source = "start" if self.first else self.context.automaton.states[self.edge.source].name
        with self.lines.block(f"def {self.name}(run, rec):  # {source} -> {self.state.name}"):
            add = self.lines.add
            add("ev = rec[6]", "new = Run()")
            add("new.start = run" if self.first else "new.start = run.start")
            add("new.parent = None" if self.first else "new.parent = run")
            add("new.rec = rec", f"new.step = {self.state.index}", f"new.via = {self.edge.index}")
            add("new.live = 0", "new.reported = False")
            if any(state.having is not None for state in self.context.automaton.states):
                add("new.windows = None")
            if self.context.automaton.gatherings:
                add("new.parts = None")
            self.counters()
            self.spans()
            for captured in self.context.registers.captured:
                add(f"new.{captured.name} = {self.captured(captured)}")
            for running in self.context.registers.running:
                add(f"new.{running.name} = {self.running(running)}")
            add("return new")
        self.lines.add("")

    def counters(self) -> None:
        """Counters: set, added to, or carried on."""
        effects = {}
        for effect in self.edge.effects:
            terms = [f"run.c{effect.counter}"] if effect.op == "add" else []
            terms += [f"run.c{effect.held}"] if effect.held is not None and not self.first else []
            effects[effect.counter] = " + ".join([*terms, str(effect.value)])
        for counter in range(self.context.automaton.counters):
            carried = "0" if self.first or counter in self.context.automaton.transient else f"run.c{counter}"
            self.lines.add(f"new.c{counter} = {effects.get(counter, carried)}")

    def spans(self) -> None:
        """Span registers: opened by this event, or carried on."""
        for span in range(self.context.automaton.spans):
            carried = "0" if self.first else f"run.s{span}"
            if span in self.edge.opens:
                carried = "rec[0]"
            elif span in self.edge.bases:
                carried = "rec[0]" if self.first else "run.rec[0]"
            self.lines.add(f"new.s{span} = {carried}")

    def captured(self, captured: Captured) -> str:
        """A captured field: read from this event, forgotten with a new iteration, or carried on."""
        owner = self.context.automaton.states[captured.step]
        if captured.step == self.state.index:
            event = self.context.type_of(captured.reference.event)
            return read("ev", event, captured.reference.path, self.fresh)
        if self.first or self.cleared & set(owner.groups):
            return "None"
        return f"run.{captured.name}"

    def running(self, running: Running) -> str:
        """A running aggregate: grown by this event, begun anew, or carried on."""
        owner = self.context.automaton.states[running.step]
        register = f"run.{running.name}"
        if self.first or self.anew(running, owner):
            register = empty(running.function)
        if running.step != self.state.index:
            return register
        return grown(running.function, register, self.argument(running, owner))

    def anew(self, running: Running, owner: State) -> bool:
        """Whether this edge empties the register first."""
        if running.scope == "visit":
            return running.step == self.state.index and self.edge.kind != "more"
        return running.scope == "iteration" and bool(self.cleared & set(running.groups))

    def argument(self, running: Running, owner: State) -> str:
        """What the register aggregates, of this event."""
        if running.argument is None:
            return "None"
        scope = GuardScope(self.context, self.constants, self.fresh, own=owner, loop="without", started=not self.first)
        return scope.argument(running.argument, "ev")
