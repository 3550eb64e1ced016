"""One rule at run time: the state of its keys, and what happens to the runs that the generated code has moved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from cep.engine.blob import known
from cep.engine.counters import Counters
from cep.engine.deadlines import expire
from cep.engine.detection import Detection
from cep.engine.following import close_followed, finals, grow
from cep.engine.indexed import MANY, IndexedWait, Waiting
from cep.engine.loader import Code
from cep.engine.record import Record
from cep.engine.run import NONE, Keyed, Run, WideKeyed, chain, events_of, joined
from cep.engine.selection import decide, due_of, release
from cep.engine.shedding import shed
from cep.engine.superseding import is_outrun, supersede
from cep.engine.suppress import Throttle
from cep.engine.thresholds import tell_windows
from cep.engine.timers import Entry, Span, Timers
from cep.plan.nfa import Automaton
from cep.plan.plan import PlanRule

DEFAULT_LIMIT = 10_000
"""Open partial matches per rule and key, unless the rule says `limit runs`."""


class Machine:
    """The state of one rule over all its keys. `detections` is the matcher's output list."""

    def __init__(self, rule: PlanRule, code: Code, timers: Timers, detections: list[Detection]) -> None:
        automaton = rule.automaton
        self.rule = rule
        self.index = rule.index
        self.code = code
        self.timers = timers
        self.detections = detections
        self.counters: Counters = code.counters
        self.keys: dict[Any, Keyed] = {}
        self.skip = rule.skip.kind
        self.skip_step = rule.skip_step
        self.names = [state.name for state in automaton.states]
        self.report_as = rule.report
        self.in_start_order = rule.skip.in_start_order
        self.has_timeouts = bool(rule.timeouts)
        self.marks = self.has_timeouts and self.skip != "nothing"
        self.limit = rule.limit_runs or DEFAULT_LIMIT
        self.within = rule.within
        # The deadlines of first events; a shared rule has none.
        self.span: Span | None = None
        if self.within is not None and rule.sharing is None:
            self.span = Span(self.within, code.header)
            timers.spans.append(self.span)
        suppress, ordered = rule.suppress, not rule.skip.in_start_order
        self.throttle = None if suppress is None else Throttle(suppress.within, suppress.maximum, ordered)
        self.single = len(rule.key) == 1
        # A threshold at the head begins with an element older than other starts.
        self.unsorted = any(automaton.states[automaton.waits[i].target].having is not None for i in automaton.starts)
        self.ambiguous = has_two_ways(automaton)
        # Counters of absences in groups, which say 2 once the absence was hit.
        self.hopes = frozenset(c for w in automaton.waits if w.hold is not None for c in w.hold.counters)
        # The number of a wait at which every open run is, if it is looked up there (`cancel on`).
        self.everywhere = len(automaton.waits)
        self.anywhere = self.everywhere in rule.indexes
        # The waits of a key that has none.
        self.nowhere: list[Any] = [NONE] * (self.everywhere + self.anywhere)
        heads = self.unsorted or bool(code.heads)
        wide = self.in_start_order or heads or automaton.leading or rule.report != "early"
        self.kind: type[Keyed] = WideKeyed if wide else Keyed
        self.only_ends = code.only_ends and rule.report == "early" and not (self.has_timeouts or self.unsorted)
        if self.span is not None:
            self.span.only_ends = self.only_ends
        self.now = 0
        # What keys are asleep, and who keeps track of those that are touched.
        self.dormitory: Any = None
        self.touched: Callable[[Keyed], None] | None = None
        self._bits: dict[int, tuple[int, ...]] = {}

    # ------------------------------------------------------------ keys

    def open(self, key: Any) -> Keyed:
        """The state of a key, made if there is none. A key of one part is that value itself, else a tuple."""
        keyed = self.keys.get(key)
        if keyed is None:
            keyed = self.keys[key] = self.kind(self, key)
        return keyed

    def blank(self, keyed: Keyed) -> None:
        """Make a key as one that has just been opened."""
        self.kind.__init__(keyed, self, keyed.name)

    def forget(self, keyed: Keyed) -> bool:
        """Drop a key's state if nothing is open in it. Whether that is so."""
        if keyed.open or keyed.windows or keyed.done or keyed.history or keyed.growths:
            return False
        keyed.part()
        # A deadline can outlive the state it was set for, and the key may have come back since.
        if self.keys.get(keyed.name) is keyed:
            del self.keys[keyed.name]
        return True

    def rouse(self, keyed: Keyed, deadline: int) -> bool:
        """A deadline has come for a key that is asleep: read it, or forget it at once if it ends all there is. Whether
        it has."""
        first, opened = known(keyed.written)
        if first != deadline:
            # The key has been awake since.
            return False
        if opened != 1 or not (self.only_ends and self.code.is_unlimited and self.kind is Keyed):
            _ = keyed.waits
            return False
        if self.touched is not None:
            self.touched(keyed)
        self.dormitory.drop(keyed)
        del self.keys[keyed.name]
        return True

    # ------------------------------------------------------------ after an event

    def settle(self, keyed: Keyed, born: list[Run], complete: list[Run], now: int) -> None:
        """Let the runs born of one event wait, decide what the event completes, and tidy up."""
        self.now = now
        if born:
            self.place(keyed, born, complete)
        if self.report_as == "final":
            grow(keyed, [(run, due_of(run)) for run in complete])
        elif complete:
            decide(self, keyed, complete, due_of)
        self.tidy(keyed)
        if keyed.open > self.limit:
            self.counters.dropped_runs += shed(keyed, self.limit)
            self.tidy(keyed)

    def place(self, keyed: Keyed, born: list[Run], complete: list[Run], due: int | None = None) -> None:
        """Note which new runs are complete (by an absence that held at `due`), and let them wait for more: put them
        where they wait, with their deadlines. In one piece, since every event that moves something comes here."""
        code = self.code
        waits = keyed.waits
        for run in born:
            step = run.step
            accepts = code.accepts[step]
            outrun = due is not None and is_outrun(self, run, complete)
            if accepts is not None and accepts(run) and not outrun:
                complete.append(run)
                supersede(self, keyed, run, complete)
            live = code.enter[step](run)
            if outrun:
                live &= ~self.code.ending
            run.live = live
            if not live:
                continue
            if live & self.code.ending:
                supersede(self, keyed, run, complete)
            start = run.start
            runs = start.runs
            if not runs:
                start.runs = (run,)
                keyed.begin(start)
                span = self.span
                if span is not None:
                    start.keyed = keyed
                    ahead = span.starts
                    if ahead and ahead[-1].rec[0] <= start.rec[0]:
                        ahead.append(start)
                    else:
                        self.timers.push_start(span, start)
            else:
                start.add(run)
            start.open += 1
            keyed.open += 1
            if self.anywhere:
                self.put(keyed, self.everywhere, run)
            for index in self._bits.get(live) or self.bits(live):
                waiting = waits[index]
                if type(waiting) is tuple:
                    waits[index] = [*waiting, run] if waiting else (run,)
                else:
                    waiting.append(run)
                    if type(waiting) is list and len(waiting) > MANY:
                        self.index_waiting(keyed, index)
            limits = code.limits[step]
            if limits is not None:
                limits(keyed, run, live, self.timers.push)
            if live & code.gathering:
                self.register(keyed, run, live)

    def reopen(self, keyed: Keyed, run: Run, live: int) -> None:
        """A run that had ended waits again, where an absence has held."""
        run.live = live
        run.start.open += 1
        keyed.open += 1
        if run not in run.start.runs:
            run.start.add(run)
        if self.anywhere:
            self.put(keyed, self.everywhere, run)

    def wait_at(self, keyed: Keyed, run: Run, live: int) -> None:
        """The waits of a run, and their deadlines."""
        for index in self.bits(live):
            self.put(keyed, index, run)
        limits = self.code.limits[run.step]
        if limits is not None:
            limits(keyed, run, live, self.timers.push)
        self.register(keyed, run, live)

    def register(self, keyed: Keyed, run: Run, live: int) -> None:
        """The deadlines of a run in groups that gather events."""
        if live & self.code.gathering:
            for time in self.code.times:
                if live & time.group.mask:
                    time.register(keyed, run, live)

    def put(self, keyed: Keyed, index: int, run: Run) -> None:
        """One more run waits at a place."""
        waiting = keyed.waits[index] = joined(keyed.waits[index], run)
        if type(waiting) is list and len(waiting) > MANY:
            self.index_waiting(keyed, index)

    def index_waiting(self, keyed: Keyed, index: int) -> None:
        """Many runs wait at one place: index them, if a guard allows."""
        if index in self.code.indexes:
            keyed.waits[index] = self.indexed(index, keyed.waits[index])

    def indexed(self, index: int, waiting: Sequence[Run]) -> Waiting:
        """The runs of one wait that wait there still, indexed if they are many and a guard allows."""
        bit = self.mask(index)
        waiting = [run for run in waiting if run.live & bit]
        if len(waiting) < 2:
            return tuple(waiting)
        makers = self.code.indexes.get(index)
        return waiting if makers is None or len(waiting) <= MANY else IndexedWait(bit, makers, waiting)

    def mask(self, index: int) -> int:
        """The bit of a wait in `Run.live`; of the wait at which every open run is, all bits."""
        return -1 if index == self.everywhere else 1 << index

    def bits(self, live: int) -> tuple[int, ...]:
        """The wait indices of a mask."""
        known = self._bits.get(live)
        if known is None:
            known = self._bits[live] = tuple(i for i in range(live.bit_length()) if live >> i & 1)
        return known

    def tidy(self, keyed: Keyed) -> None:
        """Release what waited for earlier starts, sweep what has ended, forget an idle key."""
        if self.report_as != "early":
            self.close_grown(keyed)
        if keyed.done:
            release(self, keyed)
        if not keyed.open:
            if not self.forget(keyed) and keyed.stale:
                keyed.sweep()
        elif keyed.stale > keyed.open + 16:
            keyed.sweep()
        if len(self.timers.heap) > self.timers.full:
            self.timers.compact()
        span = self.span
        if span is not None and len(span.starts) > span.full:
            span.compact()

    def close_grown(self, keyed: Keyed, ending: Collection[Run] = ()) -> None:
        """Tell the matches that can grow no more, and those whose last revision was told. `ending`: open runs that
        lengthen nothing any more."""
        if self.report_as == "updates":
            close_followed(self, keyed)
        elif keyed.growths and (ready := finals(keyed, ending)):
            decide(self, keyed, list(ready), ready.__getitem__)

    # ------------------------------------------------------------ deadlines

    def expire(self, keyed: Keyed, due: int, entries: list[Entry]) -> None:
        """Everything of one key that is due at one deadline."""
        expire(self, keyed, due, entries)

    def clear(self, keyed: Keyed, run: Run, bits: int) -> bool:
        """Close some of a run's waits; whether it waits nowhere any more."""
        run.live &= ~bits
        if run.live:
            return False
        keyed.end(run)
        return True

    def purge(self, keyed: Keyed, now: int) -> None:
        """Drop the elements of head windows and the history that no later event can use."""
        windows, history = keyed.windows or {}, keyed.history or {}
        for index, window in windows.items():
            span = self.code.window_spans[index]
            if span is not None:
                window.expire(now - span + 1)
        keyed.windows = {i: w for i, w in windows.items() if w.recs} or None
        for absence, hits in history.items():
            oldest = now - self.code.history_spans[absence]
            history[absence] = [hit for hit in hits if hit[0] > oldest]
        keyed.history = {a: hits for a, hits in history.items() if hits} or None
        keyed.hits = {place: hits for place, hits in (keyed.hits or {}).items() if history.get(place[0])} or None
        keyed.scheduled = None
        self.schedule(keyed)

    def schedule(self, keyed: Keyed) -> None:
        """See to it that a silent key's windows and history are dropped: look again when the oldest of them ends."""
        if keyed.scheduled is None and (end := self.aged(keyed)) is not None:
            keyed.scheduled = end
            self.timers.push(end, keyed, None, 0)

    def aged(self, keyed: Keyed) -> int | None:
        """When a key's windows and history are looked through, if nothing comes."""
        ends = [
            window.recs[-1][0] + span
            for index, window in (keyed.windows or {}).items()
            if window.recs and (span := self.code.window_spans[index]) is not None
        ]
        ends += [hits[-1][0] + self.code.history_spans[a] for a, hits in (keyed.history or {}).items()]
        return max(ends, default=None)

    # ------------------------------------------------------------ reports

    def report(self, keyed: Keyed, run: Run, due: int | None, now: int) -> bool:
        """A match that was complete at `now` has been selected: mark it, throttle it, tell it. Whether it was told."""
        links = chain(run)
        run.reported = True
        if self.marks:
            bound = {link.rec[:5] for link in links}
            for start in (*keyed.order, run.start):
                if start.rec[:5] in bound:
                    start.matched = True
            tell_windows(keyed, bound)
        if self.ambiguous and (self.has_timeouts or self.code.holding):
            mark_equals(run)
        suppressed = self.throttled(keyed, links, "match", now)
        if suppressed is None:
            return False
        detection = self.matched(keyed, links)
        detection.due = due
        detection.suppressed = suppressed
        self.detections.append(detection)
        return True

    def matched(self, keyed: Keyed, links: list[Run]) -> Detection:
        """The detection of a match, as it stands."""
        fields = self.code.emit(keyed.key, links) if self.code.emit is not None else ()
        return Detection(self.index, "match", keyed.key, self.labelled(links), fields)

    def throttled(self, keyed: Keyed, links: list[Run], kind: str, time: int) -> int | None:
        """How many reports were held back before this one, or None if this one is held back too."""
        if self.throttle is None:
            return 0
        by: Callable[..., tuple[Any, ...]] | None = self.code.suppress_by
        values = by(keyed.key, links) if by is not None else ()
        held = self.throttle.ask((kind, keyed.key, values), time)
        if held is None:
            self.counters.suppressed += 1
        return held

    def forget_reports(self, watermark: int) -> None:
        """Let the throttle forget what no report can ask for any more; a match that is held back asks later, with the
        time at which it was complete."""
        if self.throttle is None or not self.throttle.windows:
            return
        if self.in_start_order:
            held = [now for keyed in self.keys.values() for _, _, now in keyed.done or ()]
            watermark = min([watermark, *held])
        self.throttle.forget(watermark)

    def labelled(self, links: list[Run]) -> tuple[tuple[str, Record], ...]:
        """The events of a match with their steps' names, in time order."""
        names = self.names
        return tuple([(names[link.step], link.rec) for link in links])


def has_two_ways(automaton: Automaton) -> bool:
    """Whether the same events can be bound in two ways, as by a loop inside a loop."""
    twins = {left for wait in automaton.waits for left in wait.left}
    ways = [(w.source, w.target) for w in automaton.waits if w.index not in twins and w.target >= 0]
    # Two windows of a threshold, one after the other, are also one; and one that grows is a longer one.
    windows = {(s.index, s.index) for s in automaton.states if s.having is not None}
    # What a group leaves out as incomplete has made no difference.
    partly = any(len(g.items) + len(g.absences) > g.need for g in automaton.gatherings)
    return (
        partly
        or len(set(ways)) < len(ways)
        or any(w.kind in ("iterate", "more") and (w.source, w.target) in windows for w in automaton.waits)
    )


def mark_equals(run: Run) -> None:
    """Partial matches that bound the same events otherwise are reported with the match, and time out no more."""
    bound = events_of(run)
    for other in run.start.runs:
        if other.live and events_of(other) == bound:
            other.reported = True
