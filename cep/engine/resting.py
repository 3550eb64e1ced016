"""Keys that nothing has happened to for long are put to sleep: kept as they are written, at two thirds of the memory.

A key is looked at once in a round of so many records as the rule has `patience` for, and sleeps if it has begun nothing
since the round before. What then wakes it pays for reading it; where that is more than one in four, patience grows, so
that keys which come back in turn are left awake. Rules with few keys are never looked at.

Asleep may be what a deadline only ends: rules that tell time-outs, wait for absences, hold matches back or look behind
their first event stay awake, and so do those that share a structure.
"""

from __future__ import annotations

from collections.abc import Sequence

from cep.engine.asleep import Dormitory
from cep.engine.blob import UNKNOWN, known
from cep.engine.machine import Machine
from cep.engine.run import Keyed
from cep.engine.snapshot import write_key

FEW_KEYS = 100_000
"""A rule with fewer keys awake is left alone."""

OFTEN = 4
"""One of so many that fell asleep may wake in a round; if it is more, patience is multiplied by as much."""


def may_rest(machine: Machine) -> bool:
    """Whether the keys of a rule may be put to sleep."""
    return machine.kind is Keyed and machine.only_ends


class Rest:
    """Puts the keys of one rule to sleep, a few at a time.

    `patience`: how many records a round has. `left`: how many of them are to come. `round`: the keys looked at in it,
    as far as `place`; `before`: the event time at which the round before began. `laid`: how many fell asleep since
    patience was last measured, `woken`: how many had been woken till then.
    """

    def __init__(self, machine: Machine, events: tuple[str, ...], dormitory: Dormitory) -> None:
        self.machine = machine
        self.events = events
        self.dormitory = dormitory
        self.patience = FEW_KEYS
        self.left = 0
        self.round: Sequence[Keyed] = ()
        self.place = 0
        self.before: int | None = None
        self.begun: int | None = None
        self.laid = 0
        self.woken = 0

    def pass_by(self, count: int, now: int) -> None:
        """So many records have passed, the last at event time `now`; to be called when no key is being worked on."""
        if not self.left:
            if len(self.machine.keys) - self.dormitory.number < FEW_KEYS:
                self.begun = None
                return
            self.begin(now)
        self.left = max(0, self.left - count)
        end = len(self.round) * (self.patience - self.left) // self.patience
        for keyed in self.round[self.place : end]:
            self.look(keyed)
        self.place = end
        if not self.left:
            self.end()

    def begin(self, now: int) -> None:
        """Another round."""
        self.before, self.begun = self.begun, now
        self.left, self.place = self.patience, 0
        self.round = [] if self.before is None else [k for k in self.machine.keys.values() if not k.asleep]

    def end(self) -> None:
        """The round is over: measure how many were woken for those that fell asleep."""
        self.round = ()
        if self.laid < FEW_KEYS // OFTEN:
            return
        woken = self.dormitory.woken - self.woken
        if woken * OFTEN > self.laid:
            self.patience *= OFTEN
        self.laid, self.woken = 0, self.dormitory.woken
        if self.machine.span is not None:
            self.machine.span.compact()

    def look(self, keyed: Keyed) -> None:
        """Put a key to sleep that has begun nothing for a round."""
        if keyed.asleep or not keyed.open or self.before is None or keyed.order[-1].rec[0] >= self.before:
            return
        part = write_key(self.machine, keyed, self.events)
        if part is None:
            return
        deadline, _ = known(part)
        if deadline != UNKNOWN:
            self.dormitory.put(keyed, part, deadline)
            self.laid += 1
