"""Failure points: every call of the port is one, has a number, and can be made to fail or to be the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from cep.connectors.kafka.port import Trouble


class Died(BaseException):
    """The process has stopped: nothing that runs in it goes on. Not an `Exception`, which a program might handle."""


class Moment(Enum):
    """When in a call it happens: before it takes effect, or after, so that the caller does not learn that it did."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """One call of the port: its number, from 0 in all processes together, who called, what: `producer.commit`."""

    number: int
    process: str
    call: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls a call. `trouble` None: its process dies there."""

    moment: Moment
    trouble: Trouble | None = None

    def __post_init__(self) -> None:
        if self.moment is Moment.AFTER and self.trouble not in (None, Trouble.RETRIABLE, Trouble.FATAL, Trouble.FENCED):
            raise ValueError(f"a call that has taken effect does not fail with {self.trouble}")

    def __str__(self) -> str:
        what = "death" if self.trouble is None else self.trouble.value
        return f"{what} {self.moment.value}"


DEATHS = (Fault(Moment.BEFORE), Fault(Moment.AFTER))
"""A death before the call takes effect, and one after."""
TIME_OUTS = (Fault(Moment.BEFORE, Trouble.RETRIABLE), Fault(Moment.AFTER, Trouble.RETRIABLE))
"""The two sides of a time-out: the broker never heard of the call, or did what was asked and its answer was lost."""


@dataclass(slots=True)
class _Ordered:
    """A fault for calls to come: `times` of those of this name, in this process or in any."""

    fault: Fault
    call: str
    process: str | None
    times: int


class Faults:
    """Counts the points, and holds what is to happen where. `points`: all calls so far, in order."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._at: dict[int, Fault] = {}
        self._ordered: list[_Ordered] = []

    def at(self, number: int, fault: Fault) -> None:
        """Let this befall the call of that number."""
        self._at[number] = fault

    def next(self, call: str, fault: Fault, *, process: str | None = None, times: int = 1) -> None:
        """Let this befall the next calls of a name (`producer.commit`), of one process or of any."""
        self._ordered.append(_Ordered(fault, call, process, times))

    def clear(self) -> None:
        """Let nothing more befall anybody."""
        self._at.clear()
        self._ordered = []

    def enter(self, process: str, call: str) -> Fault | None:
        """A call begins: count it, and say what is to befall it."""
        number = len(self.points)
        self.points.append(Point(number, process, call))
        if number in self._at:
            return self._at.pop(number)
        for each in self._ordered:
            if each.call == call and each.process in (None, process):
                each.times -= 1
                self._ordered = [one for one in self._ordered if one.times > 0]
                return each.fault
        return None


def every_fault(points: Iterable[Point], faults: Iterable[Fault]) -> Iterator[tuple[Point, Fault]]:
    """Each point of an undisturbed run with each fault: what to disturb one run after the other with.

    A run has to be the same up to the point: same seed, same calls."""
    kinds = tuple(faults)
    for point in points:
        for fault in kinds:
            yield point, fault
