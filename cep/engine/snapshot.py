"""The state of one rule under one key as bytes, and back. No pickle; MessagePack of plain values.

A blob holds the events that open runs bind (raw bytes and coordinates, each once), the chain of runs over them as
parent links, and where they wait. Registers are not stored: they are what the take functions compute from the events,
and are computed again, in one pass over the chain. Deadlines follow from events and spans as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Any

import msgspec

from cep.engine.held_events import (
    Elements,
    Gathered,
    read_parts_of,
    read_window,
    written_parts,
    written_window,
)
from cep.engine.machine import Machine
from cep.engine.parts import Parts
from cep.engine.record import Record
from cep.engine.run import Followed, Growth, Keyed, Run, Start, Window, lineage
from cep.engine.suppress import Throttle
from cep.engine.suppress import Window as ThrottleWindow
from cep.engine.thresholds import limit_window, window_of

Decode = Callable[[str, int, str, int, int, bytes], Record]
"""`decode(event name, time, topic, partition, offset, raw)`: the record again, as it was handed over first."""


class Node(msgspec.Struct, array_like=True):
    """A run: parent node (-1: none), edge taken (-1: one more element of a threshold), state, start, event, waits (a
    mask of any length).

    `counters` are kept only for rules with absences in a group, where a hit changes a counter and no event is bound.
    """

    parent: int
    via: int
    step: int
    start: int
    event: int
    live: list[int]
    reported: bool
    windows: dict[int, Elements]
    counters: list[int]
    parts: dict[int, Gathered]


class Begun(msgspec.Struct, array_like=True):
    """A start: its event, what was told of it, its runs in order."""

    event: int
    matched: bool
    timed_out: bool
    told: bool
    runs: list[int]


class Bound(msgspec.Struct, array_like=True):
    """An event: type, time (µs), coordinates, raw bytes."""

    type: str
    time: int
    topic: str
    partition: int
    offset: int
    raw: bytes


class Blob(msgspec.Struct, array_like=True):
    """One rule's state under one key. `done`: held matches, deadlines, times. `order`: starts, oldest first. Matches
    that may grow: `growths`, as first complete, in the longest form, with the deadline; `followed`, as first reported,
    in the latest form, the last revision, whether held back.
    """

    key: list[Any]
    events: list[Bound]
    starts: list[Begun]
    order: list[int]
    nodes: list[Node]
    waits: dict[int, list[int]]
    windows: dict[int, Elements]
    history: dict[int, list[int]]
    done: list[tuple[int, int | None, int]]
    growths: list[tuple[int, int, int | None]]
    followed: list[tuple[int, int, int, bool]]


class Subject(msgspec.Struct, array_like=True):
    """One throttle window; whose it is stands in the part's name."""

    since: int
    passed: int
    held: int


ENCODER = msgspec.msgpack.Encoder()
BLOB = msgspec.msgpack.Decoder(Blob)
SUBJECTS = msgspec.msgpack.Decoder(list[Subject])


def pack(value: Any) -> Any:
    """A key value in a form that MessagePack gives back exactly: what is no plain value is tagged."""
    if isinstance(value, Decimal):
        return {"d": str(value)}
    if isinstance(value, tuple | list):
        return {"t": [pack(v) for v in value]}
    return value


