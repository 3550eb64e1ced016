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

    def is_ahead(self, bindings: Bindings, chosen: Bindings) -> bool:
        """Whether bindings are not another way to lengthen the match than the one `chosen`."""
        return not extends(bindings, self.current) or extends(bindings, chosen)


class Growth:
    """Complete bindings whose trailing step can still take more."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.ready: dict[Bindings, list[Bindings]] = {}
        self.told: set[int] = set()
        self.due: dict[Bindings, int | None] = {}
        self.chains: list[Chain] = []
        self.known: list[Bindings] = []

    # ------------------------------------------------------------ final

    def wait(self, complete: Mapping[Bindings, int | None]) -> None:
        """With `final`, complete bindings, each with the deadline of its absence, wait until what lengthens them can
        take no more; one match for each first event."""
        self.due |= complete
        for bindings in sorted(complete, key=len):
            if bindings[0][1] in self.told:
                continue
            root = next((root for root in self.ready if extends(bindings, root)), bindings)
            self.ready.setdefault(root, []).append(bindings)

    def finished(self, threads: list[Thread]) -> list[Bindings]:
        """The longest binding of each first event of those that have come to their end."""
        best: dict[int, Bindings] = {}
        for root in [r for r in self.ready if not any(extends(t.bindings, r) for t in threads)]:
            found = [*self.ready.pop(root), *(best[first] for first in (root[0][1],) if first in best)]
            best[root[0][1]] = self._longest(found)
        self.told.update(best)
        self.drop(self.told)
        return sorted(best.values(), key=lambda bindings: written_order(self.pattern, bindings))

    def _longest(self, found: list[Bindings]) -> Bindings:
        return min(found, key=lambda bindings: (-len(bindings), written_order(self.pattern, bindings)))

    @property
    def waiting(self) -> list[Bindings]:
        """Of each match that waits to be told its longest form so far."""
        return [self._longest(found) for found in self.ready.values()]

    @property
    def firsts(self) -> set[int]:
        """The first events of complete bindings that wait."""
        return {root[0][1] for root in self.ready}

    def drop(self, firsts: set[int]) -> None:
        """Forget what waits under first events that were dropped, or told."""
        self.ready = {root: found for root, found in self.ready.items() if root[0][1] not in firsts}

    def cancel(self, hit: set[Bindings], alive: set[Bindings]) -> None:
        """`cancel on` was hit: what still waited for more, and has not taken that event, is no match."""
        for root in list(self.ready):
            if any(extends(b, root) for b in hit) and not any(extends(b, root) for b in alive):
                del self.ready[root]

    # ------------------------------------------------------------ updates

    def lengthened(self, complete: list[Bindings]) -> list[tuple[Chain, Bindings]]:
        """The reported matches that complete bindings lengthen, each with the longest, in the order of selection."""
        self.known = [chain.current for chain in self.chains]
        found: list[tuple[Chain, Bindings]] = []
        for chain in self.chains:
            longer = [bindings for bindings in complete if extends(bindings, chain.current)]
            if longer:
                found.append((chain, self._longest(longer)))
        return sorted(found, key=lambda pair: written_order(self.pattern, pair[1]))

    def grown(self, bindings: Bindings) -> Chain | None:
        """The reported match of which complete `bindings` are the next revision."""
        return next((chain for chain in self.chains if extends(bindings, chain.current)), None)

    def over(self, waiting: list[Bindings]) -> list[Chain]:
        """The reported matches that none of what still waits lengthens."""
        return [c for c in self.chains if not any(extends(bindings, c.current) for bindings in waiting)]

    def keeps(self, bindings: Bindings) -> bool:
        """Whether bindings belong to a reported match, so that skip does not drop them any more."""
        return any(extends(bindings, chain.current) for chain in self.chains)


def extends(bindings: Bindings, shorter: Bindings) -> bool:
    """Whether bindings are `shorter` or lengthen it."""
    return bindings[: len(shorter)] == shorter
