"""Objects as bytes and back: all that models hold, one object where there was one, and no class of elsewhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cep.language.diagnostics import Span
from cep.language.kept.packing import pack, unpack
from cep.language.model import EventField, EventOrder
from cep.language.types import INT, Kind, Type

VALUES = [
    None,
    True,
    1,
    -(2**63),
    2**63,
    -(10**30),
    0.1,
    float("inf"),
    "text",
    b"bytes",
    (),
    (1, ("a", None)),
    [1, [2]],
    {"a": [1], "b": {}},
    frozenset(("a", "b")),
    Decimal("1.50"),
    Decimal("1E+3"),
    Decimal("-0"),
    Kind.DECIMAL,
    Span("a.pattern", 1, 2, 3, 4),
    Type(Kind.LIST, element=INT),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    found = unpack(pack((value, value)))
    assert found == (value, value)
    assert repr(found[0]) == repr(value)
    assert type(found[0]) is type(value)


def test_what_is_shared_stays_shared() -> None:
    inner, other = Type(Kind.INT), Type(Kind.INT)
    outer = Type(Kind.LIST, element=inner)
    first, second, third, fourth = unpack(pack((outer, inner, outer, other)))
    assert first is third
    assert first.element is second
    assert fourth is not second


def test_classes_of_elsewhere_are_neither_written_nor_made() -> None:
    with pytest.raises(TypeError):
        pack(Path())
    for name in ("os:system", "pathlib:Path", "cep.language.load:check_paths", "cep.language.model:dataclass"):
        with pytest.raises(ValueError):
            unpack(msgspec.msgpack.encode([[name], [], [10, "true"]]))


def test_bytes_of_another_form_are_refused() -> None:
    whole = pack((EventField("a", INT, "a"), EventOrder(("a",), INT, True)))
    for data in (b"", b"\xc1", whole[:-1], whole + b"\0", msgspec.msgpack.encode([[], [], [99]]), pack(1)[1:]):
        with pytest.raises(ValueError):
            unpack(data)


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError):
        pack("\ud800")
