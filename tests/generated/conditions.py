"""Random conditions over few values, so that they are often true and often false."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Known:
    """A step that an expression may refer to. `kind`: `one`, `optional` or `many`."""

    name: str
    kind: str


def parts(rng: Random, known: list[Known], own_loop: bool) -> tuple[str, ...]:
    """The `and`-parts of a `where`; none in one of four."""
    count = rng.choice((0, 1, 1, 1, 2))
    return tuple(_part(rng, known, own_loop) for _ in range(count))


def _part(rng: Random, known: list[Known], own_loop: bool) -> str:
    roll = rng.random()
    if roll < 0.12:
        return f"{_atom(rng, known, own_loop)} or {_atom(rng, known, own_loop)}"
    if roll < 0.18:
        return f"not ({_atom(rng, known, own_loop)})"
    return _atom(rng, known, own_loop)


def _atom(rng: Random, known: list[Known], own_loop: bool) -> str:
    if own_loop and rng.random() < 0.3:
        return own(rng)
    if known and rng.random() < 0.4:
        return reference(rng, rng.choice(known))
    return plain(rng)


def plain(rng: Random) -> str:
    """A condition on the event under test alone."""
    number = rng.randint(0, 3)
    letter = rng.choice("abc")
    return rng.choice(
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
            "x ?? 2.0 < 3.0",
            "v between 1 and 3",
            "v >= limit",
            's like "%a%"',
            "v + g > 1",
            "(v * 2 if v > 1 else 3) >= 3",
        )
    )


def own(rng: Random) -> str:
    """A condition on the own loop, the event under test included."""
    number = rng.randint(2, 4)
    return rng.choice(
        (
            "v >= prev(v)",
            "v != prev(v)",
            "s == prev(s)",
            "x > prev(x)",
            "v >= prev(v, 2)",
            f"count() <= {number}",
            f"sum(v) < {number * 2}",
            "v >= first(v)",
            "max(v) <= 2",
            f"count_distinct(s) <= {number - 1}",
            "ts - prev(ts) <= 6ms",
            "avg(v) >= 0.5",
        )
    )


MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(field: str, op: str, step: str) -> str:
    """A field beside the same of an earlier step; of `g` and `n` the earlier one is written first."""
    if field in "gn":
        return f"{step}.{field} {MIRRORED.get(op, op)} {field}"
    return f"{field} {op} {step}.{field}"


def reference(rng: Random, step: Known) -> str:
    """A condition that compares with an event bound before."""
    name = step.name
    op = rng.choice(("==", "!=", ">=", "<=", "<", ">"))
    field = rng.choice("vvvgn")
    if step.kind == "one":
        return rng.choice(
            (
                compared(field, op, name),
                f"v {op} {name}.v",
                f"s != {name}.s",
                f"s == {name}.s",
                f"x >= {name}.x",
                f"v + {name}.v >= 2",
                f"ts - {name}.ts <= 9ms",
                f"x is not null or {name}.v > 1",
            )
        )
    if step.kind == "optional":
        return rng.choice((f"v {op} ({name}?.v ?? 1)", f"count({name}) == 0 or v >= 1", f's != ({name}?.s ?? "z")'))
    return rng.choice(
        (
            f"v {op} last({name}.v)",
            f"v >= first({name}.v)",
            f"count({name}) >= 2",
            f"v <= count({name})",
            f"v < sum({name}.v)",
            f"v >= max({name}.v)",
            f"s == last({name}.s)",
            f"any({name}.v > 1)",
            f"all({name}.v >= 1)",
            f"count_distinct({name}.s) >= 2",
            f"s in collect({name}.s)",
        )
    )


def having(rng: Random) -> str:
    """The condition of a threshold step."""
    number = rng.randint(2, 3)
    first = rng.choice(
        (
            f"count() >= {number}",
            f"sum(v) >= {number + 1}",
            f"count_distinct(s) >= {number - (number > 2)}",
            f"count() > {number - 1}",
            "sum(v) > limit",
            "max(v) >= 3 and count() >= 2",
        )
    )
    return first if rng.random() < 0.75 else f"{first} and avg(v) >= 1.0"


def output(rng: Random, step: Known) -> str:
    """An expression for `emit`."""
    name = step.name
    if step.kind == "one":
        return rng.choice((f"{name}.v", f"{name}.x", f"{name}.s", f"{name}.v + 1", f"{name}.ts", f"count({name})"))
    if step.kind == "optional":
        return rng.choice((f"{name}?.v", f"count({name})", f"{name}?.x ?? 0.0"))
    return rng.choice(
        (
            f"count({name})",
            f"sum({name}.v)",
            f"sum({name}.x)",
            f"first({name}.ts)",
            f"last({name}.s)",
            f"collect({name}.v)",
            f"collect_distinct({name}.s)",
            f"min({name}.x)",
            f"max({name}.v)",
            f"avg({name}.x)",
            f"count_distinct({name}.s)",
        )
    )
