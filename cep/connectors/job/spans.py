"""Durations in a job file, written as the rule language writes them."""

from __future__ import annotations

import yaml

from cep.connectors.job.document import Document
from cep.language.literals import BadLiteral, parse_duration


def read_span(document: Document, node: yaml.Node, what: str) -> int | None:
    """A duration in microseconds, or None after recording an error; `what` names it in messages."""
    text = document.text(node, what)
    if not text:
        return None
    try:
        return parse_duration(text)
    except BadLiteral as error:
        document.error("C0208", f"{error.message}, and {what} is a duration", node, error.fix)
        return None
