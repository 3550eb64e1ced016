"""The shadow of a running shard: it is given what the live one is given, and its state lies in the same snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cep.runtime.alerts import Alerts
from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.output import Output, Step
from cep.runtime.shard import Shard
from cep.runtime.snapshot_error import SnapshotError
from cep.runtime.source import Chunk

if TYPE_CHECKING:
    from cep.runtime.shadow.comparison import Comparison

PREFIX = b"shadow:"
"""How the names of its parts begin in a snapshot, before the names that a shard gives them."""
COMPARISON = b"compared"
"""The part with the comparison."""


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """Another version of the rules under way: its shard, and the comparison. `find`: functions of its old versions."""

    shard: Shard
    comparison: Comparison
    find: FunctionFinder | None = None


class Shadow:
    """What runs beside the live shard now, if anything does; may be put in and taken out while the run is under way."""

    def __init__(self, run: ShadowRun | None = None) -> None:
        self.run = run

    def follow(self, chunks: Sequence[Chunk], steps: Sequence[Step]) -> Alerts:
        """What the shadow tells of the records and steps that the live shard has taken."""
        if self.run is None:
            return Alerts()
        shard = self.run.shard
        found = shard.push(chunks) if chunks else Output()
        for step in steps:
            found.add(shard.apply(step))
        return found.alerts

    def finish(self) -> Alerts:
        """What the shadow tells at the end of all input."""
        return Alerts() if self.run is None else self.run.shard.finish().alerts

    def snapshot(self) -> dict[bytes, bytes]:
        """Its parts, beside those of the live shard."""
        if self.run is None:
            return {}
        parts = {PREFIX + name: part for name, part in self.run.shard.snapshot().items()}
        return parts | {PREFIX + COMPARISON: self.run.comparison.snapshot()}

    def restore(self, parts: Mapping[bytes, bytes]) -> ChangeReport:
        """Go on where a snapshot stands, with the verdicts on rules that have changed; a reset costs no alert, and is
        taken. In one that holds no shadow, it begins in the state of the live rules, as if it had been taken there.

        Raises `SnapshotError`.
        """
        if self.run is None:
            return ChangeReport()
        own = {name.removeprefix(PREFIX): part for name, part in parts.items() if name.startswith(PREFIX)}
        try:
            if compared := own.pop(COMPARISON, None):
                self.run.comparison.restore(compared)
        except msgspec.MsgspecError as error:
            raise SnapshotError(f"the snapshot is damaged: {error}", "restore an older snapshot") from error
        return self.run.shard.restore(own or parts, allow_reset=True, find=self.run.find)
