"""The functions of the language as a table: what they take and what they give."""

from __future__ import annotations

from dataclasses import dataclass

from cep.language.types import BOOL, DECIMAL, FLOAT, INT, STRING, Kind, Type

Kinds = tuple[Kind, ...]

NUMBERS: Kinds = (Kind.INT, Kind.DECIMAL, Kind.FLOAT)
MEASURES: Kinds = (*NUMBERS, Kind.DURATION)
TEXT: Kinds = (Kind.STRING,)
ORDERED: Kinds = (*MEASURES, Kind.TIMESTAMP, Kind.STRING)
SIMPLE: Kinds = (*ORDERED, Kind.BOOL, Kind.ENUM)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes: accepted kinds for each argument, in order of preference for conversions.

    `required`: how many arguments must be given. `rest`: kinds of any further arguments. `result` None: the type of
    the first argument. `shown`: the call as a message shows it.
    """

    shown: str
    arguments: tuple[Kinds, ...]
    result: Type | None
    required: int
    rest: Kinds | None = None

    @property
    def most(self) -> int | None:
        """How many arguments may be given; None for any number."""
        return None if self.rest else len(self.arguments)


def _plain(shown: str, arguments: tuple[Kinds, ...], result: Type | None, optional: int = 0) -> Signature:
    return Signature(shown, arguments, result, len(arguments) - optional)


SIGNATURES: dict[str, Signature] = {
    "abs": _plain("abs(x)", (MEASURES,), None),
    "round": _plain("round(x, digits)", (NUMBERS, (Kind.INT,)), None, optional=1),
    "floor": _plain("floor(x)", (NUMBERS,), None),
    "ceil": _plain("ceil(x)", (NUMBERS,), None),
    "sqrt": _plain("sqrt(x)", ((Kind.FLOAT, Kind.DECIMAL),), None),
    "lower": _plain("lower(text)", (TEXT,), STRING),
    "upper": _plain("upper(text)", (TEXT,), STRING),
    "trim": _plain("trim(text)", (TEXT,), STRING),
    "length": _plain("length(text)", ((Kind.STRING, Kind.LIST, Kind.MAP),), INT),
    "starts_with": _plain('starts_with(text, "start")', (TEXT, TEXT), BOOL),
    "ends_with": _plain('ends_with(text, "end")', (TEXT, TEXT), BOOL),
    "substring": _plain("substring(text, start, length)", (TEXT, (Kind.INT,), (Kind.INT,)), STRING, optional=1),
    "concat": Signature("concat(text, text, …)", (TEXT,), STRING, 1, rest=TEXT),
    "seconds": _plain("seconds(duration)", ((Kind.DURATION,),), FLOAT),
    "minutes": _plain("minutes(duration)", ((Kind.DURATION,),), FLOAT),
    "hours": _plain("hours(duration)", ((Kind.DURATION,),), FLOAT),
    "days": _plain("days(duration)", ((Kind.DURATION,),), FLOAT),
    "geo_km": _plain("geo_km(lat1, lon1, lat2, lon2)", ((Kind.FLOAT,),) * 4, FLOAT),
    "string": _plain("string(x)", (SIMPLE,), STRING),
    "int": _plain("int(x)", ((*NUMBERS, Kind.STRING),), INT),
    "float": _plain("float(x)", ((*NUMBERS, Kind.STRING),), FLOAT),
    "decimal": _plain("decimal(x)", ((*NUMBERS, Kind.STRING),), DECIMAL),
}
"""Functions whose arguments are typed one by one; the others are checked by functions of their own."""

CALENDAR = {"hour": INT, "minute": INT, "weekday": INT, "date": STRING}
"""Functions of a timestamp in a time zone, with their results."""

UNIFYING = ("mod", "pow", "coalesce", "contains", "ip_in")
AGGREGATES = (
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "first",
    "last",
    "count_distinct",
    "collect",
    "collect_distinct",
    "any",
    "all",
)
BUILT_IN = frozenset({*SIGNATURES, *CALENDAR, *UNIFYING, *AGGREGATES, "prev"})
"""Every name a declaration may not take for a function."""
