"""Which declared Python functions a rule calls: only those must be there for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cep.language.model import Rule
from cep.language.resolved import PythonCall


def called_functions(rule: Rule) -> frozenset[str]:
    """Qualified names of the functions in the rule's conditions and outputs."""
    parts = (rule.items, rule.cancel, rule.emit, rule.on_timeout, rule.suppress)
    return frozenset(_calls(parts))


def _calls(node: object) -> Iterator[str]:
    if isinstance(node, tuple):
        for item in node:
            yield from _calls(item)
    elif is_dataclass(node):
        if isinstance(node, PythonCall):
            yield node.name
        for part in fields(node):
            yield from _calls(getattr(node, part.name))
