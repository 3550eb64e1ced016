"""A run that can be killed: it begins where the newest snapshot stands, and leaves snapshots on its way.

The order of things is the whole promise. A snapshot holds how far the inputs were read and how many bytes the outputs
held; it is written once those bytes are safe. A start cuts the outputs back to the bytes that its snapshot knows, and
reads on from there: what was written behind them is written again, the same. A run from the beginning first makes a
snapshot of the beginning safe, and only then empties the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.feed import ReplayableFeed
from cep.runtime.host_clock import SYSTEM_CLOCK, HostClock
from cep.runtime.shadow.beside import Shadow, ShadowRun
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.snapshot_file import Snapshot
from cep.runtime.snapshot_header import Header, changes, reads, versions
from cep.runtime.snapshot_store import SnapshotStore

_ANEW = "start anew with `--from-start`, which empties the outputs, or run it over what it was made over"


class KeptOutputs(Protocol):
    """Outputs that can be cut back, by kind. Those that cannot (a pipe) are left out of the sizes."""

    def sizes(self) -> dict[str, int]:
        """Bytes each output holds."""

    def cut(self, sizes: Mapping[str, int]) -> None:
        """Keep that many bytes of each, none of those not named. Raises the connector's own exception."""

    def sync(self) -> None:
        """Return once all that was written is safe. Raises the connector's own exception."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be as it was for a snapshot to be gone on with: `settings` by what they are. Rules may change."""

    job: str
    settings: Mapping[str, str] = field(default_factory=dict)
    open_end: bool = False


