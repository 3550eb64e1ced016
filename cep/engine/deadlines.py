"""What deadlines do to the runs of a rule: absences hold, waits run out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cep.engine.following import grow
from cep.engine.run import Keyed, Run, Start
from cep.engine.selection import decide, due_of, release
from cep.engine.superseding import is_outrun, supersede
from cep.engine.thresholds import last_start
from cep.engine.timeouts import is_met, report_timeouts
from cep.engine.timers import Entry
from cep.plan.nfa import Edge

if TYPE_CHECKING:
    from cep.engine.machine import Machine


def expire(machine: Machine, keyed: Keyed, due: int, entries: list[Entry]) -> None:
    """Everything of one key that is due at one deadline: absences that held first, also those that others have only
    led to, then what ran out of time."""
    if machine.only_ends:
        end(machine, keyed, due, entries)
        return
    expired: list[tuple[Run, int]] = []
    complete: list[Run] = []
    everything: list[Entry] = []
    while entries:
        everything += entries
        expired += hold_all(machine, keyed, due, entries, complete)
        entries = machine.timers.come(keyed, due)
    machine.now = due
    for _, _, _, subject, bits in everything:
        if isinstance(subject, Start):
            expired += [(run, bits) for run in subject.runs]
    if machine.report_as == "final":
        grow(keyed, [(run, due_of(run, due)) for run in complete])
        finish(machine, keyed, expired, release_now=bool(complete))
    else:
        if complete:
            decide(machine, keyed, complete, lambda run: due_of(run, due))
        if keyed.done:
            release(machine, keyed)
    ended = []
    for run, bits in expired:
        hit = run.live & bits
        if hit and machine.clear(keyed, run, hit):
            ended.append(run)
    machine.close_grown(keyed)
    if machine.has_timeouts and ended:
        report_timeouts(machine, keyed, ended, due)
    machine.tidy(keyed)


def end(machine: Machine, keyed: Keyed, due: int, entries: list[Entry]) -> None:
    """The deadlines of a rule of which nothing can come but the end of partial matches: no absence holds by them, no
    window outlives them, no time-out is told."""
    machine.now = due
    ended = False
    for _, _, _, subject, bits in entries:
        runs = subject.runs if isinstance(subject, Start) else (subject,) if isinstance(subject, Run) else ()
        ended = has_ended(keyed, runs, bits) or ended
    if ended:
        machine.tidy(keyed)


def end_start(machine: Machine, keyed: Keyed, start: Start, due: int) -> None:
    """The same of the one first event that is due."""
    machine.now = due
    if has_ended(keyed, start.runs, machine.code.header):
        machine.tidy(keyed)


def has_ended(keyed: Keyed, runs: Iterable[Run], bits: int) -> bool:
    """Close some waits of runs; whether one of them had any of those."""
    ended = False
    for run in runs:
        if run.live & bits:
            run.live &= ~bits
            if not run.live:
                keyed.end(run)
            ended = True
    return ended


def hold_all(
    machine: Machine, keyed: Keyed, due: int, entries: list[Entry], complete: list[Run]
) -> list[tuple[Run, int]]:
    """What holds at a deadline, and what is `complete` by that; gives the waits of runs that have run out of time."""
    expired: list[tuple[Run, int]] = []
    for _, _, _, subject, bits in entries:
        if subject is None:
            machine.purge(keyed, due)
        elif isinstance(subject, Run) and subject.live & bits:
            left = hold(machine, keyed, subject, subject.live & bits, complete, due)
            expired.append((subject, left))
    return expired


def finish(machine: Machine, keyed: Keyed, expired: list[tuple[Run, int]], release_now: bool) -> None:
    """With `report final`: what runs out at this very deadline lengthens no match any more, but is open still.
    `release_now`: matches that absences have completed come before time-outs."""
    ending: dict[Run, int] = {}
    for run, bits in expired:
        ending[run] = ending.get(run, 0) | bits
    machine.close_grown(keyed, {run for run, bits in ending.items() if not run.live & ~bits})
    if keyed.done and release_now:
        release(machine, keyed)


def hold(machine: Machine, keyed: Keyed, run: Run, bits: int, complete: list[Run], due: int) -> int:
    """What a deadline does for a run but ending it: an absence has held. Gives the waits that it does end."""
    code = machine.code
    if bits & code.completing:
        complete.append(run)
        machine.clear(keyed, run, bits & code.completing)
    tried: set[int] = set()
    while (index := held_by(machine, run, due, tried)) is not None:
        # Where a group gathers events, what has held may have to be waited for still.
        tried.add(index)
        time = code.timed.get(index)
        if time is None:
            held(machine, keyed, run, index, complete)
        else:
            machine.place(keyed, time.hold(keyed, run, index, due, complete), complete, due)
    bits &= run.live
    bits &= ~postponed(machine, keyed, run, bits & code.postponed)
    bits &= ~prolonged(machine, keyed, run, bits & code.windowed, due)
    if bits & code.gathering:
        for time in code.times:
            if bits & time.group.mask:
                bits = bits & ~time.group.mask | time.ended(keyed, run, bits, due)
    return bits


def held_by(machine: Machine, run: Run, due: int, tried: set[int]) -> int | None:
    """A wait of a run, not `tried` yet, whose absence has held at `due`; also one that another such has just led to."""
    waits = machine.rule.automaton.waits
    live = machine.bits(run.live & machine.code.holding)
    found = (i for i in live if i not in tried and holds_at(run, waits[i]) <= due)
    # What a group has gathered may have begun it in time.
    return next((i for i in found if i in machine.code.timed or not is_past_gap(run, waits[i], due)), None)


def is_past_gap(run: Run, wait: Edge, due: int) -> bool:
    """Whether a wait has been led to when its gap had passed."""
    return wait.gap_within is not None and run.rec[0] + wait.gap_within < due


def held(machine: Machine, keyed: Keyed, run: Run, index: int, complete: list[Run]) -> None:
    """An absence of a group has held: that changes what the run has reached, and so where it waits."""
    code = machine.code
    accepts = code.accepts[run.step]
    before = code.enter[run.step](run)
    for effect in machine.rule.automaton.waits[index].effects:
        name = f"c{effect.counter}"
        setattr(run, name, effect.value + (getattr(run, name) if effect.op == "add" else 0))
    after = code.enter[run.step](run)
    gone = sum_masks(code.variants.mask(i) for i in machine.bits(before & ~after))
    fresh = sum_masks(1 << code.variants.reached(i, index) for i in machine.bits(after & ~before))
    outrun = is_outrun(machine, run, complete)
    if not outrun and accepts is not None and accepts(run):
        # If it was complete before, it still ends what waits with less.
        complete.append(run)
        supersede(machine, keyed, run, complete)
    if outrun:
        fresh &= ~code.ending
    elif fresh & code.ending:
        supersede(machine, keyed, run, complete)
    rearm(machine, keyed, run, fresh)
    run.live |= fresh
    machine.wait_at(keyed, run, fresh)
    machine.clear(keyed, run, gone)


def rearm(machine: Machine, keyed: Keyed, run: Run, fresh: int) -> None:
    """A `without next` that an absence has led to is about the next event from now on, wherever the run waits."""
    waits = machine.rule.automaton.waits
    armed = {n for index in machine.bits(fresh) for n in waits[index].nexts}
    for wait in waits if armed else ():
        if wait.twin is None or not run.live >> wait.twin & 1 or wait.source != run.step:
            continue
        anew = wait.rearmed if wait.rearmed is not None or wait.nexts else wait.index
        if anew is None:
            continue
        if any(n in armed and all(is_met(run, c) for c in conditions) for n, conditions in wait.barred):
            run.live ^= 1 << wait.twin | 1 << anew
            others = [other for other in keyed.waits[wait.twin] if other is not run]
            keyed.waits[wait.twin] = machine.indexed(wait.twin, others)
            machine.put(keyed, anew, run)


def postponed(machine: Machine, keyed: Keyed, run: Run, bits: int) -> int:
    """A timed absence has held before the next event came: only that event is waited for now."""
    for index in machine.bits(bits):
        late = machine.code.late[index]
        run.live = run.live & ~(1 << index) | 1 << late
        machine.put(keyed, late, run)
    return bits


def prolonged(machine: Machine, keyed: Keyed, run: Run, bits: int, due: int) -> int:
    """The waits at thresholds whose first element came before the gap's deadline, and which may still complete."""
    kept = 0
    for index in machine.bits(bits):
        wait = machine.rule.automaton.waits[index]
        state = machine.rule.automaton.states[wait.target]
        first = last_start(run, wait.window, wait.gap_within)
        if first is None or (state.window is not None and first + state.window <= due):
            continue
        if any(getattr(run, f"s{bound.span}") + bound.length <= due for bound in wait.spans):
            # The span of a group around it is over.
            continue
        kept |= 1 << index
        if state.window is not None:
            machine.timers.push(first + state.window, keyed, run, 1 << index)
    return kept


def holds_at(run: Run, wait: Edge) -> int:
    """When the absence that a run waits for has held."""
    assert wait.hold is not None
    base: int = run.rec[0] if wait.hold.base is None else getattr(run, f"s{wait.hold.base}")
    return base + wait.hold.length


def sum_masks(masks: Iterable[int]) -> int:
    """All bits of some masks."""
    found = 0
    for mask in masks:
        found |= mask
    return found
