"""The face for programs: compile rules, make an engine, hand it events, take its alerts.

    rules = cep.compile("rules/", lists={"trusted_merchants": ["m1"]})
    engine = rules.engine()
    for alert in engine.run(events):
        send(alert.json())

An event is a dict with the field `type`; a pair (type, dict); an instance of a dataclass or msgspec Struct whose class
bears the event type's name; or a JSON object as `str` or `bytes`. Its fields are as a JSON producer would write them
(timestamps in the declared form), and `datetime`, `timedelta` and `Decimal` are understood as well. Whatever it was,
it is decoded and checked as a record from a file is: what does not fit its declaration becomes a dead letter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any
from typing import Literal as OneOf

from cep.engine.values import Values
from cep.language.diagnostics import CheckFailed
from cep.language.load import load_paths, load_text
from cep.language.model import RuleSet
from cep.plan.edits.verdict import Verdict
from cep.runtime.alert import Alert, AlertEvent
from cep.runtime.alerts import Alerts
from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport, RuleChange
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.decode.malformed import Malformed
from cep.runtime.function_code import code_marks
from cep.runtime.functions import function_finder, function_values
from cep.runtime.late import Late
from cep.runtime.objects import ObjectEncoder
from cep.runtime.output import Output
from cep.runtime.settings import SettingsError, list_values, param_values, qualified
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import read_snapshot, write_snapshot
from cep.runtime.source import TYPE_FIELD, Chunk, Source
from cep.runtime.timestamps import from_datetime
from cep.runtime.wiring import Wiring, has_time, wire

__all__ = [
    "Alert",
    "AlertEvent",
    "ChangeReport",
    "CheckFailed",
    "DeadLetter",
    "Engine",
    "EngineStats",
    "Late",
    "RuleChange",
    "Rules",
    "SettingsError",
    "SnapshotError",
    "Verdict",
    "compile",
    "compile_text",
]

Functions = Mapping[str, Callable[..., Any]] | Iterable[str]
"""Python functions by `module:name`, or the names of modules that the rules may import."""
StrPath = str | PathLike[str]


def compile(
    paths: StrPath | Iterable[StrPath],
    *,
    params: Mapping[str, object] | None = None,
    lists: Mapping[str, Iterable[object]] | None = None,
    functions: Functions | None = None,
) -> Rules:
    """Read and check the rules of a `.pattern` file, a folder of them, or several of both.

    `params` and `lists` set what the rules declare, by name; a param that is not set keeps its default, a list must be
    set. `functions` are the Python functions the rules declare: callables by `module:name`, or the modules they may
    be imported from, which happens when an engine is made.

    Raises `CheckFailed` with all that is wrong in the rules, and `SettingsError` for a setting that does not fit.
    """
    chosen = [paths] if isinstance(paths, str) or not isinstance(paths, Iterable) else list(paths)
    names = [str(path) for path in chosen]
    return _rules(lambda values: load_paths(names, params=values), params or {}, lists or {}, functions or {})


def compile_text(
    text: str,
    *,
    name: str = "<text>",
    params: Mapping[str, object] | None = None,
    lists: Mapping[str, Iterable[object]] | None = None,
    functions: Functions | None = None,
) -> Rules:
    """As `compile`, from the text of one file, called `name` in messages; what it imports is relative to `name`."""
    return _rules(lambda values: load_text(text, name, params=values), params or {}, lists or {}, functions or {})


def _rules(
    load: Callable[[Mapping[str, object]], RuleSet],
    params: Mapping[str, object],
    lists: Mapping[str, Iterable[object]],
    functions: Functions,
) -> Rules:
    rules = load({})
    values = param_values(rules, params)
    if values:
        # Spans may be params, and are part of what is checked.
        rules = load(values)
    return Rules(rules, Values(values, list_values(rules, lists)), functions)


class Rules:
    """Checked rules with their settings. Immutable; any number of engines can be made of them."""

    def __init__(self, rules: RuleSet, values: Values, functions: Functions) -> None:
        """Made by `compile` and `compile_text`; `values` hold the params and lists."""
        self._rules = rules
        self._values = values
        self._functions = functions
        # Most programs make all their engines alike: the last wiring is kept, so that rules are planned once.
        self._wired: tuple[object, Wiring] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The rules' names, with their modules, in the order of the files."""
        return tuple(rule.name for rule in self._rules.rules)

    @property
    def events(self) -> tuple[str, ...]:
        """The event types that may come in."""
        return tuple(name for name, event in self._rules.events.items() if has_time(event))

    def engine(
        self,
        *,
        rules: Iterable[str] | None = None,
        type_field: str | None = TYPE_FIELD,
        source: str = "events",
        unknown_types: OneOf["count", "dead_letter"] = "count",
        keep: int = 10_000,
    ) -> Engine:
        """A new engine.

        `rules` names those to run (default: all). `type_field` is the field that names an event's type; None where
        the rules declare a single type. `source` is how the input is called in alerts and their ids. `unknown_types`:
        events of no declared type are counted, or become dead letters. `keep`: how many late events and dead letters
        are kept for the caller to take; older ones are dropped, but counted.

        Raises `SettingsError` for a function that is neither given nor allowed, and `ValueError` for
        `type_field=None` with several types.
        """
        wiring = self._wiring(
            Source(source, self.events, type_field, unknown_types=unknown_types),
            None if rules is None else tuple(self._named(name) for name in rules),
        )
        functions = function_values(self._rules, self._functions)
        values = replace(self._values, functions=functions, code=code_marks(functions))
        return Engine(wiring, values, keep, function_finder(self._functions))

    def _wiring(self, source: Source, names: tuple[str, ...] | None) -> Wiring:
        asked = (source, names)
        kept = self._wired
        if kept is None or kept[0] != asked:
            kept = self._wired = (asked, wire(self._rules, [source], names))
        return kept[1]

    def _named(self, name: str) -> str:
        return qualified(name, self.names, "rule")

    def __repr__(self) -> str:
        return f"Rules({', '.join(self.names)})"


