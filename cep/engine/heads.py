"""Groups in any order that gather events at the head of a rule: there a threshold may begin the match with an event
older than what other items bind. Until something is bound, what thresholds hold belongs to the key."""

from __future__ import annotations

from collections.abc import Sequence

from cep.engine.gathering import Gathering
from cep.engine.parts import Parts
from cep.engine.record import Record
from cep.engine.run import Keyed, Run, Start, Window


class Head:
    """The way into a gathering group from the start of the rule. `ways`: the waits of its items, by state."""

    def __init__(self, group: Gathering, ways: dict[int, int]) -> None:
        self.group = group
        self.ways = ways
        self.windowed = {index for state, index in ways.items() if state in group.having}
        self.leading = group.automaton.leading

    def begin(self, keyed: Keyed, rec: Record, fits: list[int], start: Start | None, born: list[Run]) -> Start | None:
        """Matches that begin with this event, or with a window that ends at it; `fits`: the states whose conditions
        it meets. Gives the start that this event is, if it is one."""
        parts = self.parts(keyed, rec[0])
        steps = [state for state in fits if self.ways[state] not in self.windowed]
        # Behind `then any`, with what stood before it passed over, a match may leave a fitting event out.
        must = [state for state in steps if self.group.parts_of.waits[self.ways[state]].contiguity != "any"]
        holding = [self.ways[state] for state in fits if self.ways[state] in self.windowed]
        for state in steps:
            new = self.bound(keyed, parts, state, rec)
            if new is not None:
                new.owed += [(other, rec) for other in steps if other != state]
                start = start or Start(rec)
                run = self.group.take(self.ways[state], start, rec)
                self.group.branch(run, new, state, rec[0], born)
        for state in fits:
            if self.ways[state] in self.windowed:
                parts.entry = self.ways[state]
                self.group.reach(keyed, None, parts, state, rec, born)
        self.stay(keyed, rec, must, holding)
        return start or next((run.start for run in born if run.start.rec is rec), None)

    def parts(self, keyed: Keyed, now: int) -> Parts:
        """What thresholds hold while nothing is bound."""
        parts = Parts(None, -1)
        for state, index in self.ways.items():
            window = (keyed.windows or {}).get(index)
            if window is not None:
                window.expire(now - self.group.parts_of.windows[state])
                parts.windows[state] = window
                parts.owed += [owed for owed in window.owed if owed not in parts.owed]
        return parts

    def bound(self, keyed: Keyed, parts: Parts, state: int, rec: Record) -> Parts | None:
        """What is gathered once a step has taken its first event; where the match may not begin with that, a window
        must begin before it."""
        index = self.ways[state]
        new = parts.copy(None, index)
        new.bind([(state, rec)])
        new.since = rec[0]
        if self.group.hindered(keyed, index, rec):
            new.cutoff = new.newest(rec)
            if new.cutoff is None:
                return None
        return new

    def stay(self, keyed: Keyed, rec: Record, passing: list[int], holding: list[int]) -> None:
        """What thresholds hold after the event: a match that has begun and leaves the event out does not bind it."""
        windows = dict(keyed.windows or {})
        if passing and not holding:
            for index in self.windowed:
                windows.pop(index, None)
        for index in holding:
            window = windows.setdefault(index, Window())
            window.recs.append(rec)
            if self.group.hindered(keyed, index, rec):
                window.barred.append(rec)
        self.owe(windows, rec, passing)
        keyed.windows = {index: window for index, window in windows.items() if window.recs} or None
        keyed.machine.schedule(keyed)

    def owe(self, windows: dict[int, Window], rec: Record, passing: Sequence[int | None]) -> None:
        """A match that begins with what is held, this event at the latest, must bind it."""
        for index in self.windowed:
            if index in windows:
                windows[index].owed += [(state, rec) for state in passing]

    def cancel(self, keyed: Keyed, rec: Record) -> None:
        """`cancel on` was hit: what is held has ended, unless the match takes that very event."""
        windows = dict(keyed.windows or {})
        if any(index in windows and windows[index].recs[-1] is rec for index in self.windowed):
            self.owe(windows, rec, [None])
            return
        for index in self.windowed:
            windows.pop(index, None)
        keyed.windows = windows or None

    def hit(self, keyed: Keyed, counter: str, rec: Record) -> None:
        """An absence among the items was hit while nothing was bound."""
        for index in self.windowed:
            window = (keyed.windows or {}).get(index)
            if window is not None:
                window.hits.append((counter, rec))
