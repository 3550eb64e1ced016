"""Metadata of a rule: what its alerts carry about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cep.language import ast
from cep.language.findings import Broken, Findings
from cep.language.model import Metadata
from cep.language.spelling import did_you_mean, listed

SEVERITIES = ("info", "low", "medium", "high", "critical")
MODES = ("live", "shadow", "off")


def read_metadata(nodes: list[ast.Meta], findings: Findings) -> Metadata:
    """The metadata of a rule; wrong values are E0423 and left out."""
    values: dict[str, Any] = {}
    for node in nodes:
        try:
            values[node.key] = _value(node, findings)
        except Broken:
            continue
    return Metadata(**values)


def _value(node: ast.Meta, findings: Findings) -> object:
    match node.key:
        case "severity":
            return _word(node, SEVERITIES, findings)
        case "mode":
            return _word(node, MODES, findings)
        case "version":
            return _version(node, findings)
        case "score":
            return _score(node, findings)
        case "tags":
            return _tags(node, findings)
        case _:
            return _text(node, node.value, findings)


def _word(node: ast.Meta, words: tuple[str, ...], findings: Findings) -> str:
    value = node.value
    given = value.name if isinstance(value, ast.Name) else value.value if isinstance(value, ast.Literal) else None
    if isinstance(given, str) and given in words:
        return given
    fix = did_you_mean(given, words, f"use {listed(words)}") if isinstance(given, str) else f"use {listed(words)}"
    shown = f"`{given}` is no {node.key}" if isinstance(given, str) else f"`{node.key}` takes a word"
    raise findings.error("E0423", shown, value.span, fix)


def _version(node: ast.Meta, findings: Findings) -> int:
    match node.value:
        case ast.Literal(kind="int", value=int() as number) if number > 0:
            return number
    raise findings.error("E0423", "a version is a whole number from 1 on", node.value.span, "write `version 1`")


def _score(node: ast.Meta, findings: Findings) -> int | Decimal:
    match node.value:
        case ast.Literal(kind="int" | "decimal", value=int() | Decimal() as number):
            return number
        case ast.Negative(operand=ast.Literal(kind="int" | "decimal", value=int() | Decimal() as number)):
            return -number
    raise findings.error("E0423", "a score is a number", node.value.span, "write `score 70`")


def _tags(node: ast.Meta, findings: Findings) -> tuple[str, ...]:
    if not isinstance(node.value, ast.ListOf):
        raise findings.error("E0423", "`tags` takes a list", node.value.span, 'write `tags ["card", "fraud"]`')
    return tuple(_text(node, item, findings) for item in node.value.items)


def _text(node: ast.Meta, value: ast.Expression, findings: Findings) -> str:
    if isinstance(value, ast.Literal) and isinstance(value.value, str):
        return value.value
    raise findings.error("E0423", f"`{node.key}` takes text", value.span, f'write `{node.key} "text"` in double quotes')
