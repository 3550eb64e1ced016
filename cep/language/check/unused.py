"""Event types that nothing uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cep.language.diagnostics import Span
from cep.language.findings import Findings

if TYPE_CHECKING:
    from cep.language import ast


@dataclass(frozen=True, slots=True)
class EventUse:
    """The event types a file names, and those it declares, with their places, where it is one that should use them."""

    named: frozenset[str]
    declared: tuple[tuple[str, Span], ...]


def event_use(file: ast.File, damaged: bool) -> EventUse:
    """What a file has to do with event types. One of declarations alone is left in peace: it may serve other jobs."""
    # imported late: files known from before are not looked through
    from cep.language import ast
    from cep.language.check.roles import read_event_names

    named = frozenset(name for item in file.items for name in read_event_names(item))
    if damaged or not any(isinstance(item, ast.Rule) for item in file.items):
        return EventUse(named, ())
    return EventUse(named, tuple((item.name, item.name_span) for item in file.items if isinstance(item, ast.Event)))


def warn_unused_events(files: Iterable[EventUse], findings: Findings) -> None:
    """W0202 for event types of files with rules that no rule, test, define or other event of the job names."""
    known = list(files)
    used = {name for file in known for name in file.named}
    for file in known:
        for name, span in file.declared:
            if name not in used:
                findings.warn("W0202", f"no rule sees the event `{name}`", span, "use it in a rule, or leave it out")