def unpack(value: Any) -> Any:
    """The key value again."""
    if isinstance(value, dict):
        if "d" in value:
            return Decimal(value["d"])
        return tuple(unpack(v) for v in value["t"])
    return value


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
        for link in lineage(run):
            if id(link) not in self.nodes:
                parent = -1 if link.parent is None else self.nodes[id(link.parent)]
                windows = {i: self.window(w) for i, w in (link.windows or {}).items() if link.live}
                self.nodes[id(link)] = len(self.links)
                self.links.append(
                    Node(
                        parent,
                        link.via,
                        link.step,
                        self.start(link.start),
                        self.event(link.rec),
                        list(self.machine.bits(link.live)),
                        link.reported,
                        windows,
                        [getattr(link, name) for name in self.counters],
                        {j: self.parts(link, p) for j, p in (link.parts or {}).items()} if link.live else {},
                    )
                )
        return self.nodes[id(run)]

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
            begun = self.begun[number]
            begun.runs = [self.node(run) for run in start.runs if run.live]
        waits = {}
        for index, waiting in enumerate(keyed.waits):
            live = [self.node(run) for run in waiting if run.live >> index & 1]
            if live:
                waits[index] = live
        done = [(self.node(run), due, now) for run, due, now in keyed.done or ()]
        windows = {i: self.window(w) for i, w in (keyed.windows or {}).items() if w.recs}
        growths = [(self.node(g.root), self.node(g.latest), g.due) for g in keyed.growths or ()]
        followed = [(self.node(f.identity), self.node(f.latest), f.revision, f.held) for f in keyed.followed or ()]
        return ENCODER.encode(
            Blob(
                [pack(v) for v in keyed.key],
                self.bound,
                self.begun,
                [self.starts[id(s)] for s in order],
                self.links,
                waits,
                windows,
                {a: [self.event(r) for r in hits] for a, hits in (keyed.history or {}).items()},
                done,
                growths,
                followed,
            )
        )


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
            start.runs = [runs[i] for i in begun.runs]
            start.open = len(start.runs)
            keyed.open += start.open
        keyed.order = [starts[i] for i in blob.order]
        for index, waiting in blob.waits.items():
            keyed.waits[index] = machine.indexed(index, [runs[i] for i in waiting])
        if machine.anywhere:
            keyed.waits[machine.everywhere] = machine.indexed(machine.everywhere, keyed.live_runs())
        keyed.windows = {i: self.window(w) for i, w in blob.windows.items()} or None
        keyed.history = {a: [self.recs[i] for i in hits] for a, hits in blob.history.items()} or None
        keyed.done = [(runs[i], due, now) for i, due, now in blob.done] or None
        keyed.growths = [growth(runs[root], runs[latest], due) for root, latest, due in blob.growths] or None
        keyed.followed = [
            followed(runs[identity], runs[latest], revision, held) for identity, latest, revision, held in blob.followed
        ] or None
        for start in keyed.order:
            if machine.within is not None:
                machine.timers.push(start.rec[0] + machine.within, keyed, start, machine.code.header)
            for run in start.runs:
                limits = machine.code.limits[run.step]
                if limits is not None:
                    limits(keyed, run, run.live, machine.timers.push)
                machine.register(keyed, run, run.live)
                self.limit_windows(run)
        machine.schedule(keyed)
        return keyed

    def limit_windows(self, run: Run) -> None:
        """Register when windows end that no later element may begin."""
        automaton = self.machine.rule.automaton
        for index in self.machine.bits(run.live & self.machine.code.windowed):
            wait = automaton.waits[index]
            window = window_of(run, wait.window)
            if window is not None and window.starts is not None:
                left = self.machine.code.variants.mask(index)
                limit_window(self.keyed, run, wait.window, left, automaton.states[wait.target].window)

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
        run.windows = {i: self.window(w) for i, w in node.windows.items()} or None
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
        for keyed in () if machine.rule.sharing is not None else machine.keys.values():
            part = write_key(machine, keyed, events)
            if part is not None:
                parts[part_name(name, keyed.key)] = part
        for subject, window in () if machine.throttle is None else machine.throttle.windows.items():
            parts[throttle_name(name, subject)] = write_window(window)
    return parts


def write_key(machine: Machine, keyed: Keyed, events: tuple[str, ...]) -> bytes | None:
    """The state of one key; None if nothing is held under it."""
    return Writer(machine, keyed, events).blob() if keyed.holds() else None


def write_window(window: ThrottleWindow) -> bytes:
    """One throttle window."""
    return ENCODER.encode([Subject(window.since, window.passed, window.held)])


def read_parts(machines: Iterable[Machine], parts: Mapping[bytes, bytes], decode: Decode) -> None:
    """Take over the parts of `write_parts`.

    Raises msgspec.DecodeError for bytes that are none, KeyError for a rule that is not in the plan."""
    by_name = {machine.rule.name: machine for machine in machines}
    throttled: list[tuple[int, Throttle, Hashable, ThrottleWindow]] = []
    for name, part in parts.items():
        rule, key, *subject = msgspec.msgpack.decode(name)
        machine = by_name[rule]
        if key is not None:
            Reader(machine, BLOB.decode(part), decode).read()
            continue
        assert machine.throttle is not None
        for s in SUBJECTS.decode(part):
            window = ThrottleWindow(s.since, s.passed, s.held)
            throttled.append((s.since, machine.throttle, unpack(subject[0]), window))
    # Windows stand in the order in which they end, and parts come in any order.
    for _, throttle, subject_, window in sorted(throttled, key=itemgetter(0)):
        throttle.windows[subject_] = window


def part_name(rule: str, key: tuple[object, ...]) -> bytes:
    """The name of a key's part: (rule, key)."""
    return ENCODER.encode([rule, [pack(v) for v in key]])


def throttle_name(rule: str, subject: Hashable) -> bytes:
    """The name of a throttle window's part: (rule, null, whose it is)."""
    return ENCODER.encode([rule, None, pack(subject)])
