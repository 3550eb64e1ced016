"""Objects that generated code refers to by global name."""

from __future__ import annotations

import re
from decimal import Decimal

from cep.plan.names import readable


class Constants:
    """Collects constants and names them readably; equal objects of one type share a name.

    `namespace` maps each name to its object and is meant to be merged into the globals of the generated module.
    Names depend only on the order of the calls, never on hashes.
    """

    def __init__(self) -> None:
        self.namespace: dict[str, object] = {}
        self._names: dict[tuple[object, ...], str] = {}

    def add(self, value: object, hint: str) -> str:
        """The name of `value`; `hint` starts it. A hint that is taken by another value gets a number."""
        identity = _identity(value)
        known = self._names.get(identity)
        if known is not None:
            return known
        name = self._free(hint)
        self._names[identity] = name
        self.namespace[name] = value
        return name

    def decimal(self, value: Decimal) -> str:
        """The name of a decimal, such as `D_2_00`."""
        return self.add(value, "D_" + readable(str(value)))

    def _free(self, hint: str) -> str:
        name = re.sub(r"\W", "_", hint, flags=re.ASCII)
        if name not in self.namespace:
            return name
        number = 2
        while f"{name}_{number}" in self.namespace:
            number += 1
        return f"{name}_{number}"


def _identity(value: object) -> tuple[object, ...]:
    """What makes two constants the same: kind and text of a number (2.0 is not 2.00), else the object or its value."""
    if isinstance(value, Decimal):
        return (Decimal, str(value))
    if isinstance(value, frozenset | tuple):
        return (
            type(value),
            tuple(sorted(map(repr, value))) if isinstance(value, frozenset) else tuple(map(repr, value)),
        )
    if isinstance(value, str | int | float):
        return (type(value), repr(value))
    return (type(value), id(value))
