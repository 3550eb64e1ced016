"""What a run has gathered in a group in any order, and until when a match can be made of it.

Which event comes first in the group is known only when the group is complete: a threshold binds past events, and what
an incomplete item has taken is no part of the match. So a run keeps what it has gathered beside its chain, and what
bears on the first event (gap, strictness, an absence before the group) is looked at in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cep.engine.record import Record
from cep.engine.run import Run, Window
from cep.plan.nfa import ENDED, Edge, GatheredItem, Gathering

ENDLESS = 1 << 80
"""Later than every event, in microseconds."""


INSIDE = -1
"""Less the number of a group: the key under which a run keeps what it has gathered inside it."""


class Parts:
    """What one run has gathered.

    `base`: the run before the group, None at the head of a rule; `entry`: a wait of the way in. `bound`: (state, event)
    in order, incomplete items included, `taken` the same by state. `windows`: by state, what open thresholds may bind.
    `failed`: states of items that cannot be completed any more. `owed`: events passed by that must be bound in the end,
    each with the state of the item that passed it by (None: whatever items the match has). `cutoff`: the group's first
    event is no later than this one. `hits`: (counter, span, event) of absences behind the group, which count from its
    last event. `since`: at the head, when absences began to count. `end`: the deadline that was last registered.
    """

    __slots__ = ("base", "bound", "cutoff", "end", "entry", "failed", "hits", "owed", "since", "taken", "windows")

    def __init__(self, base: Run | None, entry: int) -> None:
        self.base = base
        self.entry = entry
        self.bound: list[tuple[int, Record]] = []
        self.taken: dict[int, list[Record]] = {}
        self.windows: dict[int, Window] = {}
        self.failed: list[int] = []
        self.owed: list[tuple[int | None, Record]] = []
        self.cutoff: Record | None = None
        self.hits: list[tuple[int, int, Record]] = []
        self.since = 0
        self.end = ENDLESS

    def copy(self, base: Run | None, entry: int) -> Parts:
        """The same for a run that goes on from this one."""
        new = Parts(base, entry)
        new.bound = self.bound
        new.taken = self.taken
        new.windows = {state: copied(window) for state, window in self.windows.items()}
        new.failed = self.failed.copy()
        new.owed = self.owed.copy()
        new.cutoff = self.cutoff
        new.hits = self.hits.copy()
        new.since = self.since
        return new

    def bind(self, bound: list[tuple[int, Record]]) -> None:
        """These events are bound, in order."""
        self.bound = bound
        self.taken = {}
        for state, rec in bound:
            self.taken.setdefault(state, []).append(rec)

    def count(self, state: int) -> int:
        """How many events an item has bound."""
        return len(self.taken.get(state, ()))

    def first(self, state: int) -> Record | None:
        """The first event an item has bound."""
        taken = self.taken.get(state)
        return taken[0] if taken else None

    def window(self, state: int) -> Window:
        """The window of a threshold."""
        window = self.windows.get(state)
        if window is None:
            window = self.windows[state] = Window()
        return window

    def newest(self, before: Record) -> Record | None:
        """The newest event held that lies before another."""
        held = [rec for window in self.windows.values() for rec in window.recs if rec[:5] < before[:5]]
        return max(held, key=lambda rec: rec[:5], default=None)

    def latest(self) -> Record:
        """The newest event that is bound or held."""
        held = [rec for window in self.windows.values() for rec in window.recs]
        return max([*held, *(rec for _, rec in self.bound)], key=lambda rec: rec[:5])

    def took(self, rec: Record) -> bool:
        """Whether an event has just been held for a threshold."""
        return any(window.recs and window.recs[-1] is rec for window in self.windows.values())


def copied(window: Window) -> Window:
    """A window that moves by itself."""
    new = Window()
    new.recs = window.recs.copy()
    new.barred = window.barred.copy()
    new.told = window.told.copy()
    new.owed = window.owed.copy()
    new.hits = window.hits.copy()
    return new


class Gatherer:
    """A gathering group with its waits: what can still become of parts."""

    def __init__(self, gathering: Gathering, waits: tuple[Edge, ...], header: int | None) -> None:
        self.joint = gathering.joint
        self.need = gathering.need
        self.within = ENDLESS if gathering.within is None else gathering.within
        self.header = ENDLESS if header is None else header
        self.base = None if gathering.base is None else f"s{gathering.base}"
        self.counter = f"c{gathering.done}"
        self.late = [f"c{late}" for late, _ in gathering.absences]
        self.early = [f"c{early}" for _, early in gathering.absences]
        self.items: dict[int, GatheredItem] = {item.state: item for item in gathering.items}
        self.windows = {i.state: ENDLESS if i.within is None else i.within for i in gathering.items}
        self.waits = waits
        self.ways = {index: {waits[i].target: i for i in way} for way in gathering.entries for index in way}
        self.entries = {index: way for way in gathering.entries for index in way}
        self.root = roots(gathering.entries, waits)
        holds = [waits[i].hold for i in gathering.inside]
        self.lengths = {f"c{hold.counter}": hold.length for hold in holds if hold is not None}
        self.inside = gathering.inside
        self.masks = {INSIDE - self.joint: sum(1 << i for i in self.inside)}
        for index, root in self.root.items():
            self.masks[root] = self.masks.get(root, 0) | 1 << index
        self.mask = sum(self.masks.values())
        self.spans = waits[self.inside[0]].spans
        self.consecutive = [item for item in gathering.items if item.mode == "consecutive"]

    # ------------------------------------------------------------ items

    def done(self, parts: Parts, item: GatheredItem) -> bool:
        """Whether an item is complete."""
        return parts.count(item.state) >= item.minimum

    def absences(self, run: Run, parts: Parts) -> list[int]:
        """The counters of the absences among the items: 0 open, 1 held, `ENDED` hit."""
        return [getattr(run, name) for name in (self.late if parts.bound else self.early)]

    def completed(self, run: Run, parts: Parts) -> int:
        """How many items are complete."""
        steps = sum(self.done(parts, item) for item in self.items.values())
        return steps + self.absences(run, parts).count(1)

    def kept(self, parts: Parts) -> list[tuple[int, Record]]:
        """What is bound without the events of incomplete items."""
        done = {state for state, item in self.items.items() if self.done(parts, item)}
        return [(state, rec) for state, rec in parts.bound if state in done]

    def must_take(self, parts: Parts, state: int) -> bool:
        """Whether an item takes the next event that fits it: a threshold holds it, `combinations` may leave it out."""
        item = self.items[state]
        return not item.threshold and not (item.mode == "combinations" and parts.count(state))

    def under_way(self, parts: Parts, item: GatheredItem) -> bool:
        """Whether an item is begun and not complete."""
        return not item.threshold and 0 < parts.count(item.state) < item.minimum

    def deadline(self, parts: Parts, item: GatheredItem) -> int:
        """When an item can no longer be completed by further events, as far as it alone goes."""
        if item.state in parts.failed:
            return -ENDLESS
        if not self.under_way(parts, item):
            return ENDLESS
        first = parts.first(item.state)
        assert first is not None
        return first[0] + min(self.within, ENDLESS if item.within is None else item.within)

    # ------------------------------------------------------------ the first event

    def opens(self, parts: Parts, rec: Record) -> bool:
        """Whether an event may be the first of the group."""
        if parts.cutoff is not None and rec[:5] > parts.cutoff[:5]:
            return False
        gap = None if parts.base is None else self.waits[parts.entry].gap_within
        return gap is None or parts.base is None or rec[0] - parts.base.rec[0] <= gap

    def may_stay_empty(self, parts: Parts, due: int) -> bool:
        """Whether absences alone may complete the group at a deadline: no event has come that had to be the first."""
        gap = self.waits[parts.entry].gap_within
        return parts.cutoff is None and (gap is None or parts.base is None or due - parts.base.rec[0] <= gap)

    def begun(self, parts: Parts, now: int, without: int | None = None) -> bool:
        """Whether there is an event with which the group may begin, other than in the window of state `without`."""
        return any(end >= now for end in self.beginnings(parts, without))

    def beginnings(self, parts: Parts, without: int | None = None) -> Iterator[int]:
        """Until when each event that is there and may be the first can still be part of the match: the last of each
        item, since what may be the first is what came early."""
        for item in self.items.values():
            first = parts.first(item.state)
            if first is not None and item.state not in parts.failed and self.opens(parts, first):
                yield self.deadline(parts, item)
        for state, window in parts.windows.items():
            last = next((rec for rec in reversed(window.recs) if self.opens(parts, rec)), None)
            if last is not None and state != without:
                yield last[0] + self.windows[state]

    def holders(self, parts: Parts, rec: Record) -> Iterator[int]:
        """Until when an event can still be part of the match, by each item that has it."""
        for state, bound in parts.bound:
            if bound is rec and state not in parts.failed:
                yield self.deadline(parts, self.items[state])
        for state, window in parts.windows.items():
            if any(element is rec for element in window.recs):
                yield rec[0] + self.windows[state]

    # ------------------------------------------------------------ deadlines

    def end(self, run: Run, parts: Parts) -> int:
        """The time after which the group cannot become complete any more."""
        deadlines = [self.deadline(parts, item) for item in self.items.values()]
        deadlines += [-ENDLESS if count == ENDED else ENDLESS for count in self.absences(run, parts)]
        end = sorted(deadlines, reverse=True)[self.need - 1]
        done = [rec for state, rec in parts.bound if self.done(parts, self.items[state])]
        if done:
            end = min(end, done[0][0] + self.within)
        if parts.base is None:
            return min(end, max(self.from_heads(run, parts), default=-ENDLESS))
        return min(end, self.spans_end(run, parts), self.beginning(parts), self.owing(parts, self.owed(parts)))

    def spans_end(self, run: Run, parts: Parts) -> int:
        """When the spans of the groups around end that have begun."""
        spans = self.spans if parts.bound else self.waits[parts.entry].spans
        return min((getattr(run, f"s{bound.span}") + bound.length for bound in spans), default=ENDLESS)

    def beginning(self, parts: Parts) -> int:
        """Until when the group may have a first event: one that is there, or one still to come."""
        later = -ENDLESS
        if parts.cutoff is None and parts.base is not None:
            gap = self.waits[parts.entry].gap_within
            later = ENDLESS if gap is None else parts.base.rec[0] + gap
        return max((later, *self.beginnings(parts)))

    def owed(self, parts: Parts, since: Record | None = None) -> list[Record]:
        """The events that must be bound, by a match that begins at `since`: what an item has passed by matters only if
        the match has that item."""
        every = self.need == len(self.items) + len(self.late)
        return [
            rec
            for state, rec in parts.owed
            if (state is None or every or self.done(parts, self.items[state]))
            and (since is None or rec[:5] >= since[:5])
        ]

    def owing(self, parts: Parts, owed: Iterable[Record]) -> int:
        """Until when all that is owed can be bound."""
        return min((max(self.holders(parts, rec), default=-ENDLESS) for rec in owed), default=ENDLESS)

    def from_heads(self, run: Run, parts: Parts) -> Iterator[int]:
        """At the head of a rule: for each event with which the match may begin, when that has come to its end."""
        first = parts.bound[0][1]
        span = min((self.within, self.header, *(bound.length for bound in self.spans)))
        if self.opens(parts, first):
            yield min(
                first[0] + span,
                max(self.holders(parts, first), default=-ENDLESS),
                self.owing(parts, self.owed(parts, first)),
            )
        for state, window in parts.windows.items():
            for rec in reversed(window.recs):
                if (
                    rec[:5] < first[:5]
                    and self.opens(parts, rec)
                    and all(rec is not barred for barred in window.barred)
                ):
                    yield min(rec[0] + min(span, self.windows[state]), self.owing(parts, self.owed(parts, rec)))
                    if not parts.owed:
                        # Of earlier ones the end is earlier.
                        break


def roots(entries: tuple[tuple[int, ...], ...], waits: tuple[Edge, ...]) -> dict[int, int]:
    """For each wait that enters a group a number of its way in, the same for what may be left of it."""
    way_of = {index: way[0] for way in entries for index in way}
    found = dict(way_of)
    for wait in waits:
        for left in wait.left:
            if left in way_of and wait.index in way_of:
                found = {i: found[wait.index] if way == way_of[left] else found[i] for i, way in way_of.items()}
    return found
