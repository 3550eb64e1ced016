"""Run-time state of one rule under one key: starts, runs and where they wait.

Plain slotted classes: these are the objects that the generated step functions touch for every event that moves a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cep.engine.record import Record

if TYPE_CHECKING:
    from cep.engine.parts import Parts


NOWHERE: list[Any] = []
"""The waits of a key that was forgotten."""

AFTER_ALL: tuple[Any, ...] = (float("inf"),)
"""Behind every position of a record."""


class Start:
    """A first event and what became of the runs it began. After-match skip and time-outs are decided per start.

    `open`: how many of its runs still wait. `matched`: its event was part of a reported match. `timed_out`: a time-out
    was reported for it. `told`: its final report was made. `dropped`: by after-match skip.
    """

    __slots__ = ("dropped", "matched", "open", "rec", "runs", "timed_out", "told")

    def __init__(self, rec: Record) -> None:
        self.rec = rec
        self.runs: list[Run] = []
        self.open = 0
        self.matched = False
        self.timed_out = False
        self.dropped = False
        self.told = False


class Run:
    """A partial match: the last event bound, linked to the run before it, and the places where it waits.

    `step`: state of the last event bound; `via`: the edge that was taken. `live`: bit mask of the waits still open.
    `reported`: it was itself reported as a match. `windows`: of thresholds it waits at, by the waits.
    `parts`: of groups that gather events, what
    this run has gathered, by their joints.
    Subclasses, generated per rule, add counters, span registers, captured fields and running aggregates.
    """

    __slots__ = ("live", "parent", "parts", "rec", "reported", "start", "step", "via", "windows")

    start: Start
    parent: Run | None
    rec: Record
    step: int
    via: int
    live: int
    reported: bool
    windows: dict[int, Window] | None
    parts: dict[int, Parts] | None


class Window:
    """The elements that fit a threshold step and lie after the last event bound, oldest first.

    `starts`: how many of them, from the oldest, may still begin a match (None: all); an absence that is hit closes the
    window to later starts. `barred`: elements that may not begin a match any more (skip to next). `told`: elements that
    were part of a report. In a group that gathers, at the head of a rule: `owed`, elements that a match which begins
    before them must bind, and `hits` of the group's absences, by counter. `totals`: aggregates over all elements, once
    they are many (`engine/totals.py`).
    """

    __slots__ = ("barred", "hits", "owed", "recs", "starts", "told", "totals")

    def __init__(self) -> None:
        self.recs: list[Record] = []
        self.starts: int | None = None
        self.barred: list[Record] = []
        self.told: list[Record] = []
        self.owed: list[tuple[int | None, Record]] = []
        self.hits: list[tuple[str, Record]] = []
        self.totals: Any = None

    def expire(self, oldest: int) -> None:
        """Drop elements before event time `oldest`."""
        recs = self.recs
        gone = 0
        while gone < len(recs) and recs[gone][0] < oldest:
            gone += 1
        if gone:
            self.drop(gone)

    def drop(self, count: int) -> None:
        """Drop the `count` oldest elements."""
        del self.recs[:count]
        if self.starts is not None:
            self.starts = max(0, self.starts - count)
        if self.barred or self.told or self.owed or self.hits:
            first = self.recs[0][:5] if self.recs else AFTER_ALL
            self.barred = [b for b in self.barred if b[:5] >= first]
            self.told = [b for b in self.told if b[:5] >= first]
            self.owed = [owed for owed in self.owed if owed[1][:5] >= first]
            self.hits = [hit for hit in self.hits if hit[1][:5] >= first]


class Keyed:
    """The state of one rule under one key.

    `waits[i]`: the runs that wait at edge i; runs that ended meanwhile are passed over. The last are those that are
    open anywhere, if a rule looks them up.
    `order`: the starts with open runs, oldest first. `done`: complete matches held back until earlier starts end
    (`in start order`), each with its deadline and when it was complete. `windows`: of thresholds at the head of the
    rule. `history`: hits of leading absences, `hits`: the same by their values. `open`: number of waiting runs.
    `stale`: entries in `waits` that ended since the last sweep. `growths`: matches that are told when they can grow no
    more; `followed`: matches that were told and may grow. `scheduled`: when windows and
    history are looked through next. `noted`: of what is written of the key (`engine/touched.py`).
    """

    __slots__ = (
        "done",
        "followed",
        "growths",
        "history",
        "hits",
        "key",
        "machine",
        "noted",
        "open",
        "order",
        "scheduled",
        "stale",
        "waits",
        "windows",
    )

    def __init__(self, machine: Any, key: tuple[object, ...], waits: int) -> None:
        self.machine = machine
        self.key = key
        self.waits: list[Any] = [*map(list, ((),) * waits)]
        self.order: list[Start] = []
        self.open = 0
        self.stale = 0
        self.done: list[tuple[Run, int | None, int]] | None = None
        self.windows: dict[int, Window] | None = None
        self.history: dict[int, list[Record]] | None = None
        self.hits: dict[tuple[int, int], Any] | None = None
        self.growths: list[Growth] | None = None
        self.followed: list[Followed] | None = None
        self.scheduled: int | None = None
        self.noted = 0

    def put(self, index: int, run: Run) -> None:
        """A run waits on at another place."""
        self.machine.put(self, index, run)

    def end(self, run: Run) -> None:
        """A run waits nowhere any more; it may live on as a link of longer runs."""
        run.start.open -= 1
        self.open -= 1
        self.stale += 1

    def put_in_order(self) -> None:
        """Starts by their first events: a threshold may begin with one that is older than other starts."""
        self.order.sort(key=lambda start: start.rec[:5])

    def kill(self, run: Run) -> None:
        """End a run wherever it waits."""
        if run.live:
            run.live = 0
            self.end(run)

    def kill_start(self, start: Start) -> None:
        """End every run of a start."""
        for run in start.runs:
            if run.live:
                run.live = 0
                self.stale += 1
        self.open -= start.open
        start.open = 0
        start.runs = []
        start.dropped = True

    def sweep(self) -> None:
        """Forget what has ended, once it outweighs what is open."""
        for start in self.order:
            if not start.open:
                start.runs = []
        if self.open == 0:
            self.waits = [[] for _ in self.waits]
            self.order.clear()
        else:
            for index, waiting in enumerate(self.waits):
                if waiting:
                    self.waits[index] = self.machine.indexed(index, list(waiting))
            self.order = [start for start in self.order if start.open]
            for start in self.order:
                if len(start.runs) > 2 * start.open:
                    start.runs = [run for run in start.runs if run.live]
        self.stale = 0

    def part(self) -> None:
        """The key is forgotten: nothing waits in it any more, and what its deadlines still refer to is let go. A start
        and its runs refer to each other: parted, they need no collector to be freed."""
        for start in self.order:
            start.runs = []
        self.order = []
        self.waits = NOWHERE

    def remember(self, absence: int, rec: Record, span: int) -> None:
        """A leading absence was hit; later starts within `span` must know."""
        if self.history is None:
            self.history = {}
        self.history.setdefault(absence, []).append(rec)
        self.machine.schedule(self)

    def ages(self) -> bool:
        """Whether the key itself, apart from its runs, holds what time will take away."""
        return bool(self.windows or self.history)

    def holds(self) -> bool:
        """Whether there is anything to be written."""
        if self.open or self.done:
            return True
        return any(w.recs for w in (self.windows or {}).values()) or any((self.history or {}).values())

    def live_runs(self) -> list[Run]:
        """The open runs, by start and then in the order they came."""
        return [run for start in self.order for run in start.runs if run.live]


def lineage(run: Run) -> list[Run]:
    """The run and all it grew from, oldest first."""
    links = []
    link: Run | None = run
    while link is not None:
        links.append(link)
        link = link.parent
    links.reverse()
    return links


def chain(run: Run) -> list[Run]:
    """The runs from the first event bound to this one; a link that binds nothing of its own (an absence of a group
    that held) shares its event with the one before and is passed over."""
    return [link for link in lineage(run) if link.parent is None or link.parent.rec is not link.rec]


Events = tuple[tuple[int, tuple[Any, ...]], ...]
"""Steps and places of events, in the order they were bound."""


def events_of(run: Run) -> Events:
    """The steps and places of the events that a run has bound."""
    return tuple((link.step, link.rec[:5]) for link in chain(run))


class Growing:
    """A complete match that may still grow: `events`, what lengthens it has bound these first; `latest`, its longest
    form so far; `witness`: an open run that lengthens it, as far as known."""

    __slots__ = ("events", "latest", "start", "witness")

    def __init__(self, run: Run) -> None:
        self.start = run.start
        self.events = events_of(run)
        self.latest = run
        self.witness: Run | None = run


class Growth(Growing):
    """With `report final`: a match that is told in its longest form. `root`: the run that completed it first; `due`:
    the deadline of the absence that completed the latest."""

    __slots__ = ("due", "root")

    def __init__(self, run: Run, due: int | None) -> None:
        super().__init__(run)
        self.root = run
        self.due = due


class Followed(Growing):
    """With `report updates`: a reported match, by the run of its first report; what lengthens its latest form is its
    next revision.

    `held`: its first report was held back by `suppress`, and so are its revisions.
    """

    __slots__ = ("held", "identity", "revision")

    def __init__(self, identity: Run, held: bool) -> None:
        super().__init__(identity)
        self.identity = identity
        self.revision = 1
        self.held = held
