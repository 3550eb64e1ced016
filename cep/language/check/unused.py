"""Event types that nothing uses."""

from __future__ import annotations

from collections.abc import Iterable

from cep.language import ast
from cep.language.check.roles import read_event_names
from cep.language.files import SourceFile
from cep.language.findings import Findings


def warn_unused_events(files: Iterable[SourceFile], findings: Findings) -> None:
    """W0202 for event types of files with rules that no rule, test, define or other event of the job names.

    A file of declarations alone is left in peace: it may serve other jobs.
    """
    known = list(files)
    used: set[str] = set()
    for file in known:
        for item in file.tree.items:
            used |= read_event_names(item)
    for file in known:
        if file.slips or not any(isinstance(item, ast.Rule) for item in file.tree.items):
            continue
        for item in file.tree.items:
            if isinstance(item, ast.Event) and item.name not in used:
                findings.warn(
                    "W0202",
                    f"no rule sees the event `{item.name}`",
                    item.name_span,
                    "use it in a rule, or leave it out",
                )