@dataclass(frozen=True, slots=True)
class EngineStats:
    """How an engine stands. `watermark` in microseconds, None before the first event.

    `unrouted`: events of no declared type. `held`: events waiting for their place in the order.
    """

    events: int
    alerts: int
    late: int
    dead_letters: int
    unrouted: int
    watermark: int | None
    open_runs: int
    held: int


class Engine:
    """Runs rules over events handed over by a program.

    Alerts come as soon as event time allows: an event is held back until none that may still come can precede it, by
    the `lateness` of its type. Not safe for use by several threads at once.
    """

    def __init__(self, wiring: Wiring, values: Values, keep: int, find: FunctionFinder | None = None) -> None:
        self._find = find
        (self._source,) = wiring.sources.values()
        self._shard = Shard(wiring, values)
        self._encoder = ObjectEncoder(self._source.type_field)
        self._finished = False
        self.late: deque[Late] = deque(maxlen=keep)
        """Late events, oldest first. Take them out, or leave them to be pushed out by younger ones."""
        self.dead_letters: deque[DeadLetter] = deque(maxlen=keep)
        """Events that did not fit their declaration, with the reason; as `late`."""

    def push(self, events: Iterable[object]) -> list[Alert]:
        """Take a batch of events, and give the alerts that follow. The watermark moves at the end of the batch.

        How events are cut into batches makes no difference to the alerts. Raises `RuntimeError` after `finish`.
        """
        return list(self._pushed(events))

    def _pushed(self, events: Iterable[object]) -> Alerts:
        self._check_open()
        if isinstance(events, str | bytes | Mapping):
            raise TypeError("push takes several events: put a single one into a list")
        chunk, refused = self._chunk(events)
        out = self._shard.push([chunk]) if chunk.raws else Output()
        if refused:
            name = self._source.name
            self._shard.pass_over(name, 0, refused[-1].offset + 1)
            self._shard.stats.dead_letters += len(refused)
            out.dead_letters += refused
        return self._taken(out)

    def run(self, events: Iterable[object], *, batch: int = 1) -> Iterator[Alert]:
        """Give alerts while events come, one at a time; the end of `events` is the end of the input (see `finish`).

        `batch` events are taken at once: more is faster, and waits for as many events before the first alert.
        """
        waiting: list[object] = []
        for event in events:
            waiting.append(event)
            if len(waiting) >= batch:
                yield from self._pushed(waiting)
                waiting = []
        yield from self._pushed(waiting)
        yield from self._rest()

    def advance(self, time: datetime | int) -> list[Alert]:
        """Say that event time has reached `time` (a datetime with a zone, or microseconds), although no event does.

        Deadlines before it fire; an event before it will be late.
        """
        self._check_open()
        return list(self._taken(self._shard.advance(from_datetime(time) if isinstance(time, datetime) else time)))

    def finish(self) -> list[Alert]:
        """The end of the input: hand over what was held back, let every deadline fire. Nothing can be pushed after."""
        return list(self._rest())

    def _rest(self) -> Alerts:
        if self._finished:
            return Alerts()
        self._finished = True
        return self._taken(self._shard.finish())

    def snapshot(self, path: StrPath) -> None:
        """Write the whole state to a file, safely: the file is replaced as a whole, or stays as it was.

        Alerts and late events already given are not part of it. Raises `OSError`.
        """
        write_snapshot(Path(path), self._shard.snapshot())

    def restore(self, path: StrPath, *, allow_reset: bool = False) -> ChangeReport:
        """Take over a snapshot. The engine must be new; its rules may have changed since, see `docs/guarantees.md`.

        Says what became of the partial matches of each rule that has changed: kept, brought to an end by the old
        version, or, only with `allow_reset`, dropped. Go on with the event after the last one pushed before the
        snapshot (`position` says how many those were).
        Raises `SnapshotError` for a damaged file, or where something would be dropped (make a new engine then), and
        `OSError`.
        """
        if self.position or self._finished:
            raise RuntimeError("restore into a new engine: this one has taken events")
        return self._shard.restore(read_snapshot(Path(path)), allow_reset=allow_reset, find=self._find)

    @property
    def position(self) -> int:
        """How many events have been taken, over all restarts; the number of the next one in alerts' sources."""
        ((_, _, offset),) = self._shard.positions()
        return offset

    @property
    def stats(self) -> EngineStats:
        """Counts since the engine was made, and where it stands now."""
        shard, counts = self._shard, self._shard.stats
        return EngineStats(
            counts.events,
            counts.alerts,
            counts.late,
            counts.dead_letters,
            counts.unrouted,
            shard.watermark(),
            shard.open_runs(),
            shard.held(),
        )

    def _check_open(self) -> None:
        if self._finished:
            raise RuntimeError("the input of this engine has ended: make a new engine")

    def _chunk(self, events: Iterable[object]) -> tuple[Chunk, list[DeadLetter]]:
        """The events as records, and those that cannot be one."""
        name = self._source.name
        offsets: list[int] = []
        raws: list[bytes] = []
        refused: list[DeadLetter] = []
        for offset, event in enumerate(events, self.position):
            try:
                raws.append(self._encoder.encode(event))
                offsets.append(offset)
            except Malformed as error:
                shown = repr(event).encode("utf-8", "backslashreplace")
                refused.append(DeadLetter(name, name, 0, offset, error.reason, shown))
        return Chunk(name, name, 0, offsets, raws), refused

    def _taken(self, out: Output) -> Alerts:
        self.late.extend(out.late)
        self.dead_letters.extend(out.dead_letters)
        return out.alerts
