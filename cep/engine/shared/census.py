"""How many partial matches are open where none of them is kept by itself, while first events leave one by one.

At each link waits a number of partial matches, and an event changes these numbers by a linear map: they are added up
for the stages that take it, and set to nothing where waiting ends. What one start has to do with it is the product of
the maps since then. To take starts out in the order in which they came, the maps are kept as in a queue of two stacks:
those up to some moment are already multiplied out, for each start; those behind it as one product.
"""

from __future__ import annotations

from cep.engine.record import Record
from cep.engine.shared.node import Moves
from cep.plan.sharing import Sharing

FEW = 64
"""So many events are kept one by one before they are multiplied out."""

Open = tuple[int, Record, list[int]]
"""A start: its number, its event, and by link how many of its partial matches wait there."""


class Census:
    """The numbers of one key. `counts`: by link. `limit`: of open partial matches, which numbers far beyond need not
    tell apart."""

    __slots__ = ("counts", "fresh", "front", "limit", "log", "most", "out", "product", "targets")

    def __init__(self, sharing: Sharing, limit: int) -> None:
        links = len(sharing.links)
        self.limit = limit
        self.out = [stage.out for stage in sharing.stages if stage.out]
        self.targets = [link.target for link in sharing.links]
        self.most = (limit + 1) * (links + 2)
        self.counts = [0] * links
        self.front: list[Open] = []
        """Starts multiplied out up to where the log begins, the oldest last."""
        self.product: list[list[int]] | None = None
        """What the log makes of the numbers where it begins, by link, a row each; None: the log is empty."""
        self.log: list[tuple[Moves, int]] = []
        """Events since then, with the number of the start they are, 0 for none."""
        self.fresh: list[tuple[int, Record]] = []
        """The starts among them, oldest first."""

    def begin(self, starts: list[Open]) -> None:
        """Take over starts, oldest first."""
        self.front = starts[::-1]
        for _, _, numbers in starts:
            self.counts = [have + more for have, more in zip(self.counts, numbers, strict=True)]

    def total(self) -> int:
        """How many partial matches are open: what waits at several links of a stage is counted once.

        The links of a stage share the newest of what came there, so that the longest list holds the others."""
        counts = self.counts
        total = 0
        for out in self.out:
            total += counts[out[0]] if len(out) == 1 else max([counts[link] for link in out])
        return total

    def apply(self, moves: Moves, start: int, rec: Record) -> int:
        """An event has moved what waits; `start`: the number of the partial match it begins. Gives the number of
        matches it completes."""
        counts = self.counts
        complete = 0
        born = []
        for take in moves.takes:
            number = int(take.begins)
            for link, _ in take.into:
                number += counts[link]
            born.append(number)
            if take.accepts:
                complete += number
        for link in moves.closes:
            counts[link] = 0
        for take, number in zip(moves.takes, born, strict=True):
            for link in take.out:
                counts[link] += number
        if moves.kept or moves.closes:
            self.note(moves, start, rec)
        return complete

    def note(self, moves: Moves, start: int, rec: Record) -> None:
        """Remember a change of the numbers, to tell later what of them is due to a start."""
        if start:
            self.fresh.append((start, rec))
        self.log.append((moves, start))
        if self.front:
            self.product = multiplied(moves, self.product or identity(len(self.counts)), self.most)
        if len(self.log) > len(self.front) + FEW:
            self.multiply_out()

    def oldest(self) -> tuple[int, Record] | None:
        """The number and the event of the oldest start."""
        if self.front:
            return self.front[-1][:2]
        return self.fresh[0] if self.fresh else None

    def drop_oldest(self) -> None:
        """All partial matches of the oldest start are gone."""
        if not self.front:
            number, _ = self.fresh[0]
            self.multiply_out()
            if not self.front or self.front[-1][0] != number:
                # It had none open any more, and was forgotten by that.
                return
        _, _, numbers = self.front.pop()
        self.counts = [have - gone for have, gone in zip(self.counts, self.since(numbers), strict=True)]

    def since(self, numbers: list[int]) -> list[int]:
        """What the log has made of numbers."""
        if self.product is None:
            return numbers
        return [sum([a * b for a, b in zip(row, numbers, strict=True)]) for row in self.product]

    def multiply_out(self) -> None:
        """Begin the log anew. Starts without open partial matches are forgotten."""
        starts = self.starts()
        starts.reverse()
        self.front, self.log, self.fresh, self.product = starts, [], [], None

    def starts(self) -> list[Open]:
        """All starts that have partial matches open, oldest first, each with its numbers as of now."""
        found: list[Open] = []
        recs = dict(self.fresh)
        columns = identity(len(self.counts))
        for moves, start in reversed(self.log):
            if start:
                numbers = [0] * len(self.counts)
                for take in moves.kept:
                    if take.begins:
                        for link in take.out:
                            numbers = added(numbers, columns[link], self.most)
                found.append((start, recs[start], numbers))
            columns = self.multiplied_before(moves, columns)
        found += [(start, rec, self.since(numbers)) for start, rec, numbers in self.front]
        found.reverse()
        return [one for one in found if any(one[2])]

    def multiplied_before(self, moves: Moves, columns: list[list[int]]) -> list[list[int]]:
        """The product of what came later and of the moves before it, by columns."""
        nothing = [0] * len(columns)
        before = list(columns)
        for link in moves.closes:
            before[link] = nothing
        gained = {}
        for take in moves.kept:
            gain = nothing
            for link in take.out:
                gain = added(gain, columns[link], self.most)
            gained[take.stage] = gain
        for link, target in enumerate(self.targets):
            if target in gained:
                before[link] = added(before[link], gained[target], self.most)
        return before


def multiplied(moves: Moves, rows: list[list[int]], most: int) -> list[list[int]]:
    """The product of the moves and of what came before them, by rows."""
    nothing = [0] * len(rows)
    born = []
    for take in moves.kept:
        gain = nothing
        for link, _ in take.into:
            gain = added(gain, rows[link], most)
        born.append(gain)
    after = list(rows)
    for link in moves.closes:
        after[link] = nothing
    for take, gain in zip(moves.kept, born, strict=True):
        for link in take.out:
            after[link] = added(after[link], gain, most)
    return after


def added(left: list[int], right: list[int], most: int) -> list[int]:
    """The sums, none above `most`: no number of what is open comes near it."""
    return [total if (total := a + b) < most else most for a, b in zip(left, right, strict=True)]


def identity(size: int) -> list[list[int]]:
    """What changes nothing."""
    return [[int(row == column) for column in range(size)] for row in range(size)]
