"""`report final` and `report updates`: for rules that end in a loop, an optional step or a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.oracle.nodes import Pattern, StepNode
from tests.oracle.places import Bindings, StepPlace, Thread
from tests.oracle.selection import written_order


def growing_window(place: StepPlace, elements: int, bound: int, header: int | None) -> StepPlace:
    """Where a threshold that was reached waits for further elements: as a loop over its span."""
    step = place.node.step
    span = step.within if step.within is not None else header
    loop = replace(step, having=None, minimum=1, maximum=None, within=span)
    return replace(place, node=StepNode(loop, place.node.order), entered=bound - elements)


@dataclass(slots=True)
class Chain:
    """A match that was reported and may grow. `held`: whether its first report was held back by `suppress`."""

    current: Bindings
    revision: int
    held: bool


class Growth:
    """Complete bindings whose trailing step can still take more."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.ready: dict[int, list[Bindings]] = {}
        self.due: dict[Bindings, int | None] = {}
        self.chains: list[Chain] = []

    # ------------------------------------------------------------ final

    def wait(self, complete: Mapping[Bindings, int | None]) -> None:
        """With `final`, complete bindings, each with the deadline of its absence, wait until their first event's loop
        can take no more."""
        self.due |= complete
        for bindings in complete:
            self.ready.setdefault(bindings[0][1], []).append(bindings)

    def finished(self, threads: list[Thread]) -> list[Bindings]:
        """The longest binding of each first event whose loop has come to its end."""
        waiting = {thread.bindings for thread in threads}
        over = [first for first, found in self.ready.items() if not waiting.intersection(found)]
        return [self._longest(self.ready.pop(first)) for first in sorted(over)]

    def _longest(self, found: list[Bindings]) -> Bindings:
        return min(found, key=lambda bindings: (-len(bindings), written_order(self.pattern, bindings)))

    def drop(self, firsts: set[int]) -> None:
        """Forget what waits under first events that were dropped."""
        for first in firsts:
            self.ready.pop(first, None)

    def cancel(self, hit: set[Bindings], alive: set[Bindings]) -> None:
        """`cancel on` was hit: what still waited for more, and has not taken that event, is no match."""
        for first, found in list(self.ready.items()):
            if hit.intersection(found) and not alive.intersection(found) and not _extended(found, alive):
                del self.ready[first]

    # ------------------------------------------------------------ updates

    def grown(self, bindings: Bindings) -> Chain | None:
        """The reported match of which complete `bindings` are the next revision."""
        return next((chain for chain in self.chains if _extends(bindings, chain.current)), None)

    def over(self, waiting: list[Bindings]) -> list[Chain]:
        """The reported matches that none of what still waits lengthens."""
        return [c for c in self.chains if not any(_extends(bindings, c.current) for bindings in waiting)]

    def keeps(self, bindings: Bindings) -> bool:
        """Whether bindings belong to a reported match, so that skip does not drop them any more."""
        return any(_extends(bindings, chain.current) for chain in self.chains)


def _extends(bindings: Bindings, shorter: Bindings) -> bool:
    return bindings[: len(shorter)] == shorter


def _extended(found: list[Bindings], alive: set[Bindings]) -> bool:
    """Whether one of the bindings has just grown."""
    return any(bindings[:-1] in found for bindings in alive)
