"""Expressions as rule authors write them, checked, compiled and evaluated: see expressions.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cep.language.load import load_text
from cep.language.model import Step
from cep.language.resolved import Expression, IsNull, Not
from tests.plan.expression_support import Compiled


class Loader(yaml.SafeLoader):
    """YAML with `!d` for decimals."""


Loader.add_constructor("!d", lambda loader, node: Decimal(loader.construct_scalar(node)))

DATA: dict[str, Any] = yaml.load((Path(__file__).parent / "expressions.yaml").read_text(encoding="utf-8"), Loader)


def cases() -> Iterator[tuple[str, dict[str, Any], Any, int]]:
    """Text, replaced fields, expected value, expected trouble."""
    for case in DATA["cases"]:
        if isinstance(case, list):
            yield case[0], {}, case[1], 0
            continue
        for *values, expected in case.get("table", ()):
            yield case["expr"], dict(zip(case["of"], values, strict=True)), expected, 0
        if "gives" in case:
            yield case["expr"], case.get("with", {}), case["gives"], case.get("trouble", 0)


@cache
def resolved(text: str) -> Expression:
    """The expression with the event `E` under test, checked in a `where`, which `is not null` makes a condition."""
    rule = f"rule probe {{ match by s within 1h  step: E where ({text}) is not null }}"
    (checked,) = load_text(f"{DATA['event']}\n{rule}\n").rules
    step = checked.items[0].node
    assert isinstance(step, Step)
    assert isinstance(step.where, Not)
    assert isinstance(step.where.value, IsNull)
    return step.where.value.value


@pytest.mark.parametrize(("text", "row", "expected", "trouble"), list(cases()))
def test_an_expression(text: str, row: dict[str, Any], expected: object, trouble: int) -> None:
    compiled = Compiled(resolved(text), DATA["params"], DATA["lists"])
    result = compiled.agree(DATA["row"] | row)
    assert written(result) == written(expected), compiled.sources
    compiled.trouble.count = 0
    compiled.value(compiled.event(DATA["row"] | row))
    assert compiled.trouble.count == trouble


def written(value: object) -> str:
    """A value with its type and digits, so that 1, 1.0, True and 1.00 all differ."""
    return repr(value)
