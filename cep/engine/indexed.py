"""Waits with many runs, indexed by what their guards compare. Few runs stay in a plain list, which costs less.

An event looks up the runs for which a comparison of a guard holds (`seek`), visits those (`found`), and leaves in
their places those that wait on (`put_back`). The guards of a place may be answered by several indexes; a run that has
ended by way of one stays in the others until it is found there, or until the key is swept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cep.engine.order import Order
from cep.engine.run import Run
from cep.plan.indexing import Index

WIDE = 16
"""Of how many values that must differ the runs stand apart."""
OTHERS = object()

MANY = 20
"""A wait with more runs than this is indexed, if one of its guards allows."""


class Hashed:
    """Runs by a value that the event's must equal. Runs whose value is null can never be found, only iterated over."""

    __slots__ = ("buckets", "unknown", "value")

    def __init__(self, value: Callable[[Run], Any]) -> None:
        self.value = value
        self.buckets: dict[Any, list[Run]] = {}
        self.unknown: list[Run] = []

    def add(self, run: Run, number: int) -> None:
        """One more run waits."""
        value = self.value(run)
        if value is None:
            self.unknown.append(run)
        else:
            self.buckets.setdefault(value, []).append(run)

    def restore(self, value: Any, runs: list[Run], bit: int) -> None:
        """Put back those that wait on."""
        left = [run for run in runs if run.live & bit]
        if left:
            self.buckets[value] = left

    def __iter__(self) -> Iterator[Run]:
        for runs in self.buckets.values():
            yield from runs
        yield from self.unknown

    def __bool__(self) -> bool:
        return bool(self.buckets or self.unknown)


class Ordered:
    """Runs by a value that the event's is compared with by `<` and the like; those with null apart."""

    __slots__ = ("order", "unknown", "value")

    def __init__(self, value: Callable[[Run], Any]) -> None:
        self.value = value
        self.order = Order()
        self.unknown: list[Run] = []

    def add(self, run: Run, number: int) -> None:
        """One more run waits."""
        value = self.value(run)
        if value is None:
            self.unknown.append(run)
        else:
            self.order.add((value, number, run))

    def restore(self, _: Any, entries: list[Any], bit: int) -> None:
        """Leave those that wait on."""
        if gone := [entry for entry in entries if not entry[2].live & bit]:
            self.order.drop(gone)

    def __iter__(self) -> Iterator[Run]:
        yield from self.order
        yield from self.unknown

    def __bool__(self) -> bool:
        return bool(self.order.entries or self.unknown)


class Both:
    """Runs by what must be equal, and within that in the order of another value; `value` gives the two."""

    __slots__ = ("buckets", "unknown", "value")

    def __init__(self, value: Callable[[Run], tuple[Any, Any] | None]) -> None:
        self.value = value
        self.buckets: dict[Any, Order] = {}
        self.unknown: list[Run] = []

    def add(self, run: Run, number: int) -> None:
        """One more run waits."""
        both = self.value(run)
        if both is None:
            self.unknown.append(run)
        else:
            self.bucket(both[0]).add((both[1], number, run))

    def bucket(self, equal: Any) -> Order:
        """The runs of one value."""
        order = self.buckets.get(equal)
        if order is None:
            order = self.buckets[equal] = Order()
        return order

    def restore(self, equal: Any, entries: list[Any], bit: int) -> None:
        """Leave those that wait on."""
        gone = [entry for entry in entries if not entry[2].live & bit]
        order = self.buckets.get(equal)
        if gone and order is not None:
            order.drop(gone)
            if not order.entries:
                del self.buckets[equal]

    def __iter__(self) -> Iterator[Run]:
        for order in self.buckets.values():
            yield from order
        yield from self.unknown

    def __bool__(self) -> bool:
        return bool(self.buckets or self.unknown)


class Apart(Both):
    """Runs by what must differ, and within that in the order of another value. Beyond `WIDE` values the others stand
    together: to look through a bucket for each of many would cost more than to ask each run that is found."""

    __slots__ = ()

    def bucket(self, equal: Any) -> Order:
        """The runs of one value, or of many."""
        if equal not in self.buckets and len(self.buckets) >= WIDE:
            equal = OTHERS
        return super().bucket(equal)


