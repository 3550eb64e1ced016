"""The state of one rule under one key as bytes, and back.

A blob holds the events that open runs bind (raw bytes and coordinates, each once), the chain of runs over them as
parent links, and where they wait. Registers are not stored: they are what the take functions compute from the events,
and are computed again, in one pass over the chain. Deadlines follow from events and spans as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cep.engine.blob import (
    ENCODER,
    NEVER,
    SUBJECTS,
    UNKNOWN,
    Begun,
    Blob,
    Bound,
    Decode,
    Node,
    Subject,
    pack,
    part_name,
    seal,
    throttle_name,
    unpack,
    write_blob,
)
from cep.engine.held_events import Elements, Gathered, read_parts_of, read_window, written_parts, written_window
from cep.engine.indexed import IndexedWait
from cep.engine.machine import Machine
from cep.engine.parts import Parts
from cep.engine.record import Record
from cep.engine.run import Followed, Growth, Keyed, Run, Start, WideKeyed, Window, few, lineage
from cep.engine.suppress import Window as ThrottleWindow
from cep.engine.thresholds import last_start, window_of


class Writer:
    """Collects what a key's runs refer to, each thing once."""

    def __init__(self, machine: Machine, keyed: Keyed, events: tuple[str, ...]) -> None:
        self.machine = machine
        self.keyed = keyed
        self.names = events
        self.events: dict[tuple[Any, ...], int] = {}
        self.bound: list[Bound] = []
        self.nodes: dict[int, int] = {}
        self.links: list[Node] = []
        self.starts: dict[int, int] = {}
        self.begun: list[Begun] = []
        self.counters = counters_of(machine)

    def event(self, rec: Record) -> int:
        """The number of an event."""
        place = rec[2:5]
        number = self.events.get(place)
        if number is None:
            number = self.events[place] = len(self.bound)
            self.bound.append(Bound(self.names[rec[5]], rec[0], rec[2], rec[3], rec[4], rec[7]))
        return number

    def start(self, start: Start) -> int:
        """The number of a start."""
        number = self.starts.get(id(start))
        if number is None:
            number = self.starts[id(start)] = len(self.begun)
            self.begun.append(Begun(self.event(start.rec), start.matched, start.timed_out, start.told, []))
        return number

    def node(self, run: Run) -> int:
        """The number of a run; the runs it extends come before it."""
        number = self.nodes.get(id(run))
        if number is not None:
            return number
        for link in (run,) if run.parent is None else lineage(run):
            if id(link) not in self.nodes:
                self.link(link)
        return self.nodes[id(run)]

    def link(self, run: Run) -> None:
        """Write a run; those it extends have been written."""
        live, windows, parts = run.live, run.windows, run.parts
        node = Node(
            -1 if run.parent is None else self.nodes[id(run.parent)],
            run.via,
            run.step,
            self.start(run.start),
            self.event(run.rec),
            list(self.machine.bits(live)),
            run.reported,
            {},
            [getattr(run, name) for name in self.counters] if self.counters else [],
            {},
        )
        if live and windows:
            node.windows = {i: self.window(w) for i, w in windows.items()}
        self.nodes[id(run)] = len(self.links)
        if live and parts:
            node.parts = {j: self.parts(run, p) for j, p in parts.items()}
        self.links.append(node)

    def window(self, window: Window) -> Elements:
        """A window."""
        return written_window(window, self.event)

    def parts(self, run: Run, parts: Parts) -> Gathered:
        """What a run has gathered."""
        base = -1 if parts.base is None else -2 if parts.base is run else self.nodes[id(parts.base)]
        return written_parts(parts, base, self.event)

    def blob(self) -> bytes:
        """The key's state."""
        keyed = self.keyed
        order = [start for start in keyed.order if start.open]
        for start in order:
            number = self.start(start)
            self.begun[number].runs = [self.node(run) for run in start.runs if run.live]
        waits = {}
        for index, waiting in enumerate(keyed.waits):
            live = [self.node(run) for run in waiting if run.live >> index & 1] if waiting else None
            if live:
                waits[index] = live
        blob = Blob([pack(v) for v in keyed.key], self.bound, self.begun, [], self.links, waits, {}, {}, [], [], [])
        if keyed.done is not None:
            blob.done = [(self.node(run), due, now) for run, due, now in keyed.done]
        if keyed.windows is not None:
            blob.windows = {i: self.window(w) for i, w in keyed.windows.items() if w.recs}
        if keyed.growths is not None:
            blob.growths = [(self.node(g.root), self.node(g.latest), g.due) for g in keyed.growths]
        if keyed.followed is not None:
            blob.followed = [(self.node(f.identity), self.node(f.latest), f.revision, f.held) for f in keyed.followed]
        if keyed.history is not None:
            blob.history = {a: [self.event(r) for r in hits] for a, hits in keyed.history.items()}
        blob.order = [self.starts[id(start)] for start in order]
        return write_blob(blob, earliest(self.machine, keyed), keyed.open)


