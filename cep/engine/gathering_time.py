"""What time does to runs in a group that gathers events: absences among the items hold, or what is left to wait for has
run out."""

from __future__ import annotations

from cep.engine import deadlines
from cep.engine.gathering import Gathering
from cep.engine.parts import ENDLESS, Parts
from cep.engine.run import Keyed, Run
from cep.engine.variants import left
from cep.plan.nfa import Hold


class GatheringTime:
    """The deadlines of one group."""

    def __init__(self, group: Gathering) -> None:
        self.group = group

    def failed(self, keyed: Keyed, run: Run, entry: int, now: int) -> None:
        """An absence among the items was hit."""
        if run.live & self.group.parts_of.masks[self.group.key(entry)]:
            parts = self.group.of(run, entry)
            end = self.group.parts_of.end(run, parts)
            if end < now:
                self.group.close(keyed, run, entry)
            else:
                self.group.limit(keyed, run, parts, entry, end)

    def register(self, keyed: Keyed, run: Run, live: int) -> None:
        """The deadlines of a run that begins to wait in this group."""
        for entry in self.group.entries_of(live):
            parts = self.group.of(run, entry)
            parts.end = ENDLESS
            end = self.group.parts_of.end(run, parts)
            if end < 0:
                # Absences that count from the last event bound were hit before the group was reached.
                self.group.close(keyed, run, entry)
            else:
                self.group.limit(keyed, run, parts, entry, end)

    def hold(self, keyed: Keyed, run: Run, index: int, due: int, complete: list[Run]) -> list[Run]:
        """An absence has held at wait `index`: the run behind the group, if it is complete by that."""
        g = self.group.parts_of
        if index in g.inside:
            return self.held(keyed, run, due, complete)
        parts = self.group.of(run, index)
        if g.absences(run, parts).count(1) + 1 >= g.need and not g.may_stay_empty(parts, due):
            self.group.close(keyed, run, index)
        else:
            deadlines.held(keyed.machine, keyed, run, index, complete)
        return []

    def held(self, keyed: Keyed, run: Run, due: int, complete: list[Run]) -> list[Run]:
        """Absences have held inside the group: the run behind it, if it is complete by that."""
        g = self.group.parts_of
        over = 0
        for index in g.inside:
            hold = g.waits[index].hold
            if hold is not None and run.live >> index & 1 and held_at(run, hold) == due:
                over |= 1 << index
                setattr(run, f"c{hold.counter}", 1)
                setattr(run, g.counter, getattr(run, g.counter) + 1)
        parts = self.group.of(run, -1)
        if g.completed(run, parts) < g.need:
            keyed.machine.clear(keyed, run, over)
            return []
        if g.kept(parts):
            left = self.group.finished(run, parts.copy(parts.base, parts.entry), waited=True)
        else:
            left = None
            self.pass_over(keyed, run, parts, due, complete)
        self.group.close(keyed, run, -1)
        return [] if left is None else [left]

    def pass_over(self, keyed: Keyed, run: Run, parts: Parts, due: int, complete: list[Run]) -> None:
        """Absences alone have completed the group: the run before it goes on, if no event had to come first."""
        g, base = self.group.parts_of, parts.base
        if base is None or not g.may_stay_empty(parts, due):
            return
        held = [early for early, value in zip(g.early, g.absences(run, parts), strict=True) if value == 1]
        self.group.apply_hits(base, parts, base.rec)
        reopened = 0
        for index in g.entries[parts.entry]:
            hold = g.waits[index].hold
            if hold is not None and f"c{hold.counter}" in held and getattr(base, f"c{hold.counter}") == 0:
                # The very next event has come: it is in the group.
                past = left(index, g.waits[index].twin)
                if not base.live:
                    keyed.machine.reopen(keyed, base, 1 << past)
                    reopened |= 1 << past
                deadlines.held(keyed.machine, keyed, base, past, complete)
        # What another absence had completed already is waited for no more.
        if base.live & reopened:
            keyed.machine.clear(keyed, base, reopened)

    def ended(self, keyed: Keyed, run: Run, bits: int, due: int) -> int:
        """Those waits of a run in this group that a deadline ends: for each way in, and inside, all or none."""
        ended = 0
        for entry in self.group.entries_of(run.live & bits):
            parts = self.group.of(run, entry)
            end = self.group.parts_of.end(run, parts)
            if end <= due:
                ended |= self.group.parts_of.masks[self.group.key(entry)]
            else:
                self.group.limit(keyed, run, parts, entry, end)
        return ended


def held_at(run: Run, hold: Hold) -> int:
    """When an absence that a run waits for has held."""
    base: int = run.rec[0] if hold.base is None else getattr(run, f"s{hold.base}")
    return base + hold.length
