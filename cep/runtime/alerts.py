"""The alerts of an output, in order. Those of one completion are made as they are read, not before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

from cep.engine.detection import Detection
from cep.engine.shared.completion import Completion
from cep.runtime.alert import Alert
from cep.runtime.alert_form import AlertForm, AlertForms


class CompletedAlerts:
    """The alerts of the matches that one event completed."""

    __slots__ = ("completion", "form")

    def __init__(self, completion: Completion, form: AlertForm) -> None:
        self.completion = completion
        self.form = form

    def __iter__(self) -> Iterator[Alert]:
        for found in self.completion:
            yield Alert(self.form, found)


class Alerts(Sequence[Alert]):
    """A sequence that is best read once, from its beginning: an alert may be made anew each time it is reached.

    `number`: how many they are. `len` says the same where it can.
    """

    __slots__ = ("number", "parts")

    def __init__(self) -> None:
        self.parts: list[Alert | CompletedAlerts] = []
        self.number = 0

    def tell(self, detections: Iterable[Detection | Completion], forms: AlertForms) -> None:
        """Add the alerts of a matcher's detections."""
        for found in detections:
            if isinstance(found, Completion):
                self.parts.append(CompletedAlerts(found, forms.of(found.rule)))
                self.number += found.count
            else:
                self.parts.append(Alert(forms.of(found.rule), found))
                self.number += 1

    def __iadd__(self, other: Alerts) -> Alerts:
        """Put others behind these."""
        self.parts += other.parts
        self.number += other.number
        return self

    def __iter__(self) -> Iterator[Alert]:
        for part in self.parts:
            if isinstance(part, Alert):
                yield part
            else:
                yield from part

    def __len__(self) -> int:
        return min(self.number, sys.maxsize)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @overload
    def __getitem__(self, place: int) -> Alert: ...
    @overload
    def __getitem__(self, place: slice) -> list[Alert]: ...
    def __getitem__(self, place: int | slice) -> Alert | list[Alert]:
        if isinstance(place, slice):
            return list(self)[place]
        found = next(islice(self, place if place >= 0 else self.number + place, None), None)
        if found is None:
            raise IndexError(place)
        return found

    def __repr__(self) -> str:
        return f"Alerts({self.number})"


def of_keys(
    detections: Iterable[Detection | Completion], owns: Callable[[tuple[object, ...]], bool]
) -> Iterator[Detection | Completion]:
    """Those of the keys for which `owns` is true. All that a completion tells of has one key."""
    for found in detections:
        first = next(iter(found)) if isinstance(found, Completion) else found
        if owns(first.key):
            yield found
