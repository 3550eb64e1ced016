"""Expressions that refer to steps bound before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from tests.generated.chance import Chance

Kind = OneOf["one", "optional", "many", "let"]


@dataclass(frozen=True, slots=True)
class Known:
    """A step that an expression may refer to, and its event type; or a `let` over one that is a number."""

    name: str
    kind: Kind
    event: str


MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(field: str, op: str, step: str) -> str:
    """A field beside the same of an earlier step; of `g` and `n` the earlier one is written first."""
    if field in "gn":
        return f"{step}.{field} {MIRRORED.get(op, op)} {field}"
    return f"{field} {op} {step}.{field}"


def reference(chance: Chance, step: Known, event: str) -> str:
    """A condition that compares an event (of type `event`, where that is known) with one bound before."""
    op = chance.pick((">=", "<=", "!=", "==", "<", ">"))
    if step.kind == "let":
        return f"v {op} {step.name}"
    if step.kind == "one":
        return _to_one(chance, step, op, event)
    return _to_optional(chance, step.name, op) if step.kind == "optional" else _to_many(chance, step.name, op)


def _to_one(chance: Chance, step: Known, op: str, event: str) -> str:
    name = step.name
    field = chance.pick("vvvgn")
    options = [
        compared(field, op, name),
        f"v {op} {name}.v",
        f"s != {name}.s",
        f"s == {name}.s",
        f"x >= {name}.x",
        f"v + {name}.v >= 2",
        f"ts - {name}.ts <= 9ms",
        f"x is not null or {name}.v > 1",
        f"near(v, {name}.v)",
        f"x <= 150% * {name}.x",
        f"seconds(ts - {name}.ts) < 0.01",
        f"seconds(ts - {name}.ts) >= 0.001",
        f"(ts - {name}.ts) / 1ms >= 1.0",
        f"{name}.v in (v, n)",
    ]
    define = {"AA": f"outweighs({name}, self)", "AB": f"outranks(self, {name})", "BA": f"outranks({name}, self)"}
    options += [define[step.event + event]] * 4 if step.event + event in define else []
    return chance.pick(options)


def _to_optional(chance: Chance, name: str, op: str) -> str:
    return chance.pick((f"v {op} ({name}?.v ?? 1)", f"count({name}) == 0 or v >= 1", f's != ({name}?.s ?? "z")'))


def _to_many(chance: Chance, name: str, op: str) -> str:
    if chance.yes(0.2):
        return chance.pick((f"any({name}.v > 1)", f"all({name}.v >= 1)", f"any({name}.v >= v)", f"all({name}.v <= 3)"))
    return chance.pick(
        (
            f"v {op} last({name}.v)",
            f"v >= first({name}.v)",
            f"count({name}) >= 2",
            f"v <= count({name})",
            f"v < sum({name}.v)",
            f"v >= max({name}.v)",
            f"s == last({name}.s)",
            f"count_distinct({name}.s) >= 2",
            f"s in collect({name}.s)",
            f"collect({name}.v)[0] <= v",
            f"min({name}.v) <= v",
            f"avg({name}.x) <= x",
        )
    )


def output(chance: Chance, step: Known) -> str:
    """An expression for `emit`."""
    name = step.name
    if step.kind == "one":
        return chance.pick(
            (f"{name}.v", f"{name}.x", f"{name}.s", f"{name}.v + 1", f"{name}.ts", f"count({name})", f"[{name}.v, 1]")
        )
    if step.kind == "optional":
        return chance.pick((f"{name}?.v", f"count({name})", f"{name}?.x ?? 0.0"))
    return chance.pick(
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
            f"sum({name}.y)",
            f"collect({name}.v)[-1]",
        )
    )
