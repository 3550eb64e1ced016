"""What the verbs of `cep state` do: each reads the job, and returns its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cep.analysis.open_state import OpenKey, key_text, open_keys
from cep.cli.guarding import guarded
from cep.cli.run_rules import load_rules
from cep.cli.run_state import finder, locked_store, state_trouble
from cep.cli.state_text import entry_text, key_lines
from cep.cli.telling import warn
from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.identity import job_identity
from cep.connectors.job.model import Job, StateFolder
from cep.connectors.job.reader import read_job
from cep.connectors.job.redacting import job_names
from cep.connectors.job.settings import job_values
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.recovery import Identity, compare
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import Snapshot
from cep.runtime.snapshot_store import Entry, SnapshotStore
from cep.runtime.timestamps import format_timestamp
from cep.runtime.wiring import wire

DONE, FINDINGS = 0, 1
_json = msgspec.json.Encoder(decimal_format="number").encode


def listed(path: Path, *, as_json: bool) -> int:
    """`cep state ls`."""

    def work() -> int:
        entries = list(_store(_state(read_job(path))).entries())
        for entry in entries:
            _say(_entry_json(entry) if as_json else entry_text(entry))
        if not entries and not as_json:
            print("no snapshot yet", file=sys.stderr)
        return DONE

    return guarded(work, as_json=as_json)


def shown(key: str, path: Path, *, as_json: bool) -> int:
    """`cep state show`."""

    def work() -> int:
        found = [of for of in _open(path) if key_text(tuple(of["key"].values())) == key]
        for of in found:
            if as_json:
                _say(_json(of).decode())
            else:
                _say("\n".join(key_lines(of)))
        if not found:
            print(f"nothing is open under `{key}`", file=sys.stderr)
        return DONE if found else FINDINGS

    return guarded(work, as_json=as_json)


def verified(path: Path, *, as_json: bool) -> int:
    """`cep state verify`."""

    def work() -> int:
        job = read_job(path)
        bad = 0
        for entry in _store(_state(job)).entries():
            trouble = _trouble(entry, job)
            bad += trouble is not None
            if as_json:
                _say(_json({"snapshot": entry.path.name, "bytes": entry.size, "trouble": trouble}).decode())
            else:
                _say(f"{entry.path.name}: {trouble or 'whole'}, {entry.size:,} bytes")
        return FINDINGS if bad else DONE

    return guarded(work, as_json=as_json)


def exported(path: Path, out: Path | None) -> int:
    """`cep state export`."""

    def work() -> int:
        lines = (_json(of).decode() for of in _open(path))
        if out is None:
            for line in lines:
                _say(line)
            return DONE
        try:
            out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            message = f"`{out}` cannot be written: {error.strerror or error}"
            raise ConfigurationError("C0115", message, "choose another file", str(out)) from error
        return DONE

    return guarded(work, as_json=False)


def rewound(path: Path, to: int | None) -> int:
    """`cep state rewind`."""

    def work() -> int:
        state = _state(read_job(path))
        with locked_store(state) as store:
            whole = [entry.sequence for entry in store.entries() if isinstance(entry.content, Snapshot)]
            target = to if to is not None else next(iter(whole[1:]), None)
            if target not in whole:
                message = "there is no older whole snapshot" if to is None else f"there is no whole snapshot {to}"
                fix = "see `cep state ls`, or start anew with `cep run --from-start`"
                raise ConfigurationError("C0265", message, fix, str(state.path))
            store.keep([sequence for sequence in store.sequences() if sequence <= target])
        print(f"the next run goes on from snapshot {target}", file=sys.stderr)
        return DONE

    return guarded(work, as_json=False)


def _state(job: Job) -> StateFolder:
    if job.state is None:
        place = next(iter(job.sources_text), None)
        raise ConfigurationError("C0266", "the job keeps no state", "add `state: {dir: state}` to it", place)
    return job.state


def _store(state: StateFolder) -> SnapshotStore:
    return SnapshotStore(state.path, warn=warn)


def _open(path: Path) -> Iterator[OpenKey]:
    """What is open in the newest whole snapshot, without what the job redacts."""
    shard = _newest(path)
    return open_keys(shard, shard.places.redaction())


def _newest(path: Path) -> Shard:
    """The job's rules with the state of the newest whole snapshot."""
    job = read_job(path)
    state = _state(job)
    with state_trouble(state):
        found = _store(state).newest()
        if found is None:
            message = f"there is no whole snapshot in `{state.path}`"
            raise ConfigurationError("C0265", message, "run the job first", str(state.path))
        shard, report = _taken_over(found, job)
    for change in report.lost:
        warn(f"{change.shown}; not shown, since a run of the rules as they are now would drop it")
    return shard


def _taken_over(found: Snapshot, job: Job, *, allow_reset: bool = True) -> tuple[Shard, ChangeReport]:
    """A shard of the job's rules in the state of a snapshot, as a run would begin, and what became of rules that have
    changed. Raises `SnapshotError`."""
    shard, identity = _empty(job)
    compare(found.header, identity)
    report = shard.restore(found.parts, allow_reset=allow_reset, find=finder(job))
    return shard, report


def _empty(job: Job) -> tuple[Shard, Identity]:
    rules = load_rules(job)
    values = job_values(job, rules)
    shard = Shard(wire(rules, declare_sources(job, rules)), values, redact=job_names(job, rules))
    return shard, job_identity(job, shard.wiring, open_end=False)


def _trouble(entry: Entry, job: Job) -> str | None:
    """What is wrong with a snapshot."""
    if not isinstance(entry.content, Snapshot):
        return entry.content.message
    try:
        _taken_over(entry.content, job, allow_reset=False)
    except SnapshotError as error:
        return error.message
    return None


def _entry_json(entry: Entry) -> str:
    head: dict[str, Any] = {"sequence": entry.sequence, "file": str(entry.path), "bytes": entry.size}
    if not isinstance(entry.content, Snapshot):
        return _json(head | {"trouble": entry.content.message}).decode()
    header = entry.content.header
    read = [{"source": of.source, "place": f"{of.topic}/{of.partition}", "next": of.next_offset} for of in header.read]
    written = format_timestamp(header.written)
    return _json(
        head
        | {"trouble": None, "job": header.job, "epoch": header.epoch, "written": written}
        | {"parts": len(entry.content.parts), "read": read, "outputs": header.outputs}
        | {"rules": header.rules, "version": header.version}
    ).decode()


def _say(text: str) -> None:
    print(text)