class Reader:
    """Builds a key's state again."""

    def __init__(self, machine: Machine, blob: Blob, decode: Decode) -> None:
        self.machine = machine
        self.blob = blob
        self.recs = [decode(b.type, b.time, b.topic, b.partition, b.offset, b.raw) for b in blob.events]
        values = tuple(unpack(v) for v in blob.key)
        self.keyed = machine.open(values[0] if machine.single else values)
        self.runs: list[Run] = []

    def read(self) -> Keyed:
        """The key's state, with its deadlines registered."""
        blob, keyed, machine = self.blob, self.keyed, self.machine
        starts = [self.start(b) for b in blob.starts]
        runs = self.runs
        for node in blob.nodes:
            runs.append(self.run(node, runs, starts))
        for begun, start in zip(blob.starts, starts, strict=True):
            start.runs = few(runs[i] for i in begun.runs)
            start.open = len(start.runs)
            keyed.open += start.open
        keyed.order = few(starts[i] for i in blob.order)
        for index, waiting in blob.waits.items():
            keyed.waits[index] = machine.indexed(index, [runs[i] for i in waiting])
        if machine.anywhere:
            keyed.waits[machine.everywhere] = machine.indexed(machine.everywhere, keyed.live_runs())
        if isinstance(keyed, WideKeyed):
            self.widen(keyed)
        register(machine, keyed, machine.timers.push)
        if machine.code.gathering:
            for run in keyed.live_runs():
                machine.register(keyed, run, run.live)
        machine.schedule(keyed)
        return keyed

    def widen(self, keyed: WideKeyed) -> None:
        """What only some rules keep."""
        blob, runs = self.blob, self.runs
        keyed.windows = {i: self.window(w) for i, w in blob.windows.items()} or None
        keyed.history = {a: [self.recs[i] for i in hits] for a, hits in blob.history.items()} or None
        keyed.done = [(runs[i], due, now) for i, due, now in blob.done] or None
        keyed.growths = [growth(runs[root], runs[latest], due) for root, latest, due in blob.growths] or None
        keyed.followed = [
            followed(runs[identity], runs[latest], revision, held) for identity, latest, revision, held in blob.followed
        ] or None

    def start(self, begun: Begun) -> Start:
        """A start."""
        start = Start(self.recs[begun.event])
        start.matched = begun.matched
        start.timed_out = begun.timed_out
        start.told = begun.told
        return start

    def run(self, node: Node, runs: list[Run], starts: list[Start]) -> Run:
        """A run: taken again from the run before it."""
        code = self.machine.code
        before: Any = starts[node.start] if node.parent < 0 else runs[node.parent]
        take = code.extends[node.step] if node.via < 0 else code.takes[node.via]
        run = take(before, self.recs[node.event])
        for name, value in zip(counters_of(self.machine), node.counters, strict=True):
            setattr(run, name, value)
        run.live = sum(1 << index for index in node.live)
        run.reported = node.reported
        if node.windows:
            run.windows = {i: self.window(w) for i, w in node.windows.items()}
        if node.parts:
            run.parts = {joint: self.parts(run, gathered, runs) for joint, gathered in node.parts.items()}
        return run

    def parts(self, run: Run, gathered: Gathered, runs: list[Run]) -> Parts:
        """What a run has gathered."""
        base = None if gathered.base == -1 else run if gathered.base == -2 else runs[gathered.base]
        return read_parts_of(gathered, base, self.recs)

    def window(self, elements: Elements) -> Window:
        """A window."""
        return read_window(elements, self.recs)


Push = Callable[[int, Keyed, Any, int], None]


def register(machine: Machine, keyed: Keyed, push: Push) -> None:
    """Tell `push` all deadlines of a key's starts and runs, but for those of groups that gather events."""
    code, within = machine.code, machine.within
    for start in keyed.order:
        if not start.open:
            continue
        if within is not None:
            push(start.rec[0] + within, keyed, start, code.header)
        for run in start.runs:
            if run.live:
                limits = code.limits[run.step]
                if limits is not None:
                    limits(keyed, run, run.live, push)
                if run.live & code.windowed:
                    limit_windows(machine, keyed, run, push)


def limit_windows(machine: Machine, keyed: Keyed, run: Run, push: Push) -> None:
    """Tell when windows end that no later element may begin."""
    automaton = machine.rule.automaton
    for index in machine.bits(run.live & machine.code.windowed):
        wait = automaton.waits[index]
        window = window_of(run, wait.window)
        first, span = last_start(run, wait.window, None), automaton.states[wait.target].window
        if window is not None and window.starts is not None and first is not None and span is not None:
            push(first + span, keyed, run, machine.code.variants.mask(index))


