"""Checked rules as bytes: MessagePack, in which an object is an array of its class and its fields.

Only classes of the rooms named in `MODULES` are made when bytes are read, and only by calling them with their fields:
unlike with a pickle, reading runs nothing that the bytes bring along. Objects that two places share stay one object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from importlib import import_module
from typing import Any

import msgspec

from cep.language.diagnostics import Span

MODULES = frozenset(
    f"cep.language.{name}"
    for name in ("model", "resolved", "types", "diagnostics", "ast.items", "check.unused", "kept.outcome")
)
"""Where the classes come from whose objects are kept."""

_TUPLE, _LIST, _DICT, _SET, _DECIMAL, _BIG, _ENUM, _SPAN, _SHARED, _AGAIN, _FIRST_CLASS = range(11)
_BIGGEST = 2**63
_PLAIN = frozenset((str, bool, float, bytes, type(None)))
_COLLECTIONS: dict[type, int] = {tuple: _TUPLE, list: _LIST, frozenset: _SET}


def pack(value: object) -> bytes:
    """An object of the model with all it holds. Raises `ValueError` for text that is no Unicode, and `TypeError` for an
    object of any other class."""
    writer = _Writer()
    root = writer.form(value)
    return msgspec.msgpack.encode([writer.classes, writer.files, root])


def unpack(data: bytes) -> Any:
    """What was packed. Raises `ValueError` for bytes that do not come from `pack`."""
    try:
        classes, files, root = msgspec.msgpack.decode(data)
        return _Reader([_class(name) for name in classes], files).value(root)
    except (msgspec.DecodeError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise ValueError(str(error)) from None


class _Writer:
    """`classes` and `files` are the names that the forms written so far refer to by number."""

    def __init__(self) -> None:
        self.classes: list[str] = []
        self.files: list[str] = []
        self._numbers: dict[type, tuple[int, tuple[str, ...]]] = {}
        self._places: dict[str, int] = {}
        self._forms: dict[int, list[Any]] = {}
        """Of each object met, by identity. All stay alive meanwhile, since they hang on what is packed."""
        self._shared = 0

    def form(self, value: Any) -> Any:
        """A value as MessagePack can write it."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is int:
            return value if -_BIGGEST <= value < _BIGGEST else [_BIG, str(value)]
        if kind in _COLLECTIONS:
            return [_COLLECTIONS[kind], *map(self.form, value)]
        if kind is dict:
            return [_DICT, *(self.form(part) for pair in value.items() for part in pair)]
        if kind is Decimal:
            return [_DECIMAL, str(value)]
        if isinstance(value, Enum):
            return [_ENUM, self._class(kind)[0], value.value]
        return self._object(value)

    def _object(self, value: Any) -> list[Any]:
        form = self._forms.get(id(value))
        if form is None:
            form = self._forms[id(value)] = self._fields(value)
            return form
        if form[0] != _SHARED:
            # met a second time: where the object stands first, it gets a number
            form[:] = [_SHARED, self._shared, list(form)]
            self._shared += 1
        return [_AGAIN, form[1]]

    def _fields(self, value: Any) -> list[Any]:
        if type(value) is Span:
            file = self._places.setdefault(value.file, len(self.files))
            if file == len(self.files):
                self.files.append(value.file)
            return [_SPAN, file, value.line, value.column, value.end_line, value.end_column]
        number, names = self._class(type(value))
        form = self.form
        return [number, *[form(getattr(value, name)) for name in names]]

    def _class(self, kind: type) -> tuple[int, tuple[str, ...]]:
        """The number of a class, and its fields."""
        known = self._numbers.get(kind)
        if known is None:
            if kind.__module__ not in MODULES:
                raise TypeError(f"{kind.__name__} is not kept")
            names = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
            self._numbers[kind] = known = (_FIRST_CLASS + len(self.classes), names)
            self.classes.append(f"{kind.__module__}:{kind.__qualname__}")
        return known


class _Reader:
    """`shared`: the objects met so far that come again."""

    def __init__(self, classes: list[Callable[..., Any]], files: list[str]) -> None:
        self.classes = classes
        self.files = files
        self.shared: dict[int, Any] = {}

    def value(self, form: Any) -> Any:
        """What a form stands for."""
        if type(form) is not list:
            return form
        tag = form[0]
        if tag == _SPAN:
            return Span(self.files[form[1]], *form[2:])
        if tag >= _FIRST_CLASS:
            read = self.value
            parts = [read(part) if type(part) is list else part for part in form[1:]]
            return self.classes[tag - _FIRST_CLASS](*parts)
        if tag == _AGAIN:
            return self.shared[form[1]]
        if tag == _SHARED:
            found = self.shared[form[1]] = self.value(form[2])
            return found
        return self._plain(tag, form)

    def _plain(self, tag: int, form: list[Any]) -> Any:
        if tag == _DECIMAL:
            return Decimal(form[1])
        if tag == _ENUM:
            return self.classes[form[1] - _FIRST_CLASS](form[2])
        if tag == _BIG:
            return int(form[1])
        parts = [self.value(part) for part in form[1:]]
        if tag == _DICT:
            return dict(zip(parts[::2], parts[1::2], strict=True))
        return parts if tag == _LIST else tuple(parts) if tag == _TUPLE else frozenset(parts)


@lru_cache(maxsize=256)
def _class(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    if module not in MODULES:
        raise LookupError(name)
    found: Any = getattr(import_module(module), attribute)
    if not (isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))):
        raise LookupError(name)
    return found
