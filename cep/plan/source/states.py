"""Functions of a state: where a run waits after its event, whether it is complete, when its waits are due.

`enter_<s>(run)` gives the mask of live waits, `accepts_<s>(run)` whether it is a match, `limits_<s>(keyed, run, live,
push)` registers the deadlines that are the run's own; the header's span is a deadline of its start.
"""

from __future__ import annotations

from cep.plan.nfa import END, Condition, Edge, State
from cep.plan.source.context import RuleContext
from cep.plan.source.lines import Lines, joined


def write_states(context: RuleContext, lines: Lines) -> None:
    """The functions of every state."""
    for state in context.automaton.states:
        write_enter(context, lines, state)
        write_accepts(context, lines, state)
        write_limits(context, lines, state)


def test_of(conditions: tuple[Condition, ...]) -> str:
    """Conditions on counters as Python, empty if there are none."""
    parts = []
    for condition in conditions:
        low, high = condition.low, condition.high
        counter = f"run.c{condition.counter}"
        if low is not None and low == high:
            parts.append(f"{counter} == {low}")
        elif low is not None and high is not None:
            parts.append(f"{low} <= {counter} <= {high}")
        elif low is not None:
            parts.append(f"{counter} >= {low}")
        elif high is not None:
            parts.append(f"{counter} <= {high}")
    return " and ".join(parts)


def write_enter(context: RuleContext, lines: Lines, state: State) -> None:
    """The waits of a run that has just bound this step."""
    always = 0
    conditional: dict[str, int] = {}
    for index in state.edges:
        test = test_of(context.automaton.waits[index].conditions)
        if test:
            conditional[test] = conditional.get(test, 0) | 1 << index
        else:
            always |= 1 << index
    with lines.block(f"def enter_{state.index}(run):  # {state.name}"):
        if not conditional:
            lines.add(f"return {always}")
        else:
            lines.add(f"live = {always}")
            for test, bits in conditional.items():
                lines.add(f"if {test}:", f"    live |= {bits}")
            lines.add("return live")
    lines.add("")


def write_accepts(context: RuleContext, lines: Lines, state: State) -> None:
    """Whether a run that has just bound this step is complete."""
    tests = [test_of(a.conditions) for a in context.automaton.accepts if a.source == state.index]
    if not tests:
        return
    with lines.block(f"def accepts_{state.index}(run):  # {state.name}"):
        lines.add("return True" if "" in tests else f"return {joined(tests, 'or')}")
    lines.add("")


def write_limits(context: RuleContext, lines: Lines, state: State) -> None:
    """The deadlines of a run that has just bound this step."""
    deadlines: dict[str, int] = {}
    own = [context.automaton.waits[i] for i in state.edges]
    for wait in own:
        for text in limits_of(context, wait):
            bits = sum(1 << w for w in left_of(context, wait))
            deadlines[text] = deadlines.get(text, 0) | bits
    if not deadlines:
        return
    with lines.block(f"def limits_{state.index}(keyed, run, live, push):  # {state.name}"):
        for text, bits in deadlines.items():
            lines.add(f"if live & {bits}:", f"    push({text}, keyed, run, {bits})")
    lines.add("")


def left_of(context: RuleContext, wait: Edge) -> list[int]:
    """A wait and what may be left of it."""
    waits = [wait.index]
    for left in wait.left:
        if left != wait.late:
            waits += left_of(context, context.automaton.waits[left])
    return list(dict.fromkeys(waits))


def limits_of(context: RuleContext, wait: Edge) -> list[str]:
    """When a wait ends (or, of a trailing absence, is due), beside the header's span."""
    if wait.target == END:
        dues = [due_of(context, index) for index in wait.absences]
        return [dues[0] if len(dues) == 1 else f"max({', '.join(dues)})"] if dues else []
    if wait.joint in context.gathered:
        # What has been gathered decides; only an absence counts from where the run stands.
        return held_at(wait)
    ends = held_at(wait)
    if wait.gap_within is not None:
        ends.append(f"run.rec[0] + {wait.gap_within}")
    ends += [f"run.s{bound.span} + {bound.length}" for bound in wait.spans]
    return ends


def held_at(wait: Edge) -> list[str]:
    """When the absence that is waited for has held."""
    if wait.hold is None:
        return []
    base = "run.rec[0]" if wait.hold.base is None else f"run.s{wait.hold.base}"
    return [f"{base} + {wait.hold.length}"]


def due_of(context: RuleContext, index: int) -> str:
    """The deadline of a trailing absence."""
    absence = context.automaton.absences[index]
    if absence.header:
        assert context.rule.within is not None
        return f"run.start.rec[0] + {context.rule.within}"
    return f"run.rec[0] + {absence.within}"
