"""Other rules for a shard that is running, between two pieces of its input.

The same way as over a restart: its state as parts, a new shard of the new rules, and the verdicts of a start. Nothing
here knows where the input comes from, so that whoever owns a shard, and says when, can change it over.
"""

from __future__ import annotations

from collections.abc import Iterable

from cep.engine.values import Values
from cep.runtime.changeover.archive import FunctionFinder
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.redaction import Name
from cep.runtime.shard import Shard
from cep.runtime.wiring import Wiring


def change_over(
    shard: Shard,
    wiring: Wiring,
    values: Values,
    *,
    redact: Iterable[Name] = (),
    allow_reset: bool = False,
    find: FunctionFinder | None = None,
) -> tuple[Shard, ChangeReport]:
    """A shard of other rules in the state of one that is left as it is, and the verdicts on its rules.

    `wiring` is over the same sources and partitions. `redact` as for `Shard`, `allow_reset` and `find` as for
    `Shard.restore`. A shard that keeps track of its changes has to have told them (`delta`): the new one tells those
    behind them. Costs a snapshot and taking it over. Raises `SnapshotError` where state would be lost that may not be.
    """
    after = Shard(wiring, values, redact=redact)
    if shard.changes is not None:
        after.track()
    report = after.restore(shard.snapshot(), allow_reset=allow_reset, find=find)
    after.stats = shard.stats
    return after, report
