"""Random conditions over few values, so that they are often true and often false."""

from __future__ import annotations

from collections.abc import Sequence

from tests.generated.chance import Chance
from tests.generated.references import Known, reference


def parts(chance: Chance, known: Sequence[Known], own_loop: bool, event: str = "") -> tuple[str, ...]:
    """The `and`-parts of a `where`; none in one of four. `event`: the type under test."""
    count = chance.weighted(((1, 3), (0, 1), (2, 1)))
    return tuple(_part(chance, known, own_loop, event) for _ in range(count))


def _part(chance: Chance, known: Sequence[Known], own_loop: bool, event: str) -> str:
    form = chance.weighted((("{}", 82), ("{} or {}", 12), ("not ({})", 6)))
    return form.format(*(_atom(chance, known, own_loop, event) for _ in range(form.count("{}"))))


def _atom(chance: Chance, known: Sequence[Known], own_loop: bool, event: str) -> str:
    if own_loop and chance.yes(0.3):
        return own(chance)
    if known and chance.yes(0.4):
        return reference(chance, chance.pick(known), event)
    return plain(chance)


def plain(chance: Chance) -> str:
    """A condition on the event under test alone."""
    return _simple(chance) if chance.yes(0.6) else _calling(chance)


def _simple(chance: Chance) -> str:
    number = chance.number(0, 3)
    letter = chance.pick("abc")
    return chance.pick(
        (
            f"v >= {max(1, number)}",
            f"v <= {number}",
            f"v != {number}",
            f's == "{letter}"',
            f's != "{letter}"',
            's in ("a", "b")',
            "s not in listed",
            "s in listed",
            f"x > {number}.5",
            f"x <= {number + 1}.00",
            "x is not null",
            "x is null",
            "x ?? 2.0 < 3.0",
            "v between 1 and 3",
            f"v not between 0 and {number}",
            "v >= limit",
            's like "%a%"',
            "v + g > 1",
            "(v * 2 if v > 1 else 3) >= 3",
            "y < 2.5",
            "self.v >= 1",
        )
    )


def _calling(chance: Chance) -> str:
    """With functions, casts, patterns, lists, declared names, and divisions that may be by zero."""
    number = chance.number(0, 3)
    family: Sequence[str] = chance.pick(
        (
            (f"abs(v - {number}) <= 1", "mod(v + n, 2) == 0", "max(v, n) >= 2", "min(v, n) <= 1"),
            ("round(x, 0) <= 3.0", "floor(x) >= 1", "ceil(x) < 4", "sqrt(float(v)) < 1.9", "pow(v, 2) >= 2"),
            ('upper(s) != "B"', "length(s) <= 1", 'starts_with(s, "a")', 'ends_with(s, "b")', 'contains(s, "a")'),
            ('concat(s, "x") != "bx"', 'substring(s, 0, 1) == "a"', 'lower(trim(s)) != "c"'),
            ('s matches "a|b.*"', 's imatches "[AB]+"', 's matches ("a", "c")', 's not matches "c"'),
            ('s ilike ("A%", "%C")', 's not like "c%"', 's ilike ("_", "ab")', 's like ("a", "ab")'),
            (
                'hour(ts, "Asia/Tokyo") == 9',
                'weekday(ts, "UTC") <= v + 3',
                'date(ts, "UTC") == "1970-01-01"',
                'minute(ts, "UTC") < v',
            ),
            ("ts >= @1970-01-01T00:00:00Z", "ts < @2026-01-31T10:00:00Z"),
            ("ts > @1970-01-01", "not (ts < @1970-01-01)"),
            ("decimal(v) >= 1.5", "float(v) < 3.5", 'string(v) != "2"', "int(x) <= 2"),
            ('ip_in(concat("10.0.0.", string(v)), "10.0.0.0/30")', "geo_km(0.0, 0.0, float(v), 0.0) < 300.0"),
            ("coalesce(x, 2.0) <= 2.0", "coalesce(y, 1.0) >= 1.0"),
            ("odd(v)", "not odd(n)", "odd(n) or v > 1"),
            (f"near(v, {number})", "near(v, n)"),
            ("1 in l", "l[0] >= 1", "l[-1] != 2", "v not in l", "contains(l, 2)"),
            ("6 / v >= 1.5", "x / n < 2.0"),
            ("v in [1, 2, n]", "v not in [3, n]"),
            ("x >= 50% * v", "120% * v > n"),
        )
    )
    return chance.pick(family)


def own(chance: Chance) -> str:
    """A condition on the own loop, the event under test included."""
    number = chance.number(2, 4)
    return chance.pick(
        (
            "v >= prev(v)",
            "v != prev(v)",
            "s == prev(s)",
            "x > prev(x)",
            "v >= prev(v, 2)",
            "v <= (prev(v, 2) ?? 2)",
            f"count() <= {number}",
            f"sum(v) < {number * 2}",
            "v >= first(v)",
            "max(v) <= 2",
            f"count_distinct(s) <= {number - 1}",
            "ts - prev(ts) <= 6ms",
            "avg(v) >= 0.5",
        )
    )


def having(chance: Chance) -> str:
    """The condition of a threshold step."""
    number = chance.number(2, 3)
    first = chance.pick(
        (
            f"count() >= {number}",
            f"sum(v) >= {number + 1}",
            f"count_distinct(s) >= {number - (number > 2)}",
            f"count() > {number - 1}",
            "sum(v) > limit",
            "max(v) >= 3 and count() >= 2",
            "sum(x) > 3.0",
        )
    )
    return f"{first} and avg(v) >= 1.0" if chance.yes(0.25) else first
