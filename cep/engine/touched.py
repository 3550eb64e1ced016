"""Which keys and throttle windows of a matcher have been touched since they were last written: what a changelog gets.

Only a matcher that is asked to keeps track: its step functions are then called through a function that notes the key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

from cep.engine.blob import part_name, throttle_name
from cep.engine.machine import Machine
from cep.engine.run import Keyed
from cep.engine.shared.keyed import SharedKeyed
from cep.engine.shared.snapshot import write_shared_key
from cep.engine.snapshot import write_key, write_throttle_window
from cep.engine.suppress import Throttle

WRITTEN = 1
"""In `Keyed.noted`: there is a part of the key among those written so far."""
TOUCHED = 2
"""In `Keyed.noted`: the key is among those touched since."""

Step = Callable[..., None]


class Touched:
    """What has been touched of `machines`. `events`: the event types of the plan."""

    def __init__(self, machines: Iterable[Machine], events: tuple[str, ...]) -> None:
        self.machines = tuple(machines)
        self.events = events
        self.keys: list[Keyed] = []
        for machine in self.machines:
            if machine.throttle is not None:
                machine.throttle.touched = set()

    def touch(self, keyed: Keyed) -> None:
        """Something happens to a key."""
        if keyed.noted < TOUCHED:
            keyed.noted += TOUCHED
            self.keys.append(keyed)

    def noting(self, step: Step) -> Step:
        """A step function that notes the key it is called for."""
        append = self.keys.append

        def noted(keyed: Keyed, rec: Any, *gates: Any) -> None:
            if keyed.noted < TOUCHED:
                keyed.noted += TOUCHED
                append(keyed)
            step(keyed, rec, *gates)

        return noted

    def take_over(self, is_written: Callable[[bytes, bytes | None], bool], parts: Mapping[bytes, bytes]) -> None:
        """The state has just been restored from `parts`; `is_written`: whether a part stands so among those written."""
        for name, keyed in self.key_names():
            keyed.noted = WRITTEN
            # What had to be read need not be written as it was.
            if not is_written(name, parts.get(name) if keyed.asleep else self.part(keyed)):
                self.touch(keyed)
        for name, throttle, subject in self.window_names():
            if not is_written(name, parts.get(name)):
                throttle.touch(subject)

    def key_names(self) -> Iterator[tuple[bytes, Keyed]]:
        """All keys with the names of their parts."""
        for machine in self.machines:
            for keyed in machine.keys.values():
                yield part_name(machine.rule.name, keyed.key), keyed

    def window_names(self) -> Iterator[tuple[bytes, Throttle, Hashable]]:
        """All throttle windows: the names of their parts, and where they are."""
        for machine in self.machines:
            throttle = machine.throttle
            if throttle is not None:
                for subject in throttle.windows:
                    yield throttle_name(machine.rule.name, subject), throttle, subject

    def names(self) -> list[bytes]:
        """The names of all parts there may be."""
        return [*(name for name, _ in self.key_names()), *(name for name, _, _ in self.window_names())]

    def changes(self) -> dict[bytes, bytes | None]:
        """The parts touched since the last call, None for those that are gone."""
        found: dict[bytes, bytes | None] = {}
        for keyed in self.keys:
            written = keyed.noted == WRITTEN + TOUCHED
            part = self.part(keyed)
            keyed.noted = 0 if part is None else WRITTEN
            if part is not None:
                found[part_name(keyed.machine.rule.name, keyed.key)] = part
            elif written:
                # The key may have come back since, in another object.
                found.setdefault(part_name(keyed.machine.rule.name, keyed.key), None)
        self.keys.clear()
        for machine in self.machines:
            throttle = machine.throttle
            if throttle is not None and throttle.touched:
                for subject in throttle.touched:
                    window = throttle.windows.get(subject)
                    name = throttle_name(machine.rule.name, subject)
                    found[name] = None if window is None else write_throttle_window(window)
                throttle.touched.clear()
        return found

    def part(self, keyed: Keyed) -> bytes | None:
        """A key as it is written now; None if nothing is held under it any more."""
        machine: Machine = keyed.machine
        if machine.keys.get(keyed.name) is not keyed:
            return None
        if keyed.asleep:
            return keyed.written
        if isinstance(keyed, SharedKeyed):
            return write_shared_key(keyed, self.events)
        return write_key(machine, keyed, self.events)

    def forgotten(self) -> dict[bytes, bytes | None]:
        """The names of all that may be written, once the matcher is let go."""
        return dict.fromkeys((*self.changes(), *self.names()))
