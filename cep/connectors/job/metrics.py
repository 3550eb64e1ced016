"""Where a job says that its numbers are served: the `metrics:` section."""

from __future__ import annotations

from typing import Any

import yaml

from cep.connectors.job.document import Document
from cep.connectors.job.model import MetricsAddress

HIGHEST = 65_535
"""The highest port there is."""


def read_metrics(document: Document, node: yaml.Node) -> MetricsAddress | None:
    """The address, or None after recording an error."""
    found: dict[str, Any] = {}

    def port(value: yaml.Node) -> None:
        number = document.integer(value, "the port of `metrics`", 0)
        if number is not None and number > HIGHEST:
            fix = f"choose one from 1024 to {HIGHEST}, or 0 for any that is free"
            document.error("C0208", f"`{number}` is no port", value, fix)
        found["port"] = number

    def host(value: yaml.Node) -> None:
        found["host"] = document.text(value, "the host of `metrics`")

    present = document.section(node, "`metrics`", {"port": port, "host": host})
    if "port" not in present and isinstance(node, yaml.MappingNode):
        document.error("C0215", "`metrics` has no port", node, "write `metrics: {port: 9108}`")
    if found.get("port") is None:
        return None
    return MetricsAddress(**found, span=document.span(node))
