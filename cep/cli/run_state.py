"""What `cep run` does for a job that keeps state: the lock, the start where a run left off, errors in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cep.cli.telling import warn
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.files import Input
from cep.connectors.job.identity import unreplayable
from cep.connectors.job.model import Job, StateFolder
from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.functions import load_function
from cep.runtime.recovery import Identity, KeptOutputs, Recovery
from cep.runtime.shadow.beside import Shadow
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_store import SnapshotStore


@contextmanager
def locked_store(state: StateFolder) -> Iterator[SnapshotStore]:
    """The store in a job's state folder, for this process alone. Raises `ConfigurationError` where that cannot be."""
    store = SnapshotStore(state.path, warn=warn)
    with state_trouble(state):
        lock = store.open()
    if lock is None:
        message = f"another process works with the state in `{state.path}`"
        raise ConfigurationError("C0259", message, "wait for it, or stop it", str(state.path))
    try:
        yield store
    finally:
        lock.close()


def begun(
    job: Job,
    store: SnapshotStore,
    shard: Shard,
    inputs: Sequence[Input],
    outputs: KeptOutputs,
    identity: Identity,
    version: str,
    shadow: Shadow,
    from_start: bool,
    allow_reset: bool,
) -> tuple[Recovery, ChangeReport]:
    """A run of the job, begun where its state stands, and what became of the state of rules that have changed.

    `version`: the mark of the rules; `shadow`: what runs beside them.
    Raises `ConfigurationError` and `ConnectorFailure`."""
    assert job.state is not None
    if pipe := unreplayable(job):
        message = f"`{pipe.shown}` is no file, and cannot be read again after a crash"
        raise ConfigurationError("C0263", message, "write it to a file first, or leave out `state`", pipe.shown)
    feeds = {one.source.name: one.feed for one in inputs}
    every, oldest = job.state.every / 1_000_000, job.state.oldest and job.state.oldest / 1_000_000
    recovery = Recovery(store, shard, feeds, outputs, identity, every, oldest=oldest, warn=warn, shadow=shadow)
    recovery.version = version
    with state_trouble(job.state):
        changes = recovery.begin(from_start=from_start, allow_reset=allow_reset, find=finder(job))
    return recovery, changes


def finder(job: Job) -> FunctionFinder:
    """Finds the Python functions that old versions of rules call, in the modules that the job allows."""
    return lambda info: load_function(info, job.allowed_modules)


def state_failure(job: Job, error: OSError) -> ConnectorFailure:
    """The last snapshot of a run could not be written."""
    assert job.state is not None
    message = f"the state could not be written to `{job.state.path}`: {error.strerror or error}"
    fix = "make room; the outputs are whole, and the next run goes on from the last snapshot"
    return ConnectorFailure("C0304", message, fix, str(job.state.path))


@contextmanager
def state_trouble(state: StateFolder) -> Iterator[None]:
    """What goes wrong with state, as `ConfigurationError`."""
    try:
        yield
    except SnapshotError as error:
        raise ConfigurationError("C0260", error.message, error.fix, str(state.path)) from error
    except OSError as error:
        message = f"the state in `{state.path}` cannot be used: {error.strerror or error}"
        raise ConfigurationError(
            "C0264", message, "choose a folder that this user may write", str(state.path)
        ) from error
