"""Run-time state of one rule under one key: starts, runs and where they wait.

Plain slotted classes: these are the objects that the generated step functions touch for every event that moves a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from cep.engine.record import Record

if TYPE_CHECKING:
    from cep.engine.parts import Parts


NOWHERE: list[Any] = []
"""The waits of a key that was forgotten."""

T = TypeVar("T")
Few = tuple[T, ...] | list[T]
"""Of what most keys hold one: a tuple of none or one, a list from the second on."""

NONE: tuple[Any, ...] = ()

LINK: tuple[str, ...] = ("live", "parent", "rec", "reported", "start", "step", "via")
"""What every run has; like `NARROW`."""

NARROW: tuple[str, ...] = ("machine", "name", "noted", "open", "order", "stale", "waits", "written")
"""What every key has; it stands apart since the others are attributes of the class where a rule does without."""

AFTER_ALL: tuple[Any, ...] = (float("inf"),)
"""Behind every position of a record."""


def mark(bit: int) -> Any:
    """An attribute that is a bit of `marks`."""

    def marked(start: Start) -> bool:
        return bool(start.marks & bit)

    def set_mark(start: Start, value: bool) -> None:
        start.marks = start.marks | bit if value else start.marks & ~bit

    return property(marked, set_mark)


class Start:
    """A first event and what became of the runs it began. After-match skip and time-outs are decided per start.

    `open`: how many of its runs still wait. `keyed`: whose it is, once it has a deadline. `matched`: its event was part
    of a reported match. `timed_out`: a time-out was reported for it. `told`: its final report was made. `dropped`: by
    after-match skip.
    """

    __slots__ = ("keyed", "marks", "open", "rec", "runs")

    matched = mark(1)
    timed_out = mark(2)
    dropped = mark(4)
    told = mark(8)

    keyed: Keyed

    def __init__(self, rec: Record) -> None:
        self.rec = rec
        self.runs: Few[Run] = NONE
        self.open = 0
        self.marks = 0

    def add(self, run: Run) -> None:
        """One more run."""
        self.runs = joined(self.runs, run)


class Run:
    """A partial match: the last event bound, linked to the run before it, and the places where it waits.

    `step`: state of the last event bound; `via`: the edge that was taken. `live`: bit mask of the waits still open.
    `reported`: it was itself reported as a match. `windows`: of thresholds it waits at, by the waits.
    `parts`: of groups that gather events, what
    this run has gathered, by their joints.
    Subclasses, generated per rule, add counters, span registers, captured fields and running aggregates, and keep
    `windows` and `parts` where the rule has such steps.
    """

    __slots__ = LINK

    start: Start
    parent: Run | None
    rec: Record
    step: int
    via: int
    live: int
    reported: bool
    windows: dict[int, Window] | None = None
    parts: dict[int, Parts] | None = None


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
    history are looked through next. `noted`: of what is written of the key (`engine/touched.py`). `asleep`: it is
    not to be read yet, and only there as it is `written` (`engine/asleep.py`).
    """

    asleep = False
    written: bytes

    __slots__ = NARROW

    # Of the rules that need them: `WideKeyed`.
    done: list[tuple[Run, int | None, int]] | None = None
    windows: dict[int, Window] | None = None
    history: dict[int, list[Record]] | None = None
    hits: dict[tuple[int, int], Any] | None = None
    growths: list[Growth] | None = None
    followed: list[Followed] | None = None
    scheduled: int | None = None

    def __init__(self, machine: Any, name: Any) -> None:
        self.machine = machine
        self.name = name
        self.waits: list[Any] = machine.nowhere.copy()
        self.order: Few[Start] = NONE
        self.open = 0
        self.stale = 0
        self.noted = 0

    @property
    def key(self) -> tuple[object, ...]:
        """The values of the key; `name` is that of a key of one part itself, else this tuple."""
        return (self.name,) if self.machine.single else self.name

    def begin(self, start: Start) -> None:
        """One more start, the newest."""
        self.order = joined(self.order, start)

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
        self.order = sorted(self.order, key=lambda start: start.rec[:5])

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
        start.runs = NONE
        start.dropped = True

    def sweep(self) -> None:
        """Forget what has ended, once it outweighs what is open."""
        for start in self.order:
            if not start.open:
                start.runs = NONE
        if self.open == 0:
            self.waits = self.machine.nowhere.copy()
            self.order = NONE
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
            start.runs = NONE
        self.order = NONE
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


class WideKeyed(Keyed):
    """The same for rules that hold matches back, look back before the first event, or follow what they have told."""

    __slots__ = ("done", "followed", "growths", "history", "hits", "scheduled", "windows")

    def __init__(self, machine: Any, name: Any) -> None:
        super().__init__(machine, name)
        self.done = self.windows = self.history = self.hits = None
        self.growths = self.followed = self.scheduled = None


def joined(those: Few[T], one: T) -> Few[T]:
    """A tuple of none or one, or what holds more, with one more behind."""
    if isinstance(those, tuple):
        return [*those, one] if those else (one,)
    those.append(one)
    return those


def few(those: Iterable[T]) -> Few[T]:
    """The same of some."""
    found = list(those)
    return found if len(found) > 1 else tuple(found)


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
