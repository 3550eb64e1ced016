"""The order of test lines that happen at the same moment: as `order by` would have it, else as written."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from cep.language.model import EventType
from cep.plan.attributes import attribute
from cep.runtime.order import Order, order_reader


def tie_order(event: EventType, values: Mapping[str, object]) -> Order:
    """The `order by` values of an event in comparable form; `()` for a type without them."""
    read = order_reader(event)
    return () if read is None else read(_object(values))


def _object(values: Mapping[str, Any]) -> SimpleNamespace:
    """Values as attributes, as in a decoded event."""
    return SimpleNamespace(
        **{attribute(name): _object(value) if isinstance(value, dict) else value for name, value in values.items()}
    )