def earliest(machine: Machine, keyed: Keyed) -> int:
    """The earliest deadline that a key will have once it has been read again."""
    if machine.code.gathering or (machine.throttle is not None and machine.in_start_order):
        # Their runs are looked at before they are touched.
        return UNKNOWN
    found = []
    if (keyed.windows or keyed.history) and (end := machine.aged(keyed)) is not None:
        found.append(end)
    if machine.code.is_unlimited and not (machine.code.windowed or machine.unsorted):
        # Starts stand in the order of their events.
        if machine.within is not None and keyed.open:
            found.append(next(start for start in keyed.order if start.open).rec[0] + machine.within)
    else:
        register(machine, keyed, lambda deadline, keyed, subject, bits: found.append(deadline))
    return min(*found, NEVER - 1) if found else NEVER


def growth(root: Run, latest: Run, due: int | None) -> Growth:
    """A match that is told when it can grow no more."""
    found = Growth(root, due)
    found.latest = latest
    return found


def followed(identity: Run, latest: Run, revision: int, held: bool) -> Followed:
    """A match that was told and may grow."""
    found = Followed(latest, held)
    found.identity, found.revision = identity, revision
    return found


def counters_of(machine: Machine) -> list[str]:
    """The counters a blob must hold because the events do not tell them."""
    automaton = machine.rule.automaton
    if not machine.code.holding and not automaton.gatherings:
        return []
    bases = [f"s{gathering.base}" for gathering in automaton.gatherings if gathering.base is not None]
    return [*(f"c{i}" for i in range(automaton.counters)), *bases]


def write_parts(machines: Iterable[Machine], events: tuple[str, ...]) -> dict[bytes, bytes]:
    """The state of all rules: a part for each (rule, key) of those kept run by run, and for each throttle window."""
    parts = {}
    for machine in machines:
        name = machine.rule.name
        for keyed in machine.keys.values():
            if keyed.asleep:
                parts[machine.dormitory.name_of(keyed)] = keyed.written
                continue
            part = None if machine.rule.sharing is not None else write_key(machine, keyed, events)
            if part is not None:
                parts[part_name(name, keyed.key)] = part
        for subject, window in () if machine.throttle is None else machine.throttle.windows.items():
            parts[throttle_name(name, subject)] = write_throttle_window(window)
    return parts


def write_key(machine: Machine, keyed: Keyed, events: tuple[str, ...]) -> bytes | None:
    """The state of one key; None if nothing is held under it."""
    if not keyed.holds():
        return None
    return lone(machine, keyed, events) or Writer(machine, keyed, events).blob()


def lone(machine: Machine, keyed: Keyed, events: tuple[str, ...]) -> bytes | None:
    """What `Writer` writes of a key that holds no more than one first event which waits; None for any other.

    Most keys do, and a snapshot writes them all."""
    more = keyed.done or keyed.windows or keyed.history or keyed.growths or keyed.followed
    if more or keyed.open != 1 or len(keyed.order) != 1 or not machine.code.is_plain:
        return None
    start = keyed.order[0]
    run, rec = start.runs[0], start.rec
    if len(start.runs) != 1 or run.parent is not None or run.rec is not rec or run.windows or run.parts:
        return None
    live = machine.bits(run.live)
    waits = keyed.waits
    for index in live:
        waiting = waits[index]
        # an index has no length: it is of many runs, most of which have ended
        if type(waiting) is IndexedWait or len(waiting) != 1:
            return None
    bound = (events[rec[5]], rec[0], rec[2], rec[3], rec[4], rec[7])
    begun = (0, start.matched, start.timed_out, start.told, (0,))
    node: tuple[Any, ...] = (-1, run.via, run.step, 0, 0, live, run.reported, {}, (), {})
    name = keyed.name
    key = [name] if type(name) is str else [pack(value) for value in keyed.key]
    # The fields of `Blob`.
    state: tuple[Any, ...] = (key, (bound,), (begun,), (0,), (node,), dict.fromkeys(live, (0,)), {}, {}, (), (), ())
    return seal(ENCODER.encode(state), earliest(machine, keyed), 1)


def write_throttle_window(window: ThrottleWindow) -> bytes:
    """One throttle window."""
    return ENCODER.encode([Subject(window.since, window.passed, window.held)])


def read_throttle_window(part: bytes) -> ThrottleWindow:
    """One throttle window."""
    (subject,) = SUBJECTS.decode(part)
    return ThrottleWindow(subject.since, subject.passed, subject.held)
