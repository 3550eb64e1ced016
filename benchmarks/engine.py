"""A shard or a matcher in this process, fed from memory, for what a command does not show."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from cep.engine.machine import Machine
from cep.engine.matcher import Matcher
from cep.engine.record import Record
from cep.engine.run import Run
from cep.engine.values import Values
from cep.language.load import load_text
from cep.language.model import RuleSet
from cep.plan.compile import compile_plan
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from cep.runtime.source import Chunk, Source
from cep.runtime.wiring import wire

NAME = "events"


class Feed:
    """A shard over JSON lines of one source."""

    def __init__(self, rules: str | RuleSet, values: Values | None = None) -> None:
        rules = load_text(rules) if isinstance(rules, str) else rules
        self.shard = Shard(wire(rules, [Source(NAME, tuple(rules.events))]), values)
        self.next = 0

    @property
    def machines(self) -> list[Machine]:
        """The state of each rule."""
        return [machine for lane in self.shard.lanes for machine in lane.matcher.machines.values()]

    def push_all(self, lines: Sequence[bytes], batch: int) -> None:
        """Batches of one size, whose outputs are of no interest."""
        for first in range(0, len(lines), batch):
            self.push(lines[first : first + batch])

    def push(self, lines: Sequence[bytes]) -> Output:
        """A batch."""
        first, self.next = self.next, self.next + len(lines)
        return self.shard.push([Chunk(NAME, NAME, 0, range(first, self.next), lines)])


class Visits:
    """A probe that counts looks at waiting runs."""

    def __init__(self) -> None:
        self.number = 0

    def visited(self, rule: str, wait: int, run: Run | None, rec: Record) -> None:
        """One more."""
        self.number += 1

    def guard(self, rule: str, step: str, outcome: bool, run: Run | None, rec: Record) -> bool:
        """Of no interest here."""
        return outcome


def counting_matcher(text: str, probe: Visits) -> Matcher:
    """A matcher that tells `probe` what it looks at."""
    return Matcher(compile_plan(load_text(text), instrument=True), probe=probe)


def resident() -> int:
    """Bytes resident now; where that cannot be read, the most so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * resource.getpagesize()