class StateTooOld(Exception):
    """The last snapshot is older than the run may get ahead of it; `reason`: why no later one could be written."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Recovery:
    """Begins a run of `shard` over `feeds` into `outputs`, and keeps its state in `store`.

    `every`: seconds between the end of one snapshot and the beginning of the next. `oldest`: seconds that the last one
    may be old once a later one could not be written; None: as long as the run lasts. `warn` is told what a person
    should know. `before`: the header of the snapshot gone on from, None for a run from the beginning. `failure`: why
    the last snapshot could not be written, None if it could. `version`: the mark of the rules that run.
    `shadow`: what runs beside them, whose state is kept too; `shadow_changes`: what became of its rules at the start.
    """

    def __init__(
        self,
        store: SnapshotStore,
        shard: Shard,
        feeds: Mapping[str, ReplayableFeed],
        outputs: KeptOutputs,
        identity: Identity,
        every: float,
        *,
        oldest: float | None = None,
        clock: HostClock = SYSTEM_CLOCK,
        warn: Callable[[str], None] = lambda message: None,
        shadow: Shadow | None = None,
    ) -> None:
        self.before: Header | None = None
        self.failure: OSError | None = None
        self.version = ""
        self.shadow = shadow or Shadow()
        self.shadow_changes = ChangeReport()
        self._store = store
        self._shard = shard
        self._feeds = feeds
        self._outputs = outputs
        self._identity = identity
        self._every = every
        self._oldest = oldest
        self._clock = clock
        self._warn = warn
        self.wrote: Callable[[float | None], None] = _nobody
        """Hears how long each snapshot took, seconds; None: it could not be written."""
        self._epoch = 1
        self._due = 0.0
        self._safe = 0.0

    def begin(
        self, *, from_start: bool = False, allow_reset: bool = False, find: FunctionFinder | None = None
    ) -> ChangeReport:
        """Take over the newest whole snapshot, and cut the outputs back to it. Says what became of the state of rules
        that have changed; `allow_reset` and `find` as for `Shard.restore`.

        With `from_start`, or where there is none, the run begins at the beginning. Raises `SnapshotError` for one that
        does not go with the job, `OSError`, and what feeds and outputs raise; nothing has changed then.
        """
        found = None if from_start else self._store.newest()
        if found is None:
            self._begin_anew(from_start)
            report = ChangeReport()
        else:
            report = self._take_over(found, allow_reset, find)
        self._safe = self._clock.elapsed()
        self._due = self._safe + self._every
        return report

    def pause(self) -> None:
        """Write a snapshot if one is due. Where that fails the old ones stand, and the next is tried when it is due.

        Raises `StateTooOld` where none could be written for too long."""
        if self._clock.elapsed() >= self._due:
            self.end()
            self._due = self._clock.elapsed() + self._every
        if self.failure is not None and self._oldest is not None and self._clock.elapsed() - self._safe > self._oldest:
            raise StateTooOld(self.failure)

    def end(self) -> None:
        """Write a snapshot; where that fails, `failure` says why. Raises what the outputs raise."""
        self._outputs.sync()
        began = self._clock.elapsed()
        try:
            self._store.write(self._header(self._outputs.sizes()), self._parts())
        except OSError as error:
            if self.failure is None:
                reason = error.strerror or error
                self._warn(f"the state cannot be written: {reason}; the run goes on, and the last snapshot stands")
            self.failure = error
            self.wrote(None)
        else:
            self.failure = None
            self._safe = self._clock.elapsed()
            self.wrote(self._safe - began)

    def change(self, shard: Shard, version: str, shadow: ShadowRun | None = None) -> None:
        """From here on `shard` runs, which is in the state of the one before, and beside it `shadow`: the point is made
        safe, with a snapshot.

        Raises `OSError`; then nothing has changed. Raises what the outputs raise.
        """
        before = self._shard, self.version, self.shadow.run
        self._shard, self.version, self.shadow.run = shard, version, shadow
        try:
            self._outputs.sync()
            header = self._header(self._outputs.sizes())
            try:
                self._store.write(header, self._parts())
            except OSError:
                # It may bear its name already, and must not be gone on from.
                self._store.drop(header.sequence)
                raise
        except BaseException:
            self._shard, self.version, self.shadow.run = before
            raise
        self.failure = None
        self._safe = self._clock.elapsed()
        self._due = self._safe + self._every

    def _begin_anew(self, from_start: bool) -> None:
        before = list(self._store.entries())
        if before and not from_start:
            self._warn("no snapshot is whole: the run begins at the start of its inputs, and the outputs are made anew")
        known = [entry.content.header.epoch for entry in before if isinstance(entry.content, Snapshot)]
        self._epoch = max(known, default=0) + 1
        header = self._header(dict.fromkeys(self._outputs.sizes(), 0))
        self._store.write(header, self._parts())
        self._store.keep([header.sequence])
        self._outputs.cut({})

    def _take_over(self, found: Snapshot, allow_reset: bool, find: FunctionFinder | None) -> ChangeReport:
        header = found.header
        self._compare(header)
        report = self._shard.restore(found.parts, allow_reset=allow_reset, find=find)
        self.shadow_changes = self.shadow.restore(found.parts)
        for source, feed in self._feeds.items():
            try:
                if feed.go_to(header.inputs[source], grows=header.open_end):
                    self._shard.reopen(source)
            except (msgspec.MsgspecError, LookupError) as error:
                message = f"the position in `{source}` is not of this release"
                raise SnapshotError(message, "use the release that wrote it, or start anew") from error
        self._outputs.cut(header.outputs)
        self._epoch = header.epoch + 1
        self.before = header
        return report

    def _parts(self) -> dict[bytes, bytes]:
        return self._shard.snapshot() | self.shadow.snapshot()

    def _compare(self, header: Header) -> None:
        """Refuse what does not go with the job, and outputs that lack what the snapshot knows to be in them."""
        compare(header, self._identity)
        for kind, size in self._outputs.sizes().items():
            # What was a pipe then has no size.
            before = header.outputs.get(kind, 0)
            if size < before:
                message = f"the file of `{kind}` holds {size} bytes, and the state was written when it held {before}"
                fix = "bring the file back, go back with `cep state rewind`, or start anew with `--from-start`"
                raise SnapshotError(message, fix)

    def _header(self, outputs: dict[str, int]) -> Header:
        identity = self._identity
        return Header(
            identity.job,
            self._store.shard,
            self._store.next_sequence(),
            self._epoch,
            self._clock.wall(),
            read=reads(self._shard),
            rules=versions(self._shard),
            settings=dict(identity.settings),
            inputs={source: feed.position() for source, feed in self._feeds.items()},
            outputs=outputs,
            open_end=identity.open_end,
            version=self.version,
        )


def compare(header: Header, identity: Identity) -> None:
    """Raise `SnapshotError` for a snapshot of another job or of other settings, with what has changed."""
    if header.job != identity.job:
        raise SnapshotError(f"the state belongs to the job `{header.job}`", "give each job a folder of its own")
    changed = changes(header, identity.settings)
    if changed:
        more = f", and {len(changed) - 5} more" if len(changed) > 5 else ""
        message = f"not as it was when the state was written: {', '.join(changed[:5])}{more}"
        raise SnapshotError(message, _ANEW)


def _nobody(seconds: float | None) -> None:
    """Nobody wants to hear of it."""
