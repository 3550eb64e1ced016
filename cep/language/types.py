"""The value types of the language.

A `Type` is a kind, its parameters and a nullable flag. Run-time values: string `str`, int `int` (64 bit),
float `float`, decimal `decimal.Decimal`, bool `bool`, timestamp `int` microseconds since the epoch, duration
`int` microseconds, enum `str`, list `list`, map and record `dict` (or the decoder's struct), null `None`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Kind(Enum):
    """What sort of value a type describes."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    ENUM = "enum"
    LIST = "list"
    MAP = "map"
    RECORD = "record"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class TimestampFormat:
    """How a timestamp is written in the data.

    `unit` is `ms` (epoch milliseconds, or RFC 3339 text; the default), `s`, `us`, `ns`, or a strptime pattern;
    `zone` is the IANA zone of a pattern that carries none.
    """

    unit: str = "ms"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a nested record; `source` is its name in the data, which a dotted path may be."""

    name: str
    type: Type
    source: str


@dataclass(frozen=True, slots=True)
class Type:
    """A value type.

    `members` are an enum's values in the order written, `element` the element of a list or the value of a map,
    `fields` a record's fields, `format` a timestamp's form in the data.
    """

    kind: Kind
    nullable: bool = False
    members: tuple[str, ...] = ()
    element: Type | None = None
    fields: tuple[RecordField, ...] = ()
    format: TimestampFormat | None = None

    def __str__(self) -> str:
        """The type as a rule author writes it."""
        mark = "?" if self.nullable else ""
        match self.kind:
            case Kind.ENUM:
                return "enum(" + ", ".join(f'"{m}"' for m in self.members) + ")" + mark
            case Kind.LIST:
                return f"list<{self.element}>{mark}"
            case Kind.MAP:
                return f"map<string,{self.element}>{mark}"
            case Kind.RECORD:
                return "{ " + "  ".join(f"{f.name}: {f.type}" for f in self.fields) + " }" + mark
            case _:
                return f"{self.kind.value}{mark}"

    def as_nullable(self, nullable: bool = True) -> Type:
        """The same type with the nullable flag set to `nullable`."""
        return self if self.nullable == nullable else replace(self, nullable=nullable)


STRING = Type(Kind.STRING)
INT = Type(Kind.INT)
FLOAT = Type(Kind.FLOAT)
DECIMAL = Type(Kind.DECIMAL)
BOOL = Type(Kind.BOOL)
TIMESTAMP = Type(Kind.TIMESTAMP)
DURATION = Type(Kind.DURATION)
NULL = Type(Kind.NULL, nullable=True)
