"""Keys that are kept as they are written, and read when something touches them: those of a snapshot that is taken over,
and those that have rested for long (`engine/resting.py`).

Such a key stands in its rule's table like any other, and in the queue of deadlines with its earliest. It lacks what
its runs are: whoever asks for that wakes it, and finds an ordinary key. So a restart goes on at once, however much is
open, and a key that nothing happens to is written again as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cep.engine.blob import NEVER, part_name
from cep.engine.machine import Machine
from cep.engine.run import Keyed, WideKeyed
from cep.engine.shared.keyed import SharedKeyed

Guard = Callable[[], AbstractContextManager[None]]
"""Around what is read late: gives what goes wrong there the form that the caller knows."""


class Asleep(Keyed):
    """A key kept run by run. An attribute that is not set yet is one that waking sets."""

    __slots__ = ()
    asleep = True

    def __getattr__(self, name: str) -> Any:
        wake(self)
        return getattr(self, name)


class WideAsleep(WideKeyed):
    """The same of a rule that keeps more."""

    __slots__ = ()
    asleep = True

    def __getattr__(self, name: str) -> Any:
        wake(self)
        return getattr(self, name)


class SharedAsleep(SharedKeyed):
    """A key of a shared rule."""

    __slots__ = ()
    asleep = True

    def __getattr__(self, name: str) -> Any:
        wake(self)
        return getattr(self, name)


SLEEPING: dict[type[Keyed], type[Keyed]] = {Keyed: Asleep, WideKeyed: WideAsleep, SharedKeyed: SharedAsleep}
"""What a key of each kind is while it is asleep."""


class Dormitory:
    """The keys of one rule that are asleep. `names`: of their parts, if known. `number`: how many there are,
    `woken`: how many have been woken."""

    __slots__ = ("guard", "names", "number", "read", "woken")

    def __init__(self, read: Callable[[bytes], object], guard: Guard = nullcontext) -> None:
        self.read = read
        self.guard = guard
        self.names: dict[Keyed, bytes] = {}
        self.number = 0
        self.woken = 0

    def lay(self, machine: Machine, key: tuple[object, ...], name: bytes, part: bytes, opened: int) -> Keyed:
        """A key, not to be read yet; `opened`: its open runs."""
        kind = SLEEPING[machine.kind]
        keyed: Keyed = kind.__new__(kind)
        keyed.machine = machine
        keyed.name = key[0] if machine.single else key
        keyed.open = opened
        keyed.noted = 0
        keyed.written = part
        self.number += 1
        self.names[keyed] = name
        machine.keys[keyed.name] = keyed
        return keyed

    def put(self, keyed: Keyed, part: bytes, deadline: int) -> None:
        """A key that is awake falls asleep; it is written as `part`. Its runs are over for whoever still knows them."""
        machine: Machine = keyed.machine
        for run in keyed.live_runs():
            run.live = 0
        keyed.part()
        del keyed.waits, keyed.order, keyed.stale
        keyed.__class__ = SLEEPING[machine.kind]
        keyed.written = part
        self.number += 1
        if deadline != NEVER:
            machine.timers.push_waking(deadline, keyed)

    def name_of(self, keyed: Keyed) -> bytes:
        """The name of a sleeping key's part."""
        return self.names.get(keyed) or part_name(keyed.machine.rule.name, keyed.key)

    def take(self, keyed: Keyed) -> bytes:
        """A key is woken: it is an ordinary one, with nothing in it yet. Gives its bytes."""
        noted, written = keyed.noted, keyed.written
        del keyed.written
        keyed.__class__ = keyed.machine.kind
        keyed.machine.blank(keyed)
        keyed.noted = noted
        self.names.pop(keyed, None)
        self.number -= 1
        self.woken += 1
        return written

    def drop(self, keyed: Keyed) -> None:
        """A key is gone without having been read."""
        self.take(keyed)
        self.woken -= 1
        keyed.part()


def wake(keyed: Keyed) -> None:
    """Make an ordinary key of one that is asleep."""
    machine: Machine = keyed.machine
    dormitory: Dormitory = machine.dormitory
    part = dormitory.take(keyed)
    with dormitory.guard():
        dormitory.read(part)
    if machine.touched is not None:
        # What is read and written again need not have the same bytes.
        machine.touched(keyed)
