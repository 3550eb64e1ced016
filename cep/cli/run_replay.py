"""`cep run --replay`: what a record needs before it can be run again over the inputs of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cep.cli.run_points import FILE
from cep.cli.run_rules import Loaded, wired
from cep.cli.run_state import finder
from cep.cli.telling import warn
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.files import Input, declared_anew, open_feed
from cep.connectors.job.identity import source_marks
from cep.connectors.job.model import Job
from cep.connectors.job.redacting import job_names
from cep.connectors.outputs import JobOutputs
from cep.runtime.changeover.live import change_over
from cep.runtime.driver import Ending, Outputs
from cep.runtime.function_code import code_marks
from cep.runtime.points.entries import Point, Taken, last_inputs, read_points, whole_size
from cep.runtime.points.replay import InputsDiffer, Replay, first_version
from cep.runtime.points.version import RulesVersion
from cep.runtime.settings import SettingsError
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.wiring import Wiring

_AGAIN = "bring it back as it was when it was read, or leave out `--replay`"


@dataclass(frozen=True, slots=True)
class Record:
    """A file of recorded points as it was read, and the rules that it begins with."""

    path: Path
    data: bytes
    first: Taken

    def points(self) -> Iterator[Point]:
        """The points behind the first."""
        points = read_points(self.data)
        next(points)
        return points


def read_record(path: Path) -> Record:
    """A file of points, or that of a folder of state. Raises `ConfigurationError` for one that cannot be replayed."""
    file = path / FILE if path.is_dir() else path
    try:
        data = file.read_bytes()
        size = whole_size(data)
        if size < len(data):
            warn(f"the last {len(data) - size} bytes of `{file}` were cut off while they were written: left aside")
        first = first_version(read_points(data[:size]))
    except OSError as error:
        message = f"`{file}` cannot be read: {error.strerror or error}"
        raise ConfigurationError("C0273", message, "name a file that `--record` has written", str(file)) from error
    except SnapshotError as error:
        raise ConfigurationError("C0273", error.message, error.fix, str(file)) from error
    if first is None:
        message = f"`{file}` does not go back to the beginning of the inputs"
        fix = "record a run from its start: with `--from-start`, where the job keeps state"
        raise ConfigurationError("C0273", message, fix, str(file))
    return Record(file, data[:size], first)


def recorded_rules(job: Job, version: RulesVersion, place: Path) -> Loaded:
    """A version of the rules as it ran. Raises `ConfigurationError` where it cannot be had any more."""
    try:
        rules = version.rules()
        find = finder(job)
        functions = {name: find(info) for name, info in rules.functions.items()}
    except SnapshotError as error:
        raise ConfigurationError("C0273", error.message, "use the release that ran it", str(place)) from error
    except SettingsError as error:
        raise ConfigurationError("C0236", error.message, error.fix, str(place)) from error
    values, now = version.kept.values(functions), code_marks(functions)
    for name, mark in values.code.items():
        if now.get(name) != mark:
            message = f"the code of the function `{name}` is not what it was when the points were recorded"
            raise ConfigurationError("C0273", message, "bring the module back as it was", str(place))
    return Loaded(job, rules, values, job_names(job, rules))


def check_inputs(job: Job, record: Record, inputs: Sequence[Input], wiring: Wiring) -> None:
    """Raise `ConfigurationError` where job or inputs are not those, or the inputs do not hold what was read of them.

    Standard input cannot be looked at beforehand.
    """
    if record.first.job != job.name:
        message = f"the points are those of the job `{record.first.job}`, and this is `{job.name}`"
        raise ConfigurationError("C0271", message, "name the job that was recorded", str(record.path))
    now, before = source_marks(job, wiring), record.first.settings
    for name in dict.fromkeys([*before, *now]):
        if now.get(name) != before.get(name):
            message = f"{name} is not what it was when the points were recorded"
            raise ConfigurationError("C0271", message, "replay over the sources that were read", str(record.path))
    positions = last_inputs(record.data)
    for spec, one in zip(job.sources, inputs, strict=True):
        if spec.path is None or not spec.path.is_file() or spec.name not in positions:
            continue
        feed = open_feed(spec, one.source, wiring.rules.events)
        try:
            feed.go_to(positions[spec.name], grows=True)
        except ConfigurationError as error:
            message = f"`{spec.shown}` does not hold what was read of it when the points were recorded"
            raise ConfigurationError("C0271", message, _AGAIN, spec.shown) from error
        finally:
            feed.close()


class _RecordedChanges:
    """Takes the versions of a record into a replay."""

    def __init__(self, job: Job, record: Record, inputs: Sequence[Input], outputs: JobOutputs) -> None:
        self._job = job
        self._record = record
        self._inputs = inputs
        self._outputs = outputs
        self._mark = record.first.version.mark

    def __call__(self, shard: Shard, taken: Taken) -> Shard:
        """The shard to go on with. Raises `ConfigurationError` for rules that cannot be had any more."""
        if taken.version.mark == self._mark:
            return shard
        now = recorded_rules(self._job, taken.version, self._record.path)
        sources = declared_anew(self._job, now.rules, self._inputs)
        # It was allowed then, or nothing was lost.
        after, _ = change_over(
            shard, wired(now.rules, sources), now.values, redact=now.names, allow_reset=True, find=finder(self._job)
        )
        for one, source in zip(self._inputs, sources, strict=True):
            one.feed.redeclare(source, now.rules.events)
        self._outputs.redaction = after.places.redaction()
        self._mark = taken.version.mark
        return after


class Replaying:
    """A replay of a record over a job's inputs; failures are those of connectors."""

    def __init__(
        self,
        job: Job,
        record: Record,
        shard: Shard,
        inputs: Sequence[Input],
        outputs: JobOutputs,
        told: Outputs,
        *,
        stop: Callable[[], bool],
        tick: Callable[[], None],
        open_end: bool,
    ) -> None:
        """`told` is given what comes out, and hands it on to `outputs`."""
        self._path = record.path
        changes = _RecordedChanges(job, record, inputs, outputs)
        feeds = [one.feed for one in inputs]
        self._replay = Replay(shard, feeds, told, record.points(), changes, stop=stop, tick=tick, open_end=open_end)

    @property
    def shard(self) -> Shard:
        """The shard that runs now."""
        return self._replay.shard

    def run(self) -> Ending:
        """Do it. Raises `ConnectorFailure`; what was written before stands."""
        try:
            return self._replay.run()
        except InputsDiffer as error:
            raise ConnectorFailure("C0271", str(error), _AGAIN, str(self._path)) from error
