"""Which fields of each event type a checked rule reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum

from cep.language.model import Absence, Guard, Over, Rule, Step
from cep.language.resolved import FieldOf


def fields_read(rule: Rule) -> dict[str, set[str]]:
    """Names of declared fields by event type: those in conditions and outputs, and those the key is taken from."""
    found: dict[str, set[str]] = {}
    parts = (rule.items, rule.cancel, rule.emit, rule.on_timeout, rule.suppress, rule.over)
    for node in _walk(parts):
        if isinstance(node, FieldOf):
            found.setdefault(node.event, set()).add(node.path[0])
        elif isinstance(node, Step | Absence | Guard | Over):
            found.setdefault(node.event, set()).update(path[0] for path in node.key.paths)
    return found


def _walk(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        for item in node:
            yield from _walk(item)
    elif is_dataclass(node) and not isinstance(node, Enum):
        yield node
        for part in fields(node):
            yield from _walk(getattr(node, part.name))
