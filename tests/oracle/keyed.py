"""One rule under one key, in event-time order: the oracle's main loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cep.language import model
from tests.oracle.absences import begins_unhindered
from tests.oracle.alike import act_alike
from tests.oracle.events import Match, OracleEvent, Timeout
from tests.oracle.expand import starting
from tests.oracle.expressions import Outside
from tests.oracle.fitting import cancelled
from tests.oracle.lacking import Known
from tests.oracle.limits import due, goes_on, is_past_gap, is_possible, limit
from tests.oracle.nodes import Pattern
from tests.oracle.places import AllOfPlace, Bindings, EndPlace, Thread, merged
from tests.oracle.rejoining import disarmed, rejoined
from tests.oracle.reporting import Reporter
from tests.oracle.selection import Complete, Dropped, written_order
from tests.oracle.taking import meet
from tests.oracle.timeouts import Expired, largest_by_first_event
from tests.oracle.trailing import Chain, Growth, extends
from tests.oracle.view import Key, View

DEFAULT_LIMIT = 10_000


class TooManyThreads(Exception):
    """The rule branches more than the caller wants to wait for."""


class KeyRun:
    """The threads of a rule under one key, and what has been reported."""

    def __init__(
        self,
        rule: model.Rule,
        pattern: Pattern,
        key: Key,
        events: Sequence[OracleEvent],
        outside: Outside,
        most_threads: int | None = None,
    ) -> None:
        self.rule = rule
        self.pattern = pattern
        self.view = View(rule, pattern, key, events, outside)
        self.reporter = Reporter(self.view)
        self.growth = Growth(pattern)
        self.most_threads = most_threads
        self.alike = act_alike(rule)
        self.starts = starting(self.view)
        self.windows = {node.step.name for node in pattern.steps if node.step.having is not None}
        self.gathered = pattern.gathered
        self.heads: list[Thread] = []
        self.threads: list[Thread] = []
        self.held: list[Complete] = []
        self.completed: set[Bindings] = set()
        self.rank = 0
        self.clock = 0
        self.expired = Expired(pattern)
        self.known = Known()
        self.dropped = Dropped()

    @property
    def alerts(self) -> list[Match | Timeout]:
        """What was reported, in order."""
        return self.reporter.alerts

    @property
    def open_partials(self) -> int:
        """How many partial matches are open."""
        return len({thread.bindings for thread in self.threads})

    @property
    def _all(self) -> bool:
        return self.rule.skip.kind == "nothing"

    # ------------------------------------------------------------ events and time

    def feed(self, index: int) -> None:
        """The next event this key sees."""
        now = self.view.time(index)
        self.advance(now)
        self.view.seen.append(index)
        taken: list[Thread] = []
        staying: list[Thread] = []
        for thread in self.threads:
            outcome = meet(self.view, thread, index)
            taken += outcome.taken
            if outcome.stays is not None:
                staying.append(outcome.stays)
        taken += self._begun(index)
        ended = {thread.bindings for thread in self.threads if cancelled(self.view, thread, index)}
        self.growth.cancel(ended, {thread.bindings for thread in (*staying, *taken)})
        self._settle([*staying, *taken], None, now)

    def advance(self, now: int) -> None:
        """Let every deadline before `now` pass, one after the other; what holds at a deadline comes before what runs
        out at it."""
        while (moment := self._next_moment()) is not None and moment < now:
            self.clock = moment
            threads = self._held(moment)
            if threads is None:
                self._run_out(moment)
            else:
                self._settle(threads, moment, moment)

    def _held(self, moment: int) -> list[Thread] | None:
        """The threads once all absences that are due have held, also those that others have led to; None if there are
        none."""
        threads, held = self.threads, False
        while ready := [thread for thread in threads if self._has_held(thread, moment)]:
            held = True
            others = [thread for thread in threads if thread not in ready]
            moved = [new for thread in ready for new in goes_on(self.view, thread, moment)]
            # What cannot be completed any more tells the others what they lack, and is over.
            told = rejoined(ready, moved, others, self.view.seen[-1], self.known)
            threads = [thread for thread in told if is_possible(thread)]
        return threads if held else None

    def _has_held(self, thread: Thread, moment: int) -> bool:
        return _has_come(due(self.view, thread), moment) and not is_past_gap(self.view, thread, moment)

    def _next_moment(self) -> int | None:
        """The next deadline. One that lay in the past when it came to be, since an absence had to hold first, has come
        at once."""
        moments = [f(self.view, thread) for thread in self.threads for f in (due, limit)]
        return max(self.clock, min(found)) if (found := [m for m in moments if m is not None]) else None

    def _begun(self, index: int) -> list[Thread]:
        """The threads of matches that begin at this event, or with a window that ends at it."""
        steps = [start for start in self.starts if not isinstance(start.place, AllOfPlace)]
        begun = [thread for start in steps for thread in meet(self.view, start, index).taken]
        return [
            *(t for t in begun if not self.dropped.covers(t.first) and begins_unhindered(self.view, t)),
            *self._gathered(index),
        ]

    def _gathered(self, index: int) -> list[Thread]:
        """The threads of matches that begin with a group in any order: at any event there may begin one, which has
        nothing bound as long as a threshold holds that event."""
        origins = [
            replace(start, place=replace(start.place, origin=index))
            for start in self.starts
            if isinstance(start.place, AllOfPlace)
        ]
        outcomes = [meet(self.view, head, index) for head in (*self.heads, *origins)]
        taken = [thread for outcome in outcomes for thread in outcome.taken]
        self.heads = [outcome.stays for outcome in outcomes if outcome.stays is not None]
        return taken

    # ------------------------------------------------------------ matches

    def _settle(self, threads: list[Thread], deadline: int | None, now: int) -> None:
        """Part what is complete from what waits, then select."""
        threads = merged(threads)
        if self.most_threads is not None and len(threads) > self.most_threads:
            raise TooManyThreads
        if not self._all:
            threads = self._superseded(threads, deadline)
        complete = {t.bindings: _held(t) for t in threads if _is_complete(t) and t.bindings not in self.completed}
        self.completed |= complete.keys()
        self.threads = [thread for thread in threads if not _is_complete(thread)]
        self._decide(complete, now, at_deadline=deadline is not None)
        if self._keep_to_limit():
            # What waited for them, or grew by them, is over.
            self._decide({}, now)

    def _decide(
        self, complete: dict[Bindings, int | None], now: int, release: bool = True, at_deadline: bool = False
    ) -> None:
        """Select among what completes together, each with the deadline of its absence. `release`: matches that wait for
        earlier starts are looked at, too."""
        ordered = sorted(complete, key=lambda bindings: written_order(self.pattern, bindings))
        if self.rule.report == "final":
            self.growth.wait(complete)
            # What runs out at this very deadline lengthens nothing any more.
            waiting = [t for t in self.threads if not at_deadline or not _has_come(limit(self.view, t), now)]
            ordered = self.growth.finished(waiting)
            complete = self.growth.due
        longer = self.growth.lengthened(ordered)
        for chain, bindings in longer:
            self._grow(chain, bindings, now)
        for chain in self._over():
            self._close(chain, now)
        fresh = [
            Complete(bindings, complete.get(bindings), now, self._next_rank())
            for bindings in ordered
            if not any(extends(bindings, start) for start in self.growth.known)
        ]
        self.held = [*self.held, *fresh]
        if self._in_order:
            self.held.sort(key=lambda match: (match.first, match.rank))
        if release or not self._in_order:
            self._release()
        for chain in self._over():
            self._close(chain, now)

    def _over(self) -> list[Chain]:
        """The reported matches that nothing open, or complete and held back, can lengthen any more."""
        return self.growth.over([*(t.bindings for t in self.threads), *(match.bindings for match in self.held)])

    def _grow(self, chain: Chain, bindings: Bindings, now: int) -> None:
        """The next revision of a reported match, which goes on this one way only."""
        self.threads = [t for t in self.threads if chain.is_ahead(t.bindings, bindings)]
        self.held = [m for m in self.held if chain.is_ahead(m.bindings, bindings)]
        chain.current = bindings
        self._revise(chain, now, closed=False)
        if chain in self._over():
            self._close(chain, now)

    def _next_rank(self) -> int:
        self.rank += 1
        return self.rank

    @property
    def _in_order(self) -> bool:
        return self.rule.skip.in_start_order

    def _superseded(self, threads: list[Thread], deadline: int | None) -> list[Thread]:
        """A longer binding that has come to the end of the pattern ends the wait of its own prefixes for an absence,
        also of one whose `without next` this very event would have fulfilled. The windows of a threshold are not
        prefixes of one another, though their events may be."""
        now = self.view.seen[-1] if self.view.seen and deadline is None else None
        waiting = [t.bindings for t in threads if isinstance(t.place, EndPlace)]

        def is_ended(thread: Thread) -> bool:
            waits = isinstance(thread.place, EndPlace) and (not _is_complete(thread) or thread.last != now)
            own = thread.bindings
            longer = [b for b in waiting if b != own and b[: len(own)] == own]
            return waits and any(not _is_other_window(own, b) for b in longer)

        def _is_other_window(own: Bindings, other: Bindings) -> bool:
            step = other[len(own)][0]
            return step in self.windows and (step == own[-1][0] or (step in self.gathered and step in dict(own)))

        return disarmed(
            [thread for thread in threads if not is_ended(thread)], [thread for thread in threads if is_ended(thread)]
        )

    def _release(self) -> None:
        """Report what may be reported now: in start order, nothing behind an open earlier start."""
        while self.held:
            match = self.held[0]
            if self._in_order and any(
                t.first < match.first and not self.growth.keeps(t.bindings) for t in self.threads
            ):
                return
            self.held = self.held[1:]
            grown = self.growth.grown(match.bindings)
            if grown is not None:
                self._grow(grown, match.bindings, match.time)
                continue
            passed = self.reporter.match(match)
            chain = Chain(match.bindings, 1, not passed)
            if self.rule.report == "updates":
                self.growth.chains.append(chain)
            if not self._all:
                self._drop(match)
            if chain in self._over():
                self._close(chain, match.time)

    def _drop(self, match: Complete) -> None:
        dropped = self.dropped.add(self.rule.skip, match)
        self.threads = [t for t in self.threads if not _begins_in(t, dropped) or self.growth.keeps(t.bindings)]
        self.heads = [head for head in self.heads if not _begins_in(head, dropped)]
        self.held = [m for m in self.held if not dropped.covers(m.first) or self.growth.keeps(m.bindings)]
        self.growth.drop({first for first in self.growth.firsts if dropped.covers(first)})

    def _close(self, chain: Chain, now: int) -> None:
        self.growth.chains.remove(chain)
        self._revise(chain, now, closed=True)

    def _revise(self, chain: Chain, now: int, closed: bool) -> None:
        chain.revision += 1
        if not chain.held:
            self.reporter.revision(chain.current, chain.revision, now, closed)

    def _keep_to_limit(self) -> bool:
        """Past the cap the oldest partial matches are dropped; where all act alike, those of the earliest first event
        together. Whether one by one any were."""
        limit_runs = self.rule.limit_runs or DEFAULT_LIMIT
        while self.alike and self.open_partials > limit_runs:
            earliest = min(thread.first for thread in self.threads)
            self.threads = [thread for thread in self.threads if thread.first != earliest]
        partial = sorted({thread.bindings for thread in self.threads}, key=self._age)
        surplus = partial[: max(0, len(partial) - limit_runs)]
        self.threads = [thread for thread in self.threads if thread.bindings not in surplus]
        return bool(surplus)

    def _age(self, bindings: Bindings) -> tuple[object, ...]:
        """Earliest first event, then earliest last event, then the order of reports."""
        return bindings[0][1], bindings[-1][1], written_order(self.pattern, bindings)

    # ------------------------------------------------------------ time-outs

    def _run_out(self, moment: int) -> None:
        """End the threads whose limit is `moment`; report the loops that have come to their end with it, then the
        partial matches that have run out."""
        out = [thread for thread in self.threads if _has_come(limit(self.view, thread), moment)]
        self.threads = [thread for thread in self.threads if thread not in out]
        ended = self.expired.ended(out, self.threads)
        if self.rule.report != "early":
            self._decide({}, moment, release=False)
        for bindings in ended if self._all else largest_by_first_event(ended):
            if not self._is_told(bindings):
                self.reporter.timeout(bindings, moment, self.expired.waited_for(bindings))
        self._release()

    def _is_told(self, bindings: Bindings) -> bool:
        if self._all:
            return bindings in self.completed or bindings in self.reporter.told_sets
        first = bindings[0][1]
        if bindings in self.completed or self.dropped.covers(first):
            return True
        if any(t.first == first and len(t.bindings) > len(bindings) for t in self.threads):
            # A longer partial match of this first event is still open.
            return True
        complete = [*(match.bindings for match in self.held), *self.growth.waiting]
        waiting = {index for bindings in complete for _, index in bindings}
        return first in self.reporter.told | waiting


def _begins_in(thread: Thread, dropped: Dropped) -> bool:
    """Whether a thread is of a match with a dropped first event."""
    origin = thread.place.origin if isinstance(thread.place, AllOfPlace) else None
    return any(
        dropped.covers(first)
        for first in (origin, thread.bindings[0][1] if thread.bindings else None)
        if first is not None
    )


def _has_come(deadline: int | None, moment: int) -> bool:
    return deadline is not None and deadline <= moment


def _held(thread: Thread) -> int | None:
    assert isinstance(thread.place, EndPlace)
    return thread.place.held


def _is_complete(thread: Thread) -> bool:
    return isinstance(thread.place, EndPlace) and not thread.trailing and not thread.trailing_nexts
