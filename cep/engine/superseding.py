"""Longer bindings end the pending absences of their own prefixes (LANGUAGE section 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.engine.run import Events, Keyed, Run, events_of

if TYPE_CHECKING:
    from cep.engine.machine import Machine


def supersede(machine: Machine, keyed: Keyed, run: Run, complete: list[Run]) -> None:
    """A longer binding ends the pending absence of its prefix, unless every match is wanted."""
    ending = machine.code.ending
    if machine.skip == "nothing" or not (ending or machine.code.holding):
        return
    if machine.ambiguous:
        supersede_equals(machine, keyed, run, complete)
        return
    prefix = run.parent
    while prefix is not None:
        if prefix in complete:
            complete.remove(prefix)
            return
        if prefix.live & ending:
            machine.clear(keyed, prefix, ending)
            return
        prefix = prefix.parent


def supersede_equals(machine: Machine, keyed: Keyed, run: Run, complete: list[Run]) -> None:
    """The same where events can be bound in several ways: prefixes are told by what they bound."""
    events = events_of(run)
    complete[:] = [other for other in complete if not is_prefix(machine, events_of(other), events)]
    for other in list(run.start.runs):
        if other.live & machine.code.ending and is_prefix(machine, events_of(other), events):
            machine.clear(keyed, other, machine.code.ending)


def is_prefix(machine: Machine, shorter: Events, longer: Events) -> bool:
    """Whether events bound lengthen others; windows of a threshold stand each for itself."""
    size = len(shorter)
    if size >= len(longer) or longer[:size] != shorter:
        return False
    step = longer[size][0]
    if machine.rule.automaton.states[step].having is None:
        return True
    return step not in ({bound for bound, _ in shorter} if step in machine.code.gathered else {shorter[-1][0]})


def is_outrun(machine: Machine, run: Run, complete: list[Run]) -> bool:
    """Whether a longer binding has come to the end of the pattern before this one, or with it."""
    if machine.skip == "nothing":
        return False
    events = events_of(run)
    waiting = [other for other in run.start.runs if other.live & machine.code.ending or other in complete]
    return any(is_prefix(machine, events, events_of(other)) for other in waiting)
