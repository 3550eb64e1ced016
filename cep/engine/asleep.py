"""Keys that are taken over as they were written, and read when something first touches them.

Such a key stands in its rule's table like any other, and in the queue of deadlines with its earliest. It lacks what
its runs are: whoever asks for that wakes it, and finds an ordinary key. So a restart goes on at once, however much is
open, and a key that nothing happens to is written again as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

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
    """The keys of one rule that are asleep, with the names of their parts and their bytes."""

    __slots__ = ("guard", "parts", "read")

    def __init__(self, read: Callable[[bytes], object], guard: Guard) -> None:
        self.read = read
        self.guard = guard
        self.parts: dict[Keyed, tuple[bytes, bytes]] = {}

    def lay(self, machine: Machine, key: tuple[object, ...], name: bytes, part: bytes, opened: int) -> Keyed:
        """A key, not to be read yet; `opened`: its open runs."""
        kind = SLEEPING[machine.kind]
        keyed: Keyed = kind.__new__(kind)
        keyed.machine = machine
        keyed.name = key[0] if machine.single else key
        keyed.open = opened
        keyed.noted = 0
        self.parts[keyed] = (name, part)
        machine.keys[keyed.name] = keyed
        return keyed


def wake(keyed: Keyed) -> None:
    """Make an ordinary key of one that is asleep."""
    machine: Machine = keyed.machine
    dormitory: Dormitory = machine.dormitory
    _, part = dormitory.parts.pop(keyed)
    keyed.__class__ = machine.kind
    noted = keyed.noted
    machine.blank(keyed)
    keyed.noted = noted
    with dormitory.guard():
        dormitory.read(part)
    if machine.touched is not None:
        # What is read and written again need not have the same bytes.
        machine.touched(keyed)
