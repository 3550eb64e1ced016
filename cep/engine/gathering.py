"""Groups in any order that gather events: what one event does to a run that waits in one; called by generated code.

One event binds one item of a run, with a branch for each it fits. For a threshold it is held in the run itself; where
it also fits an item that has to take it, the run then owes the event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cep.engine.parts import ENDLESS, INSIDE, Gatherer, Parts
from cep.engine.record import Record
from cep.engine.run import Keyed, Run, Start, Window, events_of
from cep.plan.nfa import ENDED, Automaton, GatheredItem


class Gathering:
    """One group of one rule at run time, with the generated functions it calls."""

    def __init__(self, gatherer: Gatherer, automaton: Automaton, names: dict[str, Any]) -> None:
        self.parts_of = gatherer
        self.names = names
        self.automaton = automaton
        self.joint = gatherer.joint
        self.mask = gatherer.mask
        self.waits = (*gatherer.inside, *gatherer.entries)
        self.counters = {item: f"c{automaton.states[item].counter}" for item in gatherer.items}
        self.having = {s: names[f"having_{s}"] for s, i in gatherer.items.items() if i.threshold}
        self.extends = {state: names[f"extend_{state}"] for state in self.having}

    # ------------------------------------------------------------ an event

    def gather(
        self,
        keyed: Keyed,
        run: Run,
        rec: Record,
        entry: int,
        fits: list[int],
        barred: bool,
        wanted: bool,
        hit: bool,
        born: list[Run],
    ) -> None:
        """An event comes to a run that waits to enter the group (by the way of wait `entry`) or inside (-1).

        `fits`: the states whose conditions it meets. `barred`: it hits an absence before the group, so that later
        events cannot be the first of it; `wanted`: a greedy loop before the group takes it, so that it cannot be the
        first either; `hit`: it may be passed by only if it is bound in the end.
        """
        g = self.parts_of
        parts = self.of(run, entry)
        way = g.waits[parts.entry]
        entering = entry >= 0
        self.expire(parts, rec[0])
        if wanted and parts.cutoff is None:
            parts.cutoff = parts.latest()
        if (barred or (entering and way.contiguity == "next")) and parts.cutoff is None:
            parts.cutoff = rec
        if entering and way.gap_after is not None and rec[0] - run.rec[0] < way.gap_after:
            fits = []
        if parts.base is not None and not (g.opens(parts, rec) or g.begun(parts, rec[0])):
            fits = []
        fits = [state for state in fits if rec[0] <= g.deadline(parts, g.items[state])]
        must = [state for state in fits if g.must_take(parts, state)]
        for state in fits:
            if state in self.having:
                self.reach(keyed, run, parts, state, rec, born)
            else:
                self.bind(run, parts, state, rec, [other for other in must if other != state], born)
        passing: list[int | None] = [] if entering and way.contiguity == "any" else [*must]
        self.stay(keyed, run, entry, rec, fits, [*passing, None] if hit else passing, parts)

    def of(self, run: Run, entry: int) -> Parts:
        """What the run has gathered in this group."""
        parts = None if run.parts is None else run.parts.get(self.key(entry))
        if parts is None:
            parts = Parts(run, entry)
        elif entry >= 0:
            parts.entry = entry
        return parts

    def key(self, entry: int) -> int:
        """Under which key a run keeps what it has gathered: for each way in by itself, or inside (-1)."""
        return INSIDE - self.joint if entry < 0 else self.parts_of.root[entry]

    def entries_of(self, live: int) -> list[int]:
        """A wait of each way by which a run waits to enter the group, -1 where it waits inside."""
        found = {self.key(index): index for index in self.parts_of.entries if live >> index & 1}
        inside = [-1] if live & self.parts_of.masks[self.key(-1)] else []
        return [*found.values(), *inside]

    def expire(self, parts: Parts, now: int) -> None:
        """Forget what no window can hold any more."""
        for state, window in parts.windows.items():
            window.expire(now - self.parts_of.windows[state])

    def stay(
        self, keyed: Keyed, run: Run, entry: int, rec: Record, fits: list[int], passing: list[int | None], parts: Parts
    ) -> None:
        """The run itself waits on if it may pass the event by; thresholds hold the event. `passing`: the items that let
        it pass by (None: what forbids that to the run)."""
        g = self.parts_of
        holding = [state for state in fits if state in self.having]
        if passing and not holding:
            self.close(keyed, run, entry)
            return
        parts.owed += [(state, rec) for state in passing]
        for state in holding:
            parts.window(state).recs.append(rec)
        self.break_off(run, parts, None)
        run.parts = {**(run.parts or {}), self.key(entry): parts}
        end = g.end(run, parts)
        if end < rec[0]:
            self.close(keyed, run, entry)
        else:
            self.limit(keyed, run, parts, entry, end)

    def limit(self, keyed: Keyed, run: Run, parts: Parts, entry: int, end: int) -> None:
        """Register the deadline of a run."""
        if end < ENDLESS and end != parts.end:
            parts.end = end
            keyed.machine.timers.push(end, keyed, run, self.parts_of.masks[self.key(entry)])

    def close(self, keyed: Keyed, run: Run, entry: int) -> None:
        """The run waits no more to enter the group by one way, or inside it."""
        mask = self.parts_of.masks[self.key(entry)]
        if run.parts is not None:
            run.parts.pop(self.key(entry), None)
        if run.live & mask:
            run.live &= ~mask
            if not run.live:
                keyed.end(run)

    def break_off(self, run: Run, parts: Parts, taker: int | None) -> None:
        """Items that must be `consecutive`, other than the taker, end with an event that they have not taken."""
        for item in self.parts_of.consecutive:
            if item.state != taker and self.parts_of.under_way(parts, item):
                self.fail(run, parts, item)

    def fail(self, run: Run, parts: Parts, item: GatheredItem) -> None:
        """An item cannot be completed any more."""
        if item.state not in parts.failed:
            parts.failed.append(item.state)
        setattr(run, self.counters[item.state], ENDED)

    def note(self, run: Run, counter: int, span: int, rec: Record) -> None:
        """An event hits an absence behind the group, for a match whose last event in it lies within `span` before."""
        self.of(run, -1).hits.append((counter, span, rec))

    # ------------------------------------------------------------ branches

    def bind(self, run: Run, parts: Parts, state: int, rec: Record, passing: list[int], born: list[Run]) -> None:
        """A branch in which a step has taken the event, which others let pass by."""
        new = parts.copy(parts.base, parts.entry)
        new.bind([*parts.bound, (state, rec)])
        new.owed += [(other, rec) for other in passing]
        bound = self.take(self.edge(parts, state, parts.count(state)), run, rec)
        self.branch(bound, new, state, rec[0], born)

    def edge(self, parts: Parts, state: int, count: int) -> int:
        """The wait by which an item takes an event when it has `count`."""
        if not parts.bound:
            return self.parts_of.ways[parts.entry][state]
        return self.between(state, count)

    def between(self, state: int, count: int) -> int:
        """The wait between items by which one takes an event when it has `count`."""
        for index in self.parts_of.inside:
            wait = self.parts_of.waits[index]
            if wait.target == state and (wait.conditions[0].low or 0) <= count <= (wait.conditions[0].high or 0):
                return index
        raise AssertionError(f"no wait for event {count + 1} of state {state}")

    def reach(self, keyed: Keyed, run: Run | None, parts: Parts, state: int, rec: Record, born: list[Run]) -> None:
        """A branch in which a threshold is reached, if it is."""
        g = self.parts_of
        window = parts.windows.get(state)
        recs = [rec] if window is None else [*window.recs, rec]
        ceiling = len(recs)
        if parts.base is not None and not g.begun(parts, rec[0], state):
            # No other item has an event with which the group may begin.
            ceiling = sum(1 for element in recs if g.opens(parts, element))
        at = self.seen(run, parts)
        first = self.having[state](at, keyed.key, recs, 0, ceiling)
        if first < 0:
            return
        new = parts.copy(parts.base, parts.entry)
        new.windows.pop(state, None)
        self.remove(new, recs[first:])
        new.bind(sorted([*new.bound, *((state, r) for r in recs[first:])], key=lambda bound: bound[1][:5]))
        before: Run | Start | None = parts.base
        if before is None:
            before = self.beginning(keyed, run, parts, new, state, recs[first], window, born)
        if before is not None:
            absences = self.counted(run, parts, new, window)
            self.branch(self.chained(before, new, absences), new, state, rec[0], born)

    def seen(self, run: Run | None, parts: Parts) -> Run:
        """The run as a `having` sees it: of an iteration that has not begun nothing is bound."""
        if run is None:
            return self.names["blank"]()  # type: ignore[no-any-return]
        afresh = None if parts.bound else self.names.get(f"afresh_{parts.entry}")
        return run if afresh is None else afresh(run)

    def remove(self, parts: Parts, found: list[Record]) -> None:
        """Bound events are not there for other thresholds."""
        taken = {id(rec) for rec in found}
        for window in parts.windows.values():
            window.recs = [rec for rec in window.recs if id(rec) not in taken]

    def chained(self, before: Run | Start, parts: Parts, absences: list[int]) -> Run:
        """The run that has bound what is gathered, in time order; `absences`: the counters of those among the items."""
        run: Any = before
        counts: dict[int, int] = {}
        for number, (state, rec) in enumerate(parts.bound):
            count = counts.get(state, 0)
            counts[state] = count + 1
            if count and state in self.extends:
                run = self.extends[state](run, rec)
            else:
                enters = number == 0
                index = self.parts_of.ways[parts.entry][state] if enters else self.between(state, count)
                run = self.take(index, run, rec)
        for name, value in zip(self.parts_of.late, absences, strict=True):
            setattr(run, name, value)
        setattr(run, self.parts_of.counter, self.parts_of.completed(run, parts))
        return run  # type: ignore[no-any-return]

    def take(self, index: int, run: Run | Start, rec: Record) -> Run:
        """What the generated function of a wait makes of a run and an event."""
        return self.names[f"take_{index}"](run, rec)  # type: ignore[no-any-return]

    def branch(self, run: Run, parts: Parts, taker: int, now: int, born: list[Run]) -> None:
        """A new branch: out of the group if that is complete, else waiting on."""
        g = self.parts_of
        self.break_off(run, parts, taker)
        for state in parts.failed:
            setattr(run, self.counters[state], ENDED)
        if parts.base is None and g.base is not None:
            setattr(run, g.base, parts.since)
        if g.completed(run, parts) >= g.need:
            left = self.finished(run, parts)
            if left is not None and not any(self.same(left, other) for other in born):
                born.append(left)
        elif g.end(run, parts) >= now:
            run.parts = {self.key(-1): parts}
            born.append(run)

    def same(self, run: Run, other: Run) -> bool:
        """Whether two runs have bound the same events for the same steps, and have come as far."""
        if run.step != other.step or run.rec is not other.rec or run.start is not other.start:
            return False
        counters = [f"c{number}" for number in range(self.automaton.counters)]
        come = all(getattr(run, name) == getattr(other, name) for name in counters)
        return come and events_of(run) == events_of(other)

    def finished(self, run: Run, parts: Parts, waited: bool = False) -> Run | None:
        """The run behind the complete group, with the events of complete items alone; None if it is no match. `waited`:
        this one has waited in the group, and another takes its place."""
        g = self.parts_of
        kept = g.kept(parts)
        if not kept:
            return None
        first, last = kept[0][1], kept[-1][1]
        if not g.opens(parts, first) or last[0] - first[0] > g.within:
            return None
        if parts.base is None and (parts.bound[0][1] is not first or last[0] - first[0] > g.header):
            return None
        bound = {id(rec) for _, rec in kept}
        if any(id(rec) not in bound for rec in g.owed(parts, None if parts.base is not None else first)):
            return None
        if waited or len(kept) < len(parts.bound):
            absences = g.absences(run, parts)
            parts.bind(kept)
            run = self.chained(parts.base if parts.base is not None else run.start, parts, absences)
            self.apply_hits(run, parts, last)
        if any(last[0] - getattr(run, f"s{span.span}") > span.length for span in g.spans):
            return None
        run.parts = None
        return run

    def apply_hits(self, run: Run, parts: Parts, last: Record) -> None:
        """What has hit absences behind the group counts from the last event that is kept."""
        for counter, span, hit in parts.hits:
            if hit[:5] > last[:5] and hit[0] - last[0] <= span:
                setattr(run, f"c{counter}", ENDED)

    # ------------------------------------------------------------ the head of a rule

    def beginning(
        self,
        keyed: Keyed,
        run: Run | None,
        before: Parts,
        new: Parts,
        state: int,
        first: Record,
        window: Window | None,
        born: list[Run],
    ) -> Start | None:
        """The start of a match in which a window beginning at `first` has been bound, None if it may not begin so."""
        if run is not None and run.start.rec[:5] <= first[:5]:
            return run.start
        hindered = first is new.bound[-1][1] and self.hindered(keyed, self.parts_of.ways[before.entry][state], first)
        if hindered or (window is not None and any(first[:5] == barred[:5] for barred in window.barred)):
            new.cutoff = new.newest(first)
            if new.cutoff is None:
                return None
        return start_at(keyed, first, window, born)

    def hindered(self, keyed: Keyed, index: int, rec: Record) -> bool:
        """Whether an absence before the first step forbids that a match begins with this event."""
        return any(self.names[f"leads_{absence}_{index}"](keyed, rec) for absence in self.automaton.leading)

    def counted(self, run: Run | None, before: Parts, parts: Parts, window: Window | None) -> list[int]:
        """The counters of absences once a window is bound. At the head of a rule they count from the first event of
        what is bound first; a window's lies in the past."""
        if run is not None:
            return self.parts_of.absences(run, before)
        first, now = parts.bound[0][1], parts.bound[-1][1][0]
        parts.since = first[0]
        hits = [] if window is None else window.hits
        values = []
        for counter in self.parts_of.late:
            due = first[0] + self.parts_of.lengths[counter]
            hit = any(name == counter and rec[:5] > first[:5] and rec[0] <= due for name, rec in hits)
            values.append(ENDED if hit else int(due < now))
        return values

    def bar(self, keyed: Keyed, run: Run, bar: Callable[[Window], None]) -> None:
        """Keep what thresholds hold from beginning a match that a report has dropped."""
        parts = (run.parts or {}).get(self.key(-1))
        if parts is None or parts.base is not None:
            return
        for window in parts.windows.values():
            bar(window)
        end = self.parts_of.end(run, parts)
        if end < keyed.machine.now:
            self.close(keyed, run, -1)
        else:
            self.limit(keyed, run, parts, -1, end)

    def owes(self, keyed: Keyed, run: Run, rec: Record) -> int:
        """The waits, if any, at which a run that may not pass an event by has just held it for a threshold; it is owed
        there."""
        kept = 0
        for entry in self.entries_of(run.live):
            parts = self.of(run, entry)
            if parts.took(rec):
                parts.owed.append((None, rec))
                self.limit(keyed, run, parts, entry, self.parts_of.end(run, parts))
                kept |= self.parts_of.masks[self.key(entry)]
        return kept


def start_at(keyed: Keyed, first: Record, window: Window | None, born: list[Run]) -> Start:
    """The start of a match that begins at `first`: matches that begin alike share it while it is open."""
    for start in (*(run.start for run in born), *reversed(keyed.order)):
        if start.rec is first and not start.dropped:
            return start
    start = Start(first)
    if window is not None and any(rec is first for rec in window.told):
        start.timed_out = True
    return start