Part = type[Hashed] | type[Ordered] | type[Both]
Maker = tuple[Part, Callable[[Run], Any]]
"""A kind of index, and the function that gives a run its place in it."""


def kind(index: Index) -> Part:
    """The kind of index that a plan asks for."""
    if index.order is None:
        return Hashed
    if index.apart:
        return Apart
    return Both if index.equal else Ordered


class IndexedWait:
    """The runs of one place, in each of its indexes. `bit`: of its wait in `Run.live` (-1: of any)."""

    __slots__ = ("all", "bit", "hits", "makers", "number", "parts", "taken")

    def __init__(self, bit: int, makers: list[Maker], runs: Iterable[Run]) -> None:
        self.bit = bit
        self.makers = makers
        self.number = 0
        self.all = False
        self.hits: list[list[Run]] = []
        self.taken: list[tuple[Any, Any, list[Any]]] = []
        self.fill(runs)

    def fill(self, runs: Iterable[Run]) -> None:
        """Begin anew with these runs."""
        self.parts: list[Any] = [part(value) for part, value in self.makers]
        for run in runs:
            self.append(run)

    def append(self, run: Run) -> None:
        """One more run waits."""
        self.number += 1
        for part in self.parts:
            part.add(run, self.number)

    # ------------------------------------------------------------ looking up

    def seek(self, number: int, value: Any) -> None:
        """Runs that equal `value`."""
        part = self.parts[number]
        runs = part.buckets.pop(value, None)
        if runs:
            self.hits.append(runs)
            self.taken.append((part, value, runs))

    def seek_others(self, number: int, value: Any) -> None:
        """Runs that do not equal `value`."""
        part = self.parts[number]
        if value is not None:
            for other in [other for other in part.buckets if other != value]:
                self.seek(number, other)

    def seek_order(self, number: int, op: str, value: Any) -> None:
        """Runs for which `value OP theirs` holds."""
        part = self.parts[number]
        if value is not None:
            self.looked(part, None, part.order.found(op, value))

    def seek_both(self, number: int, equal: Any, op: str, value: Any) -> None:
        """Runs that equal `equal` and for which `value OP theirs` holds."""
        part = self.parts[number]
        order = part.buckets.get(equal)
        if order is not None and value is not None:
            self.looked(part, equal, order.found(op, value))

    def seek_apart(self, number: int, other: Any, op: str, value: Any) -> None:
        """Runs for which `value OP theirs` holds, but for those that equal `other`, as far as they stand apart."""
        part = self.parts[number]
        if other is not None and value is not None:
            for equal, order in part.buckets.items():
                if equal != other:
                    self.looked(part, equal, order.found(op, value))

    def looked(self, part: Any, key: Any, entries: list[Any]) -> None:
        """Note what was found in an order."""
        if entries:
            self.hits.append([entry[2] for entry in entries])
            self.taken.append((part, key, entries))

    def seek_all(self) -> None:
        """Every run: a guard that no index answers, or one that the event alone decides."""
        self.all = True

    def found(self) -> list[Run]:
        """The runs that were sought, each once."""
        if self.all:
            self.restore(-1)
            return list(self)
        if len(self.hits) == 1:
            return self.hits[0]
        return list({id(run): run for runs in self.hits for run in runs}.values())

    def put_back(self) -> None:
        """After the visits: those that wait on are back in their places."""
        self.restore(self.bit)
        if self.all:
            self.all = False
            runs = list(self)
            left = [run for run in runs if run.live & self.bit]
            if len(left) <= len(runs) // 2:
                self.fill(left)

    def restore(self, bit: int) -> None:
        """See to it that of what was sought only what waits on is in its place."""
        for part, key, entries in self.taken:
            part.restore(key, entries, bit)
        self.taken = []
        self.hits = []

    def __iter__(self) -> Iterator[Run]:
        return iter(self.parts[0])

    def __bool__(self) -> bool:
        return bool(self.parts[0])


Waiting = tuple[Run, ...] | list[Run] | IndexedWait
